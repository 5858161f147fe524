import { divide, logSumExp, square, sum, type Tensor } from '@einlab/einsum-core';
import type { Routing } from '../routing/routing.ts';

/**
 * The size of the router's logits, as a loss: mean over tokens of (ln Σ_expert e^logit)², which is (ln E)² for logits of 0.
 *
 * @returns `f32[]`; 0 for a batch of zero tokens
 * @see Zoph et al. 2022, "ST-MoE", eq. (5)
 */
export function routerZLoss({ logits }: Routing): Tensor {
  return divide(sum(square(logSumExp(logits, -1))), Math.max(1, logits.shape[0] ?? 0));
}
