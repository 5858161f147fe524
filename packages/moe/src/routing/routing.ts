import type { Tensor } from '@einlab/einsum-core';
import type { Choice } from './router.ts';

/** Where the tokens of one call of a layer went. */
export interface Routing extends Choice {
  readonly experts: number;
  /** Experts per token; of `expertChoiceRouter` on average. */
  readonly k: number;
  readonly tokensChoose: boolean;
  /** `f32[token, expert]`: `chosen` without the assignments that capacity drops. */
  readonly kept: Tensor;
  /** `f32[token, expert]`: the weights of what was kept. They are not scaled up for what was dropped. */
  readonly gates: Tensor;
  /** Tokens that an expert takes at most; undefined where nothing is ever dropped. */
  readonly capacity: number | undefined;
}
