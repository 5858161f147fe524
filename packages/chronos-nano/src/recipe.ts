import {
  type Chronos2Config,
  type ChronosBoltConfig,
  type ChronosConfig,
  type ChronosT5Config,
  deciles,
  kernelSynth,
  structuralSeries,
  tsMixup,
  type WeightedSource,
} from '@einlab/chronos';
import { foldIn, keyFromSeed, type RandomKey, uniform, uniformInteger } from '@einlab/numerics';

/** Everything that trained weights depend on. */
export interface NanoRecipe<Config extends ChronosConfig = ChronosBoltConfig> {
  readonly config: Config;
  readonly seed: number;
  readonly steps: number;
  /** Windows of a step; for Chronos-2, rows. */
  readonly batch: number;
  readonly rate: number;
  /** Paths of Gaussian processes that are drawn before training, and their length. */
  readonly kernelSeries: number;
  readonly kernelLength: number;
  /** Values of a series that is put together anew for each window. */
  readonly structuralLength: number;
  /** Shares of windows: put together, of Gaussian processes, mixtures of both. */
  readonly shares: { readonly structural: number; readonly kernel: number; readonly mixture: number };
  /** Windows that are drawn in all. */
  readonly distinct: number;
  /** Windows lose up to this share of their values; half of them lose none. */
  readonly missing: number;
}

const config: ChronosBoltConfig = {
  family: 'bolt',
  contextLength: 256,
  predictionLength: 64,
  patchSize: 8,
  patchStride: 8,
  quantiles: deciles,
  useReg: true,
  seasonalAdjustment: true,
  body: {
    width: 32,
    hidden: 128,
    heads: 2,
    dim: 16,
    encoderLayers: 2,
    decoderLayers: 1,
    buckets: 32,
    maxDistance: 128,
    eps: 1e-6,
    activation: 'relu',
    vocab: 2,
    tied: true,
    dropout: 0,
    initializerFactor: 1,
  },
};

/** The recipe of the shipped weights. */
export const nanoRecipe: NanoRecipe = {
  config,
  seed: 20261130,
  steps: 2500,
  batch: 32,
  rate: 2e-3,
  kernelSeries: 240,
  kernelLength: 512,
  structuralLength: 400,
  distinct: 8000,
  shares: { structural: 0.65, kernel: 0.15, mixture: 0.2 },
  missing: 0.2,
};

const t5Config: ChronosT5Config = {
  family: 't5',
  body: { ...config.body, width: 64, hidden: 256, heads: 4, decoderLayers: 2, vocab: 512 },
  tokenizer: {
    tokenCount: 512,
    low: -8,
    high: 8,
    specialCount: 2,
    pad: 0,
    end: 1,
    useEnd: true,
    contextLength: 128,
    predictionLength: 24,
    modelType: 'seq2seq',
  },
  sampling: { samples: 20, temperature: 1, topK: 50, topP: 1 },
};

/**
 * A small Chronos-T5 model: the paper's data (nine mixtures to one Gaussian process) out of generated series, and its schedule, but fewer and narrower bins.
 * Nothing is shipped that it trained.
 */
export const t5Recipe: NanoRecipe<ChronosT5Config> = {
  ...nanoRecipe,
  config: t5Config,
  batch: 16,
  rate: 1e-3,
  shares: { structural: 0, kernel: 0.1, mixture: 0.9 },
};

const chronos2Config: Chronos2Config = {
  family: 'chronos2',
  body: {
    width: 32,
    hidden: 128,
    heads: 2,
    dim: 16,
    layers: 2,
    eps: 1e-6,
    ropeTheta: 10_000,
    vocab: 2,
    activation: 'relu',
    dropout: 0,
    initializerFactor: 1,
  },
  contextLength: 256,
  patchSize: 8,
  patchStride: 8,
  outputPatchSize: 8,
  maxOutputPatches: 8,
  quantiles: deciles,
  useArcsinh: true,
  useReg: true,
  timeScale: 256,
};

/** A small Chronos-2 model, on groups of up to four related series; `distinct` counts groups of each size. Nothing is shipped that it trained. */
export const chronos2Recipe: NanoRecipe<Chronos2Config> = { ...nanoRecipe, config: chronos2Config, distinct: 4000 };

/** The recipes by what a command calls their families; the shipped weights are those of `bolt`. */
export const recipes: {
  readonly bolt: NanoRecipe;
  readonly t5: NanoRecipe<ChronosT5Config>;
  readonly 'chronos-2': NanoRecipe<Chronos2Config>;
} = { bolt: nanoRecipe, t5: t5Recipe, 'chronos-2': chronos2Recipe };

/** A path of a Gaussian process by its number. */
export type KernelSeries = (index: number) => Float64Array;

/** The paths of Gaussian processes that a recipe mixes in, each drawn when it is first asked for: about a third of a second each. */
export function kernelPool(recipe: NanoRecipe<ChronosConfig>): KernelSeries {
  const key = foldIn(keyFromSeed(recipe.seed), 1);
  const drawn = new Map<number, Float64Array>();
  return (index) => {
    const known = drawn.get(index);
    if (known !== undefined) return known;
    const { values } = kernelSynth(foldIn(key, index), { length: recipe.kernelLength });
    // as they would be read back from a file of f32
    const series = Float64Array.from(Float32Array.from(values));
    drawn.set(index, series);
    return series;
  };
}

/** The sources of a recipe's windows. */
export function nanoSources(recipe: NanoRecipe<ChronosConfig>, kernel: KernelSeries): readonly WeightedSource[] {
  const { structuralLength: length, shares, missing, kernelSeries } = recipe;
  const structural = (key: RandomKey): Float64Array => structuralSeries(key, length);
  const lossy =
    (draw: WeightedSource['draw']): WeightedSource['draw'] =>
    (rng, key) => {
      const values = Float64Array.from(draw(rng, key));
      if (uniform(rng) < 0.5) return values;
      const probability = uniform(rng) * missing;
      return values.map((value) => (uniform(rng) < probability ? NaN : value));
    };
  return [
    { weight: shares.structural, draw: lossy((_, key) => structural(key)) },
    { weight: shares.kernel, draw: lossy((rng) => kernel(uniformInteger(rng, kernelSeries))) },
    {
      weight: shares.mixture,
      draw: lossy((rng, key) => {
        let drawn = 0;
        const either = (): Float64Array =>
          uniform(rng) < 0.5 ? kernel(uniformInteger(rng, kernelSeries)) : structural(foldIn(key, drawn++));
        return tsMixup(rng, either, { length });
      }),
    },
  ];
}
