import type { TokenizerOptions } from '../tokenize/mean-scale-tokenizer.ts';

/** Sizes of the encoder–decoder that Chronos-T5 and Chronos-Bolt share. */
export interface T5Config {
  /** Features of a position, d_model. */
  readonly width: number;
  /** Features inside the feed-forward layers, d_ff. */
  readonly hidden: number;
  readonly heads: number;
  /** Features of a head, d_kv; heads · dim need not be the width. */
  readonly dim: number;
  readonly encoderLayers: number;
  readonly decoderLayers: number;
  /** Rows of the table of relative positions. */
  readonly buckets: number;
  /** Distance from which on all positions share a bucket. */
  readonly maxDistance: number;
  /** Inside the root of the RMS. */
  readonly eps: number;
  readonly activation: 'relu' | 'gated-gelu';
  /** Ids that have an embedding. */
  readonly vocab: number;
  /** The table of embeddings is the head too, after a division by √width. */
  readonly tied: boolean;
  /** Probability that training drops a value. */
  readonly dropout: number;
  /** Scales the deviations of a random initialization. */
  readonly initializerFactor: number;
}

/** How samples are drawn unless a caller says otherwise. */
export interface SamplingDefaults {
  readonly samples: number;
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
}

/** Chronos-T5: values as tokens, an encoder–decoder, sampled step by step. */
export interface ChronosT5Config {
  readonly family: 't5';
  readonly body: T5Config;
  readonly tokenizer: TokenizerOptions;
  readonly sampling: SamplingDefaults;
}

/** Sizes of a GPT-2 model. */
export interface Gpt2Config {
  readonly width: number;
  readonly hidden: number;
  readonly heads: number;
  readonly layers: number;
  /** Rows of the table of positions: context and prediction must fit. */
  readonly positions: number;
  readonly vocab: number;
  readonly eps: number;
}

/** Chronos on GPT-2: the same tokens, a causal decoder only. */
export interface ChronosGpt2Config {
  readonly family: 'gpt2';
  readonly body: Gpt2Config;
  readonly tokenizer: TokenizerOptions;
  readonly sampling: SamplingDefaults;
}

/** Chronos-Bolt: patches in, all quantiles of all steps out in one pass. */
export interface ChronosBoltConfig {
  readonly family: 'bolt';
  readonly body: T5Config;
  readonly contextLength: number;
  readonly predictionLength: number;
  readonly patchSize: number;
  readonly patchStride: number;
  /** Ascending levels in (0, 1). */
  readonly quantiles: readonly number[];
  /** A learned token follows the patches. */
  readonly useReg: boolean;
  /** The model was trained on series without their seasons: they are taken away before and added after. Not a part of published models; default false. */
  readonly seasonalAdjustment?: boolean;
}

/** Sizes of the encoder of Chronos-2. */
export interface Chronos2Body {
  readonly width: number;
  readonly hidden: number;
  readonly heads: number;
  readonly dim: number;
  readonly layers: number;
  readonly eps: number;
  /** Base of the rotary frequencies. */
  readonly ropeTheta: number;
  readonly vocab: number;
  readonly activation: 'relu' | 'gated-gelu';
  readonly dropout: number;
  readonly initializerFactor: number;
}

/** Chronos-2: an encoder whose layers attend over time and over the series of a group. */
export interface Chronos2Config {
  readonly family: 'chronos2';
  readonly body: Chronos2Body;
  readonly contextLength: number;
  readonly patchSize: number;
  readonly patchStride: number;
  readonly outputPatchSize: number;
  readonly maxOutputPatches: number;
  readonly quantiles: readonly number[];
  readonly useArcsinh: boolean;
  readonly useReg: boolean;
  /** Steps are divided by this where they are told to the model. */
  readonly timeScale: number;
}

/** Everything that a checkpoint's `config.json` says about its model. */
export type ChronosConfig = ChronosT5Config | ChronosGpt2Config | ChronosBoltConfig | Chronos2Config;
