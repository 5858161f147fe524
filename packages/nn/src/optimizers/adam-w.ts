import { expm1, isTensor, mapTree, multiply, negate, sqrt, square, type Tensor, zeros } from '@einlab/einsum-core';
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

/** How AdamW is set. */
export interface AdamWOptions {
  /** The base rate, η; default 10⁻³. */
  readonly rate?: number;
  /** Decay of the first and second moment; default [0.9, 0.999]. */
  readonly betas?: readonly [number, number];
  /** Added to the root of the second moment; default 10⁻⁸. */
  readonly eps?: number;
  /** λ, the part of a parameter that goes in each step, whatever the rate; default 10⁻⁵ for `adamW`, 0 for `adam`. */
  readonly weightDecay?: number;
  /** Which parameters decay; default those of rank 2 and more. */
  readonly decay?: DecayFilter;
  /** Multipliers of the rate for each parameter, as `rates` gives them; default 1. */
  readonly rates?: RateTree;
}

/**
 * Adam with decoupled weight decay. For step t = 1, 2, …, gradient g and the parameter's multiplier κ:
 *
 *   m ← β₁ m + (1 − β₁) g        v ← β₂ v + (1 − β₂) g²
 *   w ← w − λ w − η κ · m/(1 − β₁ᵗ) / (√(v/(1 − β₂ᵗ)) + eps)
 *
 * @remarks The decay carries neither η nor κ: the multipliers of structured cores differ by orders of magnitude, and a decay that
 *   followed them would bind the cores differently; one that followed η would bind weights differently at every width whose rate differs. Where
 *   other libraries decay by η λ′, λ = η λ′ is the same at a constant rate: the default is their 0.01 at a rate of 10⁻³.
 * @see Kingma, Ba 2015; Loshchilov, Hutter 2019
 * @throws {EinlabError} `option` for settings out of range, and at `init` for parameters without a multiplier
 */
export function adamW(options: AdamWOptions = {}): Optimizer {
  return moments('adamW', { weightDecay: 1e-5, ...options });
}

/** Adam: as `adamW`, without weight decay unless it is asked for. */
export function adam(options: AdamWOptions = {}): Optimizer {
  return moments('adam', options);
}

function moments(name: string, options: AdamWOptions): Optimizer {
  const { rate: baseRate = 1e-3, betas = [0.9, 0.999], eps = 1e-8, weightDecay = 0, decay = decayMatrices } = options;
  const [beta1, beta2] = betas;
  assertOption(name, 'rate', baseRate, 0);
  assertOption(name, 'betas[0]', beta1, 0, 1);
  assertOption(name, 'betas[1]', beta2, 0, 1);
  assertOption(name, 'eps', eps, 0);
  assertDecay(name, weightDecay);
  const multiplierOf = multipliersFor(name, options.rates);

  return {
    name,
    rate: baseRate,
    init(params): OptimizerState {
      const parameters = trainable(params);
      for (const path of parameters.keys()) multiplierOf(path);
      return { step: zeros([]), first: zeroMoments(parameters), second: zeroMoments(parameters) };
    },
    update(grads, state, params, { rate = baseRate } = {}) {
      const gradients = trainable(trainedGradients(grads, params));
      const step = state.step.add(1);
      const [ofFirst, ofSecond] = [correction(step, beta1), correction(step, beta2)];
      const first: Record<string, Tensor> = {};
      const second: Record<string, Tensor> = {};
      const updated = mapTree<typeof params>(params, (parameter, path) => {
        const gradient = gradients.get(path);
        if (!isTensor(parameter) || gradient === undefined) return parameter;
        const m = average(state.first?.[path] ?? zeros(parameter.shape), gradient, beta1);
        const v = average(state.second?.[path] ?? zeros(parameter.shape), square(gradient), beta2);
        first[path] = m;
        second[path] = v;
        const direction = multiply(m, ofFirst).divide(sqrt(multiply(v, ofSecond)).add(eps));
        const own = decay(path, parameter) ? weightDecay : 0;
        return moved(parameter, { direction, rate, multiplier: multiplierOf(path), decay: own });
      });
      return { params: updated, state: { step, first, second } };
    },
    toString: () =>
      `${name}({ rate: ${baseRate}, betas: [${beta1}, ${beta2}], eps: ${eps}, weightDecay: ${weightDecay} })`,
  };
}

/** 1/(1 − βᵗ), with 1 − βᵗ = −expm1(t·ln β): β near 1 leaves few digits of the difference in f32. */
function correction(step: Tensor, beta: number): Tensor | number {
  return beta === 0 ? 1 : negate(expm1(multiply(step, Math.log(beta)))).reciprocal();
}
