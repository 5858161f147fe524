import { add, divide, multiply, stopGradient, sum, type Tensor } from '@einlab/einsum-core';
import type { Routing } from '../routing/routing.ts';

/** Keeps a share of nothing, as of a batch of zero tokens, from being NaN. */
const smallest = 1e-20;

const shares = (values: Tensor): Tensor => divide(values, add(sum(values), smallest));

/**
 * How far loads are from equal, as a loss: 1 for uniform routing, E where one expert gets all.
 *
 *   E · Σ_expert p[expert] · f[expert]
 *
 * p is the share of the expert in the probabilities of all tokens, which has the gradient, and f its share of the assignments, before any
 * are dropped, which has none.
 *
 * @returns `f32[]`
 * @see Fedus et al. 2022, "Switch Transformers", eq. (4); Potapczynski, Qiu et al. 2024, who normalize both to sum to 1, as here
 */
export function balanceLoss({ probabilities, chosen, experts }: Routing): Tensor {
  const p = shares(sum(probabilities, 0));
  const f = stopGradient(shares(sum(chosen, 0)));
  return multiply(sum(multiply(p, f)), experts);
}
