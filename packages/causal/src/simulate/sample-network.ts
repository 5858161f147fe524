import { categorical, type RandomKey, rngFromKey } from '@einlab/numerics';
import { type Table, tableOf } from '../data/table.ts';
import type { BayesianNetwork } from '../format/bayesian-network.ts';
import { topologicalOrder } from '../graph/order.ts';

/** Draws rows from a discrete Bayesian network; columns hold positions of states. */
export function sampleNetwork(key: RandomKey, { graph, tables }: BayesianNetwork, rows: number): Table {
  const rng = rngFromKey(key);
  const order = topologicalOrder(graph.edges, graph.nodes.length) ?? [];
  const columns = graph.nodes.map(() => new Float64Array(rows));
  const parents = tables.map((table) => table.parents.map((name) => graph.nodes.indexOf(name)));
  for (const j of order) {
    const { probabilities, states } = tables[j];
    for (let i = 0; i < rows; i++) {
      let row = 0;
      for (const p of parents[j]) row = row * tables[p].states.length + columns[p][i];
      columns[j][i] = categorical(rng, probabilities.subarray(row * states.length, (row + 1) * states.length));
    }
  }
  return tableOf(
    graph.nodes.map((name, j) => ({ name, kind: 'discrete' as const, values: columns[j], levels: tables[j].states })),
  );
}
