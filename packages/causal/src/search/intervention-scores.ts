import { EinlabError } from '@einlab/einsum-core';
import type { RandomKey } from '@einlab/numerics';
import { assertInterventions, type Interventions, isTargeted } from '../data/interventions.ts';
import { scaleOf } from '../data/standardize.ts';
import { namesOf, type Table } from '../data/table.ts';
import { isDag } from '../graph/dag.ts';
import type { Graph } from '../graph/graph.ts';
import type { SearchControl } from './discovery.ts';
import { fitMaskedNetworks, predictWithNetworks } from './masked-networks.ts';
import type { DatCheckpoint } from './search-checkpoint.ts';

/** How a graph is scored by interventions that it was not learned from. */
export interface InterventionScoreOptions extends SearchControl {
  readonly key: RandomKey;
  readonly interventions: Interventions;
  /** Names of the conditions that are predicted; all others are fitted to. */
  readonly heldOut: readonly string[];
  /** Steps of the fit of each variable given its parents; 2000 by default. */
  readonly steps?: number;
  /** Where the fit's state is written down, so that it goes on where it stopped. */
  readonly checkpoint?: DatCheckpoint;
}

/** How well what was held out is predicted, of the variables that were not set. */
export interface InterventionScore {
  /** I-NLL: mean of −ln p(x | parents) in nats, of z-scored values; lower is better. */
  readonly negativeLogLikelihood: number;
  /** I-MAE: mean of |x̂ − x|, of z-scored values; lower is better. */
  readonly meanAbsoluteError: number;
  readonly rows: number;
}

/** A score of all held-out conditions together, and of each. */
export interface InterventionScores extends InterventionScore {
  readonly byCondition: Readonly<Record<string, InterventionScore>>;
}

/** Fits each variable to its parents with enough steps and no preference for small weights: the graph is given. */
const frozen = { rate: 4e-3, sparsity: 0, decay: 1e-5, acyclicity: 0 } as const;

function placesOf({ regimes }: Interventions, names: readonly string[]): number[] {
  return names.map((name) => {
    const at = regimes.findIndex((regime) => regime.name === name);
    if (at < 0)
      throw new EinlabError(
        'data',
        `intervention scores: there is no condition ${JSON.stringify(name)}; the conditions are ${regimes.map((each) => each.name).join(', ')}`,
        { name },
      );
    return at;
  });
}

/**
 * Scores a graph by how well it predicts interventions that were held out: a Gaussian network for each variable given its parents is fitted to the
 * other rows, and predicts the held-out rows' variables from their parents' values in the same row. What an intervention sets is not predicted.
 *
 * @param graph - a DAG over the table's columns, in their order.
 * @throws {EinlabError} `data`, for a graph with undirected edges, a cycle or other nodes, an unknown condition, or nothing left to fit to.
 * @remarks Values are z-scored by the rows that are fitted to, so that scores of several graphs of one table compare.
 */
export async function interventionScores(
  table: Table,
  graph: Graph,
  { key, interventions, heldOut, steps = 2000, ...control }: InterventionScoreOptions,
): Promise<InterventionScores> {
  assertInterventions(interventions, table);
  const names = namesOf(table);
  if (names.join('\n') !== graph.nodes.join('\n'))
    throw new EinlabError(
      'data',
      `intervention scores: the graph's nodes are ${graph.nodes.join(', ')} and the table's columns ${names.join(', ')}; expected the same in the same order`,
    );
  if (!isDag(graph))
    throw new EinlabError(
      'data',
      'intervention scores: the graph has undirected edges or a cycle; expected a DAG, such as the dag of a result',
    );
  const held = new Set(placesOf(interventions, heldOut));
  const [training, judged]: number[][] = [[], []];
  interventions.regimeOfRow.forEach((regime, row) => {
    (held.has(regime) ? judged : training).push(row);
  });
  if (training.length < 20 || judged.length === 0)
    throw new EinlabError(
      'data',
      `intervention scores: ${judged.length} rows are held out and ${training.length} are left; expected at least 1 and 20`,
    );
  const columns = table.columns.map(({ values }) => {
    const { mean, deviation } = scaleOf(Float64Array.from(training, (row) => values[row]));
    return Float32Array.from(values, (value) => (deviation > 0 ? (value - mean) / deviation : 0));
  });
  const d = columns.length;
  const targeted = names.map((_, j) => isTargeted(interventions, j));
  const data = { columns, rows: Int32Array.from(training), mask: graph.edges, isTargeted: targeted };
  const networks = await fitMaskedNetworks(key, data, { ...frozen, steps }, { ...control, phase: 'fitting the graph' });
  const rows = Int32Array.from(judged);
  const { mean, deviation } = await predictWithNetworks(networks, data, rows);
  const sums = new Map<number, { loss: number; error: number; count: number; rows: number }>();
  rows.forEach((row, i) => {
    const regime = interventions.regimeOfRow[row];
    const sum = sums.get(regime) ?? { loss: 0, error: 0, count: 0, rows: 0 };
    sum.rows++;
    for (let j = 0; j < d; j++) {
      if (targeted[j][row] === 1) continue;
      const [m, s] = [mean[i * d + j], deviation[i * d + j]];
      const far = columns[j][row] - m;
      sum.loss += 0.5 * (far / s) ** 2 + Math.log(s) + 0.5 * Math.log(2 * Math.PI);
      sum.error += Math.abs(far);
      sum.count++;
    }
    sums.set(regime, sum);
  });
  const score = (parts: readonly { loss: number; error: number; count: number; rows: number }[]): InterventionScore => {
    const total = (pick: 'loss' | 'error' | 'count' | 'rows'): number =>
      parts.reduce((all, each) => all + each[pick], 0);
    return {
      negativeLogLikelihood: total('loss') / total('count'),
      meanAbsoluteError: total('error') / total('count'),
      rows: total('rows'),
    };
  };
  const byCondition = Object.fromEntries(
    [...sums].map(([regime, sum]): [string, InterventionScore] => [interventions.regimes[regime].name, score([sum])]),
  );
  return { ...score([...sums.values()]), byCondition };
}
