import { EinlabError } from '@einlab/einsum-core';
import { foldIn, type RandomKey, rngFromKey, uniformInteger } from '@einlab/numerics';
import type { Interventions } from '../data/interventions.ts';
import { namesOf, type Table, takeRows } from '../data/table.ts';
import { isDirected, isUndirected } from '../graph/graph.ts';
import { assertNotAborted, type Discovery, type SearchControl } from './discovery.ts';

/** How often each edge was found in resampled tables. */
export interface Stability {
  readonly rounds: number;
  readonly nodes: readonly string[];
  /** `f64[node, node]`: share of rounds with i → j. */
  readonly directed: Float64Array;
  /** `f64[node, node]`, symmetric: share of rounds with i — j. */
  readonly undirected: Float64Array;
  /** Rounds that failed, and why. */
  readonly failures: readonly string[];
}

/** How rounds are drawn. */
export interface StabilityOptions extends SearchControl {
  readonly key: RandomKey;
  /** 50 by default. */
  readonly rounds?: number;
  readonly interventions?: Interventions;
}

/**
 * Repeats a search on tables of rows drawn with replacement.
 *
 * @param search - gets the drawn table, the conditions of its rows, and the round.
 * @throws {EinlabError} `option`, for fewer than one round; the first failure, where every round fails.
 * @see Efron 1979; Friedman, Goldszmidt and Wyner 1999 for graphs.
 */
export async function stability(
  table: Table,
  search: (table: Table, interventions: Interventions | undefined, round: number) => Discovery | Promise<Discovery>,
  options: StabilityOptions,
): Promise<Stability> {
  const { rounds = 50, interventions } = options;
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new EinlabError('option', `stability: the rounds are ${rounds}; expected a whole number ≥ 1`, { rounds });
  const nodes = namesOf(table);
  const d = nodes.length;
  const [directed, undirected] = [new Float64Array(d * d), new Float64Array(d * d)];
  const failures: string[] = [];
  for (let round = 0; round < rounds; round++) {
    assertNotAborted(options.signal);
    options.onProgress?.({ phase: 'bootstrap', fraction: round / rounds });
    const rng = rngFromKey(foldIn(options.key, round));
    const rows = Int32Array.from({ length: table.rows }, () => uniformInteger(rng, table.rows));
    const drawn =
      interventions === undefined
        ? undefined
        : { regimes: interventions.regimes, regimeOfRow: rows.map((row) => interventions.regimeOfRow[row]) };
    try {
      const { graph } = await search(takeRows(table, rows), drawn, round);
      for (let i = 0; i < d; i++) {
        for (let j = 0; j < d; j++) {
          if (isDirected(graph, i, j)) directed[i * d + j]++;
          if (isUndirected(graph, i, j)) undirected[i * d + j]++;
        }
      }
    } catch (error) {
      if (!(error instanceof EinlabError) || options.signal?.aborted === true) throw error;
      failures.push(`round ${round + 1}: ${error.message}`);
      if (failures.length === rounds) throw error;
    }
  }
  const done = rounds - failures.length;
  return {
    rounds: done,
    nodes,
    directed: directed.map((count) => count / done),
    undirected: undirected.map((count) => count / done),
    failures,
  };
}
