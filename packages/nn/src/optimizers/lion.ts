import { isTensor, mapTree, sign, type Tensor, zeros } from '@einlab/einsum-core';
import type { RateTree } from '../rates.ts';
import {
  assertDecay,
  assertOption,
  average,
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

/** How Lion is set. */
export interface LionOptions {
  /** The base rate, η; default 10⁻⁴: every element moves by it, so it is some three to ten times smaller than AdamW's. */
  readonly rate?: number;
  /** β₁, with which the direction is mixed, and β₂, with which the momentum decays; default [0.9, 0.99]. */
  readonly betas?: readonly [number, number];
  /** λ, the part of a parameter that goes in each step, whatever rate and multiplier; default 0. */
  readonly weightDecay?: number;
  /** Which parameters decay; default those of rank 2 and more. */
  readonly decay?: DecayFilter;
  /** Multipliers of the rate for each parameter, as `rates` gives them for `adam`; default 1. */
  readonly rates?: RateTree;
}

/**
 * The sign of a momentum. For gradient g and the parameter's multiplier κ:
 *
 *   c ← β₁ m + (1 − β₁) g        w ← w − λ w − η κ · sign(c)        m ← β₂ m + (1 − β₂) g
 *
 * An element whose c is 0 stays where it is. As in `adamW`, the decay carries neither η nor κ.
 * @see Chen et al. 2023, "Symbolic Discovery of Optimization Algorithms"
 * @throws {EinlabError} `option` for settings out of range, and at `init` for parameters without a multiplier
 */
export function lion(options: LionOptions = {}): Optimizer {
  const { rate: baseRate = 1e-4, betas = [0.9, 0.99], weightDecay = 0, decay = decayMatrices } = options;
  const [beta1, beta2] = betas;
  assertOption('lion', 'rate', baseRate, 0);
  assertOption('lion', 'betas[0]', beta1, 0, 1);
  assertOption('lion', 'betas[1]', beta2, 0, 1);
  assertDecay('lion', weightDecay);
  const multiplierOf = multipliersFor('lion', options.rates);

  return {
    name: 'lion',
    rate: baseRate,
    init(params): OptimizerState {
      const parameters = trainable(params);
      for (const path of parameters.keys()) multiplierOf(path);
      return { step: zeros([]), first: zeroMoments(parameters) };
    },
    update(grads, state, params, { rate = baseRate } = {}) {
      const gradients = trainable(trainedGradients(grads, params));
      const first: Record<string, Tensor> = {};
      const updated = mapTree<typeof params>(params, (parameter, path) => {
        const gradient = gradients.get(path);
        if (!isTensor(parameter) || gradient === undefined) return parameter;
        const momentum = state.first?.[path] ?? zeros(parameter.shape);
        first[path] = average(momentum, gradient, beta2);
        const direction = sign(average(momentum, gradient, beta1));
        const own = decay(path, parameter) ? weightDecay : 0;
        return moved(parameter, { direction, rate, multiplier: multiplierOf(path), decay: own });
      });
      return { params: updated, state: { step: state.step.add(1), first } };
    },
    toString: () => `lion({ rate: ${baseRate}, betas: [${beta1}, ${beta2}], weightDecay: ${weightDecay} })`,
  };
}
