import type { Shape, Tensor, treeLeaf } from '@einlab/einsum-core';

/**
 * A family of linear maps, such as `blockTensorTrain({ rank: 1 })`: it says how a map of given sizes is realized.
 * A value without tensors; in a tree it is a leaf.
 */
export interface Structure {
  readonly [treeLeaf]: true;
  /** Short, for tables and options: `btt`. */
  readonly name: string;
  /** As it was written: `blockTensorTrain({ rank: 1 })`. */
  toString(): string;
  /**
   * The map from `inSize` to `outSize` features.
   * @throws {EinlabError} `option` when the structure cannot take these sizes
   */
  realize(inSize: number, outSize: number): StructuredMap;
}

/** One factor of a structured map: what it takes to create it and to choose its learning rate. */
export interface CoreShape {
  /** Its key in `Cores`, and so part of the parameter's name in a checkpoint. */
  readonly name: string;
  /** Axes of blocks first, then those that are contracted, then those that are produced: blocks of matrices `fanIn × fanOut`, row-major. */
  readonly shape: Shape;
  /** Features that one output of this core sums over. A rank counts on the side where it is summed or produced. */
  readonly fanIn: number;
  /** Features that one input of this core goes to. */
  readonly fanOut: number;
  /** σ_c = √min(fanIn, fanOut) / fanIn, the standard deviation at initialization. */
  readonly initialDeviation: number;
}

/** The trainable tensors of a structured map by the names of its cores. */
export type Cores = Readonly<Record<string, Tensor>>;

/** How cores are initialized. */
export interface CoreOptions {
  /** The last core is zero, so that the map gives 0 at first: for the ends of residual branches and for heads. */
  readonly zero?: boolean;
}

/** The update rules for which there are learning-rate multipliers. `adamW` has those of `adam`: its decay carries none. */
export type RateOptimizer = 'adam' | 'adamW' | 'lion' | 'sgd' | 'muon';

/** What the learning-rate multipliers of a map depend on. */
export interface RateOptions {
  /** Whose update rule the multipliers are for; default `adam`. */
  readonly optimizer?: RateOptimizer;
  /** Input features of the same layer in the base model, for which the base rate was tuned. */
  readonly baseIn: number;
  /** False gives every core the multiplier of a dense layer, which ignores the structure; default true. */
  readonly aware?: boolean;
}

/** A linear map `in → out` of a structure, with exact counts. Immutable, holds no tensors; in a tree it is a leaf. */
export interface StructuredMap {
  readonly [treeLeaf]: true;
  readonly structure: Structure;
  readonly in: number;
  readonly out: number;
  /** In the order in which they are applied. */
  readonly cores: readonly CoreShape[];
  readonly parameterCount: number;
  /** Multiply-accumulates of one application to one input vector, exact, padding included. */
  readonly macs: number;
  /** Elements of intermediate results per input vector. */
  readonly activation: number;
  /** The rank of the dense equivalent for cores in general position. */
  readonly rank: number;
  /** Cores drawn from normal distributions with standard deviations σ_c. */
  init(key: Tensor, options?: CoreOptions): Cores;
  /** The map itself: `f32[...batch, in]` to `f32[...batch, out]`. */
  apply(cores: Cores, x: Tensor): Tensor;
  /** The dense equivalent, `f32[in, out]`: apply(cores, x) = x · toDense(cores). */
  toDense(cores: Cores): Tensor;
  /** The cores scaled by min(1, σ_c/RMS(W)): weights may shrink below their initial size but not act above it. */
  normalize(cores: Cores): Cores;
  /** The learning-rate multiplier of each core under the maximal update parametrization. */
  rates(options: RateOptions): Readonly<Record<string, number>>;
  /** Structure and sizes, different for different maps: `dense() 64 → 256`. */
  toString(): string;
}
