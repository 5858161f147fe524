import { EinlabError } from '@einlab/einsum-core';
import { covarianceMatrix } from '../data/covariance.ts';
import { namesOf, type Table } from '../data/table.ts';
import { exponentialAcyclicity, leastSquaresLoss } from './acyclicity.ts';
import { assertNotAborted, type Discovery, type SearchControl } from './discovery.ts';
import { compileKnowledge, type Knowledge } from './knowledge.ts';
import { minimizeNonnegative } from './lbfgs-box.ts';
import { scaleWarning, weightedDiscovery } from './weighted-discovery.ts';

/** How NOTEARS searches. */
export interface NotearsOptions extends SearchControl {
  /** Weight of Σ|W|; 0.1 by default. */
  readonly sparsity?: number;
  /** Smaller weights are no edges; 0.3 by default. */
  readonly threshold?: number;
  readonly knowledge?: Knowledge;
}

/** The weights that NOTEARS ends with. */
export interface NotearsFit {
  readonly weights: Float64Array;
  /** (1/2n)‖X − XW‖² */
  readonly loss: number;
  /** tr e^{W∘W} − d */
  readonly acyclicity: number;
  readonly evaluations: number;
}

/**
 * min (1/2n)‖X − XW‖² + λ‖W‖₁ subject to tr e^{W∘W} = d, by an augmented Lagrangian: W is split into two nonnegative parts, ρ grows tenfold while the
 * constraint falls too slowly, and the multiplier follows.
 *
 * @param covariance - `f64[node, node]`
 * @param isForbidden - `u8[node, node]`: entries that stay 0.
 * @see Zheng et al. 2018, algorithm 1.
 */
export function fitNotears(
  covariance: Float64Array,
  size: number,
  sparsity: number,
  isForbidden: Uint8Array,
  control: SearchControl = {},
): NotearsFit {
  const n = size * size;
  const isFixed = isForbidden.map((entry, at) => (entry === 1 || at % (size + 1) === 0 ? 1 : 0));
  const joined = (x: Float64Array): Float64Array =>
    Float64Array.from({ length: n }, (_, at) => (isFixed[at] === 1 ? 0 : x[at] - x[n + at]));
  let x = new Float64Array(2 * n);
  let [rho, alpha, h, evaluations] = [1, 0, Number.POSITIVE_INFINITY, 0];
  for (let round = 0; round < 100 && h > 1e-8 && rho < 1e16; round++) {
    assertNotAborted(control.signal);
    control.onProgress?.({ phase: 'augmented Lagrangian', fraction: Math.min(0.99, Math.log10(rho) / 16) });
    let [next, after]: [Float64Array, number] = [x, h];
    while (rho < 1e16) {
      const found = minimizeNonnegative((at) => {
        evaluations++;
        const weights = joined(at);
        const [loss, cycles] = [leastSquaresLoss(covariance, weights, size), exponentialAcyclicity(weights, size)];
        const gradient = new Float64Array(2 * n);
        let value = loss.value + 0.5 * rho * cycles.value ** 2 + alpha * cycles.value;
        for (let k = 0; k < n; k++) {
          if (isFixed[k] === 1) continue;
          const slope = loss.gradient[k] + (rho * cycles.value + alpha) * cycles.gradient[k];
          gradient[k] = slope + sparsity;
          gradient[n + k] = sparsity - slope;
          value += sparsity * (at[k] + at[n + k]);
        }
        return { value, gradient };
      }, x);
      next = found.x;
      after = exponentialAcyclicity(joined(next), size).value;
      if (after > 0.25 * h) rho *= 10;
      else break;
    }
    x = Float64Array.from(next);
    h = after;
    alpha += rho * h;
  }
  const weights = joined(x);
  return { weights, loss: leastSquaresLoss(covariance, weights, size).value, acyclicity: h, evaluations };
}

/**
 * NOTEARS for linear models.
 *
 * @throws {EinlabError} `option`, for a negative sparsity or threshold; `data`, for knowledge that contradicts itself.
 */
export function notears(table: Table, options: NotearsOptions = {}): Discovery {
  const { sparsity = 0.1, threshold = 0.3 } = options;
  if (!(sparsity >= 0) || !(threshold >= 0))
    throw new EinlabError('option', `notears: sparsity ${sparsity} and threshold ${threshold}; expected numbers ≥ 0`, {
      sparsity,
      threshold,
    });
  const nodes = namesOf(table);
  const d = nodes.length;
  const knowledge = compileKnowledge(nodes, options.knowledge);
  const covariance = covarianceMatrix(table);
  const { weights, evaluations } = fitNotears(covariance, d, sparsity, knowledge.forbidden, options);
  const deviations = nodes.map((_, i) => Math.sqrt(covariance[i * (d + 1)]));
  return weightedDiscovery(table, weights, knowledge, {
    method: 'notears',
    threshold,
    evaluations,
    warnings: scaleWarning(deviations),
  });
}
