import { EinlabError } from '@einlab/einsum-core';
import { covarianceMatrix } from '../data/covariance.ts';
import { assertInterventions, type Interventions, isTargeted } from '../data/interventions.ts';
import { type Table, takeRows } from '../data/table.ts';

/** A score that is a sum over nodes of terms that depend on a node and its parents only; higher is better. */
export interface LocalScore {
  readonly name: string;
  readonly size: number;
  /** The term of a node, by position. */
  of(node: number, parents: readonly number[]): number;
  /** Terms computed so far. */
  readonly computed: () => number;
  readonly warnings: ReadonlySet<string>;
}

/** The sum of a score over the nodes of a DAG. */
export function totalScore(score: LocalScore, edges: Uint8Array): number {
  const d = score.size;
  let sum = 0;
  for (let j = 0; j < d; j++) {
    const parents: number[] = [];
    for (let i = 0; i < d; i++) if (edges[i * d + j] === 1) parents.push(i);
    sum += score.of(j, parents);
  }
  return sum;
}

/** Remembers terms, by the node and its parents in ascending order. */
export function remembering(score: Pick<LocalScore, 'name' | 'size' | 'of' | 'warnings'>): LocalScore {
  const known = Array.from({ length: score.size }, () => new Map<string, number>());
  let computed = 0;
  return {
    name: score.name,
    size: score.size,
    warnings: score.warnings,
    computed: () => computed,
    of(node, parents) {
      const sorted = [...parents].sort((a, b) => a - b);
      const key = sorted.join(' ');
      let value = known[node].get(key);
      if (value === undefined) {
        value = score.of(node, sorted);
        computed++;
        known[node].set(key, value);
      }
      return value;
    },
  };
}

/** Residual variance of a node given its parents, by the Cholesky factor of the parents' covariances; 0 where it follows from them. */
export function residualVariance(
  covariance: Float64Array,
  size: number,
  node: number,
  parents: readonly number[],
): number {
  const n = parents.length;
  const at = [...parents, node];
  const lower = new Float64Array((n + 1) * (n + 1));
  for (let i = 0; i <= n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = covariance[at[i] * size + at[j]];
      for (let k = 0; k < j; k++) sum -= lower[i * (n + 1) + k] * lower[j * (n + 1) + k];
      if (i === n && j === n) return Math.max(0, sum);
      // A parent that follows from the others adds nothing.
      if (i === j) lower[i * (n + 1) + i] = sum > 1e-10 * covariance[at[i] * size + at[i]] ? Math.sqrt(sum) : 0;
      else lower[i * (n + 1) + j] = lower[j * (n + 1) + j] === 0 ? 0 : sum / lower[j * (n + 1) + j];
    }
  }
  return 0;
}

/** Options of the Gaussian score. */
export interface GaussianBicOptions {
  /** Factor of the penalty; 1 by default, 2 is the usual choice for sparser graphs. */
  readonly penalty?: number;
  /** Rows of experiments that target a node do not count for its term (Hauser and Bühlmann 2012). */
  readonly interventions?: Interventions;
}

/**
 * The Gaussian BIC of a node given its parents, from a covariance matrix that divides by n:
 *
 *   −n/2 · (1 + ln σ²) − penalty · (|parents| + 1) · ½ ln n
 *
 * with σ² the residual variance. Equal for all DAGs of an equivalence class.
 */
export function gaussianBicFromCovariance(
  covariance: Float64Array,
  size: number,
  samples: number,
  penalty: number = 1,
): LocalScore {
  const warnings = new Set<string>();
  return remembering({
    name: 'Gaussian BIC',
    size,
    warnings,
    of(node, parents) {
      let variance = residualVariance(covariance, size, node, parents);
      const own = covariance[node * size + node];
      if (variance <= 1e-12 * own) {
        warnings.add('a variable follows exactly from others; its residual variance was bounded from below');
        variance = Math.max(1e-12 * own, 1e-300);
      }
      return (-samples / 2) * (1 + Math.log(variance)) - penalty * (parents.length + 1) * 0.5 * Math.log(samples);
    },
  });
}

/** The Gaussian BIC of the columns of a table; see `gaussianBicFromCovariance`. */
export function gaussianBic(table: Table, { penalty = 1, interventions }: GaussianBicOptions = {}): LocalScore {
  const size = table.columns.length;
  if (interventions === undefined) return gaussianBicFromCovariance(covarianceMatrix(table), size, table.rows, penalty);
  assertInterventions(interventions, table);
  // Nodes with the same usable rows share a covariance.
  const bySet = new Map<string, LocalScore>();
  const scores = table.columns.map(({ name }, j) => {
    const hit = isTargeted(interventions, j);
    const rows: number[] = [];
    hit.forEach((isHit, row) => {
      if (isHit === 0) rows.push(row);
    });
    if (rows.length < 3)
      throw new EinlabError(
        'data',
        `GIES: ${rows.length} rows do not target ${JSON.stringify(name)}; expected at least 3`,
        { name },
      );
    const regimes = interventions.regimes.map(({ targets }) => (targets.includes(j) ? 1 : 0)).join('');
    let score = bySet.get(regimes);
    if (score === undefined) {
      score = gaussianBicFromCovariance(covarianceMatrix(takeRows(table, rows)), size, rows.length, penalty);
      bySet.set(regimes, score);
    }
    return score;
  });
  const warnings = new Set<string>();
  return remembering({ name: 'Gaussian BIC', size, warnings, of: (node, parents) => scores[node].of(node, parents) });
}

/** Options of the discrete score. */
export interface BdeuOptions {
  /** Prior weight as a number of rows; 10 by default. */
  readonly equivalentSampleSize?: number;
}
