import { add, divide, multiply, type Tensor, zeros } from '@einlab/einsum-core';
import type { LayerRouting } from '../routing/observe-routing.ts';
import { balanceLoss } from './balance-loss.ts';
import { importanceLoss } from './importance-loss.ts';
import { routerZLoss } from './router-z-loss.ts';

/** Weights of the losses of routing. */
export interface RoutingLossOptions {
  /** Of `balanceLoss`; default 0.01. */
  readonly balance?: number;
  /** Of `routerZLoss`; default 0.001. */
  readonly routerZ?: number;
  /** Of `importanceLoss`; default 0. */
  readonly importance?: number;
}

/**
 * What is added to a model's loss so that experts are used alike: the weighted losses, averaged over all routers.
 *
 * @returns `f32[]`; 0 for a model without mixtures
 * @see Potapczynski, Qiu et al. 2024, whose 0.01 · (balance + 0.1 · z) the defaults are
 */
export function routingLoss(routings: readonly LayerRouting[], options: RoutingLossOptions = {}): Tensor {
  const { balance = 0.01, routerZ = 0.001, importance = 0 } = options;
  const terms = routings.flatMap(({ routing }) => [
    ...(balance === 0 ? [] : [multiply(balanceLoss(routing), balance)]),
    ...(routerZ === 0 ? [] : [multiply(routerZLoss(routing), routerZ)]),
    ...(importance === 0 ? [] : [multiply(importanceLoss(routing), importance)]),
  ]);
  return terms.length === 0 ? zeros([]) : divide(terms.reduce(add), routings.length);
}
