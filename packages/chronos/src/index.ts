// configuration
export type {
  Chronos2Body,
  Chronos2Config,
  ChronosBoltConfig,
  ChronosConfig,
  ChronosGpt2Config,
  ChronosT5Config,
  Gpt2Config,
  SamplingDefaults,
  T5Config,
} from './config/chronos-config.ts';
export { readConfig } from './config/read-config.ts';

// tokens
export {
  type ContextTokens,
  meanScaleTokenizer,
  type Tokenizer,
  type TokenizerOptions,
  type Tokens,
} from './tokenize/mean-scale-tokenizer.ts';
export { type UniformBins, uniformBins } from './tokenize/uniform-bins.ts';
