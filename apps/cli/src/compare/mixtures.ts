import type { Tensor } from '@einlab/einsum-core';
import { observeRouting, type RoutingSums, routingLoss, routingSums } from '@einlab/moe';

/** A model's loss with what its mixtures of experts add so that experts are used alike; without mixtures the loss itself. */
export function withRoutingLoss(model: object, loss: () => Tensor): Tensor {
  const { value, routings } = observeRouting(model, loss);
  return routings.length === 0 ? value : value.add(routingLoss(routings));
}

/** Where the tokens of a model's mixtures go while f applies it; empty for a model without mixtures. */
export const routingOf = (model: object, f: () => Tensor): Readonly<Record<string, RoutingSums>> =>
  routingSums(observeRouting(model, f).routings);
