import type { Tensor, treeLeaf } from '@einlab/einsum-core';
import type { CoreShape, Cores } from '@einlab/nn';

/** What a router decides over. */
export interface RouterInput {
  /** `f32[token, in]` */
  readonly x: Tensor;
  /** The router's own tensors, `gate` first, by the names of `Router.cores`. */
  readonly cores: Cores;
  readonly experts: number;
  /** Experts per token; for `expertChoice` on average. */
  readonly k: number;
  /** `u32[2]`, randomness of this call; undefined where results are not to be random, as in evaluation. */
  readonly key: Tensor | undefined;
}

/** A router's decision before any capacity: which experts each token goes to, and with which weights. */
export interface Choice {
  /** `f32[token, expert]`: scores before softmax or sigmoid, without noise and bias. */
  readonly logits: Tensor;
  /** `f32[token, expert]`, rows sum to 1: what the balance loss averages. */
  readonly probabilities: Tensor;
  /** `f32[token, expert]`: 1 where the token goes to the expert, else 0; without derivative. */
  readonly chosen: Tensor;
  /** `f32[token, expert]`: the expert's weight in the token's result, 0 where it was not chosen. */
  readonly gates: Tensor;
  /** `i32[token, expert]`: 0 for the token's first choice, 1 for its second, …; undefined where experts choose. */
  readonly ranks: Tensor | undefined;
}

/** How tokens find experts: a value without tensors; in a tree it is a leaf. */
export interface Router {
  readonly [treeLeaf]: true;
  /** Short: `top-k`. */
  readonly name: string;
  /** As it was written: `topKRouter()`. */
  toString(): string;
  /** True where tokens choose experts, so that every token has exactly k; false where experts choose tokens. */
  readonly tokensChoose: boolean;
  /** The tensors that the router trains. All start at 0. */
  cores(inSize: number, experts: number): readonly CoreShape[];
  /** Multiply-accumulates of the router for one token. */
  macs(inSize: number, experts: number): number;
  choose(input: RouterInput): Choice;
}
