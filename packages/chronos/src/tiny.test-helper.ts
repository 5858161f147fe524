import type {
  Chronos2Config,
  ChronosBoltConfig,
  ChronosGpt2Config,
  ChronosT5Config,
  T5Config,
} from './config/chronos-config.ts';

const body: T5Config = {
  width: 8,
  hidden: 8,
  heads: 2,
  dim: 4,
  encoderLayers: 1,
  decoderLayers: 1,
  buckets: 32,
  maxDistance: 128,
  eps: 1e-6,
  activation: 'relu',
  vocab: 2,
  tied: true,
  dropout: 0,
  initializerFactor: 1,
};

/** The smallest models that have every part, for tests that build their own weights. */
export const tinyBolt: ChronosBoltConfig = {
  family: 'bolt',
  contextLength: 16,
  predictionLength: 4,
  patchSize: 4,
  patchStride: 4,
  quantiles: [0.1, 0.5, 0.9],
  useReg: true,
  seasonalAdjustment: false,
  body,
};

const tokens = {
  tokenCount: 32,
  contextLength: 20,
  predictionLength: 4,
  specialCount: 2,
  low: -4,
  high: 4,
  pad: 0,
  end: 1,
  useEnd: true,
} as const;
const sampling = { samples: 5, temperature: 1, topK: 50, topP: 1 };

export const tinyT5: ChronosT5Config = {
  family: 't5',
  body: { ...body, vocab: 32 },
  tokenizer: { ...tokens, modelType: 'seq2seq' },
  sampling,
};

export const tinyGpt2: ChronosGpt2Config = {
  family: 'gpt2',
  body: { width: 8, hidden: 32, heads: 2, layers: 2, positions: 64, vocab: 32, eps: 1e-5 },
  tokenizer: { ...tokens, modelType: 'causal' },
  sampling,
};

export const tinyChronos2: Chronos2Config = {
  family: 'chronos2',
  body: {
    width: 8,
    hidden: 16,
    heads: 2,
    dim: 4,
    layers: 1,
    eps: 1e-6,
    ropeTheta: 10000,
    vocab: 2,
    activation: 'relu',
    dropout: 0,
    initializerFactor: 1,
  },
  contextLength: 32,
  patchSize: 4,
  patchStride: 4,
  outputPatchSize: 4,
  maxOutputPatches: 2,
  quantiles: [0.1, 0.5, 0.9],
  useArcsinh: true,
  useReg: true,
  timeScale: 32,
};
