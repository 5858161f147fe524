import { EinlabError } from '@einlab/einsum-core';
import { covarianceMatrix } from '../data/covariance.ts';
import { namesOf, type Table } from '../data/table.ts';
import { leastSquaresLoss, logDetAcyclicity } from './acyclicity.ts';
import { assertNotAborted, type Discovery, type SearchControl } from './discovery.ts';
import { compileKnowledge, type Knowledge } from './knowledge.ts';
import { scaleWarning, weightedDiscovery } from './weighted-discovery.ts';

/** How DAGMA searches. */
export interface DagmaOptions extends SearchControl {
  /** Weight of Σ|W|; 0.05 by default. */
  readonly sparsity?: number;
  /** Smaller weights are no edges; 0.3 by default. */
  readonly threshold?: number;
  /** Steps of Adam at each point of the path but the last, which takes twice as many; 10000 by default. */
  readonly steps?: number;
  /** Adam's rate; 0.001 by default. */
  readonly rate?: number;
  readonly knowledge?: Knowledge;
}

const path = [
  { mu: 1, s: 1 },
  { mu: 0.1, s: 0.9 },
  { mu: 0.01, s: 0.8 },
  { mu: 0.001, s: 0.7 },
  { mu: 0.0001, s: 0.6 },
] as const;

/** A descent at one point of the path. */
function descend(
  covariance: Float64Array,
  size: number,
  start: Float64Array,
  {
    mu,
    s,
    sparsity,
    rate,
    steps,
    isFixed,
    control,
  }: {
    mu: number;
    s: number;
    sparsity: number;
    rate: number;
    steps: number;
    isFixed: Uint8Array;
    control: SearchControl;
  },
): Float64Array | undefined {
  const weights = Float64Array.from(start);
  const [first, second] = [new Float64Array(size * size), new Float64Array(size * size)];
  let before = Number.POSITIVE_INFINITY;
  for (let step = 1; step <= steps; step++) {
    const cycles = logDetAcyclicity(weights, size, s);
    if (cycles === undefined) return undefined;
    const loss = leastSquaresLoss(covariance, weights, size);
    let value = mu * loss.value + cycles.value;
    for (let at = 0; at < weights.length; at++) {
      if (isFixed[at] === 1) continue;
      value += mu * sparsity * Math.abs(weights[at]);
      const slope = mu * (loss.gradient[at] + sparsity * Math.sign(weights[at])) + cycles.gradient[at];
      first[at] = 0.99 * first[at] + 0.01 * slope;
      second[at] = 0.999 * second[at] + 0.001 * slope * slope;
      weights[at] -= (rate * first[at]) / (1 - 0.99 ** step) / (Math.sqrt(second[at] / (1 - 0.999 ** step)) + 1e-8);
    }
    if (step % 500 === 0) {
      assertNotAborted(control.signal);
      if (Math.abs(before - value) <= 1e-7 * Math.abs(before)) break;
      before = value;
    }
  }
  return logDetAcyclicity(weights, size, s) === undefined ? undefined : weights;
}

/** The weights at the end of DAGMA's path. */
export function fitDagma(
  covariance: Float64Array,
  size: number,
  options: DagmaOptions,
  isForbidden: Uint8Array,
): Float64Array {
  const { sparsity = 0.05, steps = 10_000, rate = 1e-3 } = options;
  const isFixed = isForbidden.map((entry, at) => (entry === 1 || at % (size + 1) === 0 ? 1 : 0));
  let weights: Float64Array = new Float64Array(size * size);
  path.forEach(({ mu, s }, at) => {
    options.onProgress?.({ phase: `central path, μ = ${mu}`, fraction: at / path.length });
    const count = at === path.length - 1 ? 2 * steps : steps;
    // Outside the domain the steps were too long: again from where this point began, with half the rate.
    for (let tries = 0; tries < 20; tries++) {
      const found = descend(covariance, size, weights, {
        mu,
        s,
        sparsity,
        rate: rate / 2 ** tries,
        steps: count,
        isFixed,
        control: options,
      });
      if (found === undefined) continue;
      weights = found;
      return;
    }
    throw new EinlabError(
      'data',
      `dagma: no step stays in the domain at μ = ${mu}; expected columns of comparable size: z-score them`,
    );
  });
  return weights;
}

/**
 * DAGMA for linear models: follows μ(loss + λ‖W‖₁) + h(W) with h by the log determinant, while μ falls to 0.
 *
 * @throws {EinlabError} `data`, for knowledge that contradicts itself, or where every step leaves the domain of h.
 * @see Bello, Aragam and Ravikumar 2022, algorithm 1.
 */
export function dagma(table: Table, options: DagmaOptions = {}): Discovery {
  const nodes = namesOf(table);
  const d = nodes.length;
  const knowledge = compileKnowledge(nodes, options.knowledge);
  const covariance = covarianceMatrix(table);
  const weights = fitDagma(covariance, d, options, knowledge.forbidden);
  const deviations = nodes.map((_, i) => Math.sqrt(covariance[i * (d + 1)]));
  return weightedDiscovery(table, weights, knowledge, {
    method: 'dagma',
    threshold: options.threshold ?? 0.3,
    evaluations: path.length,
    warnings: scaleWarning(deviations),
  });
}
