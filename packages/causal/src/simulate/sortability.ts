import { correlationMatrix } from '../data/covariance.ts';
import { scaleOf } from '../data/standardize.ts';
import type { Table } from '../data/table.ts';
import type { Graph } from '../graph/graph.ts';
import { cholesky, choleskyInverse } from '../linalg/cholesky.ts';

/** How well a number for each variable gives the causal order away. */
export interface Sortability {
  /** By the variances: the share of directed paths along which they grow. ½ says nothing, 1 gives the order away. */
  readonly variance: number;
  /** By how well each variable is predicted from all others, which no rescaling changes. */
  readonly rSquared: number;
}

/**
 * The share of ordered pairs (i, j, length k), joined by a directed path of that length, whose scores grow from i to j; ties count half.
 *
 * @param scores - one for each node.
 * @see Reisach, Seiler and Weichwald 2021, equation (1).
 */
export function sortability({ nodes, edges }: Graph, scores: ArrayLike<number>): number {
  const d = nodes.length;
  let reached = Uint8Array.from(edges);
  let [growing, all] = [0, 0];
  for (let length = 1; length < d; length++) {
    const next = new Uint8Array(d * d);
    let count = 0;
    for (let i = 0; i < d; i++) {
      for (let j = 0; j < d; j++) {
        if (reached[i * d + j] === 0) continue;
        count++;
        const tolerance = 1e-9 * Math.max(Math.abs(scores[i]), Math.abs(scores[j]));
        growing += Math.abs(scores[i] - scores[j]) <= tolerance ? 0.5 : scores[i] < scores[j] ? 1 : 0;
        for (let k = 0; k < d; k++) if (edges[j * d + k] === 1) next[i * d + k] = 1;
      }
    }
    all += count;
    if (count === 0) break;
    reached = next;
  }
  return all === 0 ? 0.5 : growing / all;
}

/** R²ⱼ = 1 − 1/(R⁻¹)ⱼⱼ of each column regressed on all others; ridge of 1e-9 where the correlations are singular. */
export function coefficientsOfDetermination(table: Table): Float64Array {
  const d = table.columns.length;
  const correlations = correlationMatrix(table);
  let lower = cholesky(correlations, d);
  for (let ridge = 1e-9; lower === undefined; ridge *= 10) {
    const loaded = correlations.map((value, at) => (at % (d + 1) === 0 ? value + ridge : value));
    lower = cholesky(loaded, d);
  }
  const inverse = choleskyInverse(lower, d);
  return Float64Array.from({ length: d }, (_, j) => 1 - 1 / inverse[j * d + j]);
}

/** How much the variances and the predictability of the variables give away of a known graph. */
export function sortabilities(truth: Graph, table: Table): Sortability {
  const variances = table.columns.map(({ values }) => scaleOf(values).deviation ** 2);
  return {
    variance: sortability(truth, variances),
    rSquared: sortability(truth, coefficientsOfDetermination(table)),
  };
}
