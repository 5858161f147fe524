import { log, maximum, multiply, negate, sum, type Tensor } from '@einlab/einsum-core';
import type { LayerRouting } from '../routing/observe-routing.ts';

/** What the measures of a layer's routing are made of: tensors that add up over batches. */
export interface RoutingSums {
  /** `f32[expert]`: tokens that chose each expert. */
  readonly chosen: Tensor;
  /** `f32[expert]`: those that it took. */
  readonly kept: Tensor;
  /** `f32[expert]`: Σ_token p[token, expert] */
  readonly probability: Tensor;
  /** `f32[]`: Σ_token H(p[token]), in nats. */
  readonly entropy: Tensor;
  /** `f32[]`: Σ of all logits, to find what is not a number. */
  readonly logits: Tensor;
}

/** ln p, finite where p is 0. */
const logOf = (p: Tensor): Tensor => log(maximum(p, 1e-30));

/**
 * The sums of each observed layer, lazily: by the paths of the layers, and `path#2`, … where a layer was applied again.
 *
 * @example `compile((model, batch) => routingSums(observeRouting(model, () => transformer.apply(model, batch)).routings))`
 */
export function routingSums(routings: readonly LayerRouting[]): Readonly<Record<string, RoutingSums>> {
  const seen = new Map<string, number>();
  return Object.fromEntries(
    routings.map(({ path, routing: { chosen, kept, probabilities, logits } }): [string, RoutingSums] => {
      const count = (seen.get(path) ?? 0) + 1;
      seen.set(path, count);
      return [
        count === 1 ? path : `${path}#${count}`,
        {
          chosen: sum(chosen, 0),
          kept: sum(kept, 0),
          probability: sum(probabilities, 0),
          entropy: negate(sum(multiply(probabilities, logOf(probabilities)))),
          logits: sum(logits),
        },
      ];
    }),
  );
}
