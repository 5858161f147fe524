import { isTensor, mapTree, multiply, type Tensor, zeros } from '@einlab/einsum-core';
import type { RateTree } from '../rates.ts';
import {
  assertDecay,
  assertOption,
  type DecayFilter,
  decayMatrices,
  moved,
  multipliersFor,
  type Optimizer,
  type OptimizerState,
  trainable,
  trainedGradients,
  zeroMoments,
} from './optimizer.ts';

/** How stochastic gradient descent is set. */
export interface SgdOptions {
  /** The base rate, η; default 0.01. */
  readonly rate?: number;
  /** μ; default 0. */
  readonly momentum?: number;
  /** Looks ahead along the momentum; default false. */
  readonly nesterov?: boolean;
  /** λ, the part of a parameter that goes in each step, whatever rate and multiplier; default 0. */
  readonly weightDecay?: number;
  /** Which parameters decay; default those of rank 2 and more. */
  readonly decay?: DecayFilter;
  /** Multipliers of the rate for each parameter, as `rates` gives them; default 1. */
  readonly rates?: RateTree;
}

/**
 * Gradient descent with momentum. For gradient g and the parameter's multiplier κ:
 *
 *   m ← μ m + g        w ← w − λ w − η κ m        (nesterov: g + μ m in place of m)
 *
 * @see Sutskever et al. 2013, "On the importance of initialization and momentum in deep learning"
 * @throws {EinlabError} `option` for settings out of range, and at `init` for parameters without a multiplier
 */
export function sgd(options: SgdOptions = {}): Optimizer {
  const { rate: baseRate = 0.01, momentum = 0, nesterov = false, weightDecay = 0, decay = decayMatrices } = options;
  assertOption('sgd', 'rate', baseRate, 0);
  assertOption('sgd', 'momentum', momentum, 0, 1);
  assertDecay('sgd', weightDecay);
  const multiplierOf = multipliersFor('sgd', options.rates);

  return {
    name: 'sgd',
    rate: baseRate,
    init(params): OptimizerState {
      const parameters = trainable(params);
      for (const path of parameters.keys()) multiplierOf(path);
      return { step: zeros([]), ...(momentum > 0 ? { first: zeroMoments(parameters) } : {}) };
    },
    update(grads, state, params, { rate = baseRate } = {}) {
      const gradients = trainable(trainedGradients(grads, params));
      const first: Record<string, Tensor> = {};
      const updated = mapTree<typeof params>(params, (parameter, path) => {
        const gradient = gradients.get(path);
        if (!isTensor(parameter) || gradient === undefined) return parameter;
        let direction = gradient;
        if (momentum > 0) {
          const velocity = multiply(state.first?.[path] ?? zeros(parameter.shape), momentum).add(gradient);
          first[path] = velocity;
          direction = nesterov ? multiply(velocity, momentum).add(gradient) : velocity;
        }
        const own = decay(path, parameter) ? weightDecay : 0;
        return moved(parameter, { direction, rate, multiplier: multiplierOf(path), decay: own });
      });
      return { params: updated, state: { step: state.step.add(1), ...(momentum > 0 ? { first } : {}) } };
    },
    toString: () =>
      `sgd({ rate: ${baseRate}, momentum: ${momentum}, nesterov: ${nesterov}, weightDecay: ${weightDecay} })`,
  };
}
