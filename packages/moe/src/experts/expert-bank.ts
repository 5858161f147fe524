import type { Tensor } from '@einlab/einsum-core';
import type { CoreShape, Cores } from '@einlab/nn';

/** Experts of one kind and size side by side: a value without tensors. */
export interface ExpertBank {
  readonly in: number;
  readonly out: number;
  readonly experts: number;
  /** `expert` is the first axis of each; fans and deviations are those of a single expert. */
  readonly cores: readonly CoreShape[];
  /** Of one expert. */
  readonly parameterCount: number;
  /** Multiply-accumulates of one expert for one token. */
  readonly macs: number;
  /** Elements of intermediate results of one expert for one token. */
  readonly activation: number;
  /** Rank of one expert's matrix in general position. */
  readonly rank: number;
  /**
   * Every expert for every token, weighted: y[token] = Σ_expert gates[token, expert] · expert(x[token]).
   *
   * @param x - `f32[token, in]`
   * @param gates - `f32[token, expert]`
   * @returns `f32[token, out]`
   */
  mix(cores: Cores, x: Tensor, gates: Tensor): Tensor;
  /** Features of a row before and after: `in` and `out`, or more where the structure pads them. */
  readonly input: number;
  readonly output: number;
  /**
   * One expert for each block of rows.
   *
   * @param x - `f32[tile, row, feature=input]`
   * @param expert - `i32[tile]`
   * @returns `f32[tile, row, feature=output]`
   */
  applyBlocks(cores: Cores, x: Tensor, expert: Tensor): Tensor;
  /** The matrix of each expert, `f32[expert, in, out]`; undefined where experts are not linear. */
  readonly toDense: ((cores: Cores) => Tensor) | undefined;
  /** Sizes, for texts: `64 → 256 as 8·8 → 16·16`. */
  toString(): string;
}
