import { covarianceMatrix } from '../data/covariance.ts';
import { namesOf, type Table } from '../data/table.ts';
import { coefficientsOfDetermination } from '../simulate/sortability.ts';
import type { Discovery } from './discovery.ts';
import { compileKnowledge, type Knowledge } from './knowledge.ts';
import { allowedOrder, orderedRegression } from './ordered-regression.ts';
import { scaleWarning, weightedDiscovery } from './weighted-discovery.ts';

/** How variables are sorted. */
export interface SortAndRegressOptions {
  /** By variance (the default), or by R², which no rescaling changes. */
  readonly by?: 'variance' | 'r-squared';
  /** Smaller weights are no edges; 0 by default: the BIC has decided. */
  readonly threshold?: number;
  readonly knowledge?: Knowledge;
}

/**
 * Sorts variables by a number and regresses each on those before it: the baseline that shows what of a benchmark can be read off the variances.
 *
 * @see Reisach, Seiler and Weichwald 2021, section 3.3.
 */
export function sortAndRegress(
  table: Table,
  { by = 'variance', threshold = 0, knowledge: known }: SortAndRegressOptions = {},
): Discovery {
  const nodes = namesOf(table);
  const d = nodes.length;
  const knowledge = compileKnowledge(nodes, known);
  const covariance = covarianceMatrix(table);
  const variances = nodes.map((_, i) => covariance[i * (d + 1)]);
  const scores = by === 'variance' ? variances : [...coefficientsOfDetermination(table)];
  const wished = nodes.map((_, i) => i).sort((a, b) => scores[a] - scores[b] || a - b);
  const weights = orderedRegression(covariance, d, table.rows, allowedOrder(wished, knowledge), knowledge);
  return weightedDiscovery(table, weights, knowledge, {
    method: by === 'variance' ? 'sortnregress' : 'r2-sortnregress',
    threshold,
    evaluations: d,
    warnings: by === 'variance' ? scaleWarning(variances.map(Math.sqrt)) : [],
  });
}
