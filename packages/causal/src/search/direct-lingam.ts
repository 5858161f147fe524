import { covarianceMatrix } from '../data/covariance.ts';
import { standardized } from '../data/standardize.ts';
import { namesOf, type Table } from '../data/table.ts';
import { assertNotAborted, type Discovery, type SearchControl } from './discovery.ts';
import { compileKnowledge, type Knowledge } from './knowledge.ts';
import { orderedRegression } from './ordered-regression.ts';
import { weightedDiscovery } from './weighted-discovery.ts';

/** How DirectLiNGAM searches. */
export interface DirectLingamOptions extends SearchControl {
  /** Smaller weights are no edges; 0 by default: the BIC has decided. */
  readonly threshold?: number;
  readonly knowledge?: Knowledge;
}

const [k1, k2, gamma] = [79.047, 7.4129, 0.37457] as const;

/**
 * Entropy of a standardized variable by the maximum entropy approximation:
 *
 *   H(u) ≈ (1 + ln 2π)/2 − k₁(E ln cosh u − γ)² − k₂(E u e^{−u²/2})²
 *
 * @see Hyvärinen 1998.
 */
export function maximumEntropy(u: Float64Array): number {
  let [cosh, skew] = [0, 0];
  for (const value of u) {
    // ln cosh u without overflow.
    cosh += Math.abs(value) + Math.log1p(Math.exp(-2 * Math.abs(value))) - Math.LN2;
    skew += value * Math.exp((-value * value) / 2);
  }
  const n = u.length;
  return 0.5 * (1 + Math.log(2 * Math.PI)) - k1 * (cosh / n - gamma) ** 2 - k2 * (skew / n) ** 2;
}

/** b − (cov(a, b)/var a)·a, standardized, for standardized a and b. */
function residual(b: Float64Array, a: Float64Array): Float64Array {
  let slope = 0;
  for (let i = 0; i < a.length; i++) slope += a[i] * b[i];
  slope /= a.length;
  return standardized(b.map((value, i) => value - slope * a[i]));
}

/** Kurtosis less 3, near 0 for Gaussian variables, which the method cannot order. */
function excessKurtosis(u: Float64Array): number {
  return u.reduce((sum, value) => sum + value ** 4, 0) / u.length - 3;
}

/**
 * DirectLiNGAM: finds, again and again, the variable that is most independent of what it leaves of the others, takes its effect out of them, and
 * puts it next in the order; then regresses along the order. For linear models with noise that is not Gaussian.
 *
 * @throws {EinlabError} `data`, for knowledge that contradicts itself.
 * @see Shimizu et al. 2011; Hyvärinen and Smith 2013 for the measure.
 */
export function directLingam(table: Table, options: DirectLingamOptions = {}): Discovery {
  const nodes = namesOf(table);
  const d = nodes.length;
  const knowledge = compileKnowledge(nodes, options.knowledge);
  const columns = table.columns.map(({ values }) => standardized(values));
  const gaussian = nodes.filter((_, i) => Math.abs(excessKurtosis(columns[i])) < 2 * Math.sqrt(24 / table.rows));
  const left = nodes.map((_, i) => i);
  const order: number[] = [];
  while (left.length > 0) {
    assertNotAborted(options.signal);
    options.onProgress?.({ phase: 'ordering variables', fraction: order.length / d });
    const isFree = (node: number): boolean =>
      left.every(
        (other) =>
          other === node ||
          (knowledge.required[other * d + node] === 0 &&
            !(knowledge.forbidden[node * d + other] === 1 && knowledge.forbidden[other * d + node] === 0)),
      );
    const candidates = left.filter(isFree);
    const entropies = new Map(left.map((i) => [i, maximumEntropy(columns[i])]));
    let [best, least] = [candidates[0] ?? left[0], Number.POSITIVE_INFINITY];
    for (const i of candidates.length > 0 ? candidates : left) {
      let dependence = 0;
      for (const j of left) {
        if (i === j) continue;
        const [forward, backward] = [residual(columns[j], columns[i]), residual(columns[i], columns[j])];
        // Positive where i is rather the cause of j.
        const gain =
          (entropies.get(j) ?? 0) + maximumEntropy(backward) - (entropies.get(i) ?? 0) - maximumEntropy(forward);
        dependence += Math.min(0, gain) ** 2;
      }
      if (dependence < least) [best, least] = [i, dependence];
    }
    order.push(best);
    left.splice(left.indexOf(best), 1);
    for (const j of left) columns[j] = residual(columns[j], columns[best]);
  }
  const weights = orderedRegression(covarianceMatrix(table), d, table.rows, order, knowledge);
  return weightedDiscovery(table, weights, knowledge, {
    method: 'direct-lingam',
    threshold: options.threshold ?? 0,
    evaluations: d * d,
    warnings:
      gaussian.length > d / 2
        ? [`${gaussian.length} of ${d} variables have the kurtosis of a Gaussian, which this method cannot direct`]
        : [],
  });
}
