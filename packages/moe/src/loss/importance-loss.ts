import { add, divide, square, sum, type Tensor, variance } from '@einlab/einsum-core';
import type { Routing } from '../routing/routing.ts';

/**
 * The squared coefficient of variation of what the experts weigh over a batch, 0 for equal weights:
 *
 *   variance_expert(w) / mean_expert(w)²,   w[expert] = Σ_token gates[token, expert]
 *
 * @returns `f32[]`
 * @see Shazeer et al. 2017, "Outrageously Large Neural Networks", eq. (6) and (7)
 */
export function importanceLoss({ gates, experts }: Routing): Tensor {
  const importance = sum(gates, 0);
  return divide(variance(importance), add(square(divide(sum(importance), experts)), 1e-20));
}
