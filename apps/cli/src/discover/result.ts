import {
  cpdagHamming,
  type Discovery,
  discoveryToJson,
  type Graph,
  type InterventionScores,
  isDag,
  isDirected,
  isUndirected,
  orientationScores,
  type Stability,
  skeletonScores,
  structuralHamming,
  structuralInterventionDistance,
} from '@einlab/causal';
import { formatTable } from '../terminal/table.ts';
import { heldOutLines } from './hold-out.ts';

/** An edge of the result as it is shown. */
export interface EdgeRow {
  readonly from: string;
  readonly to: string;
  readonly arrow: '→' | '—';
  readonly score: number;
  /** Share of bootstrap rounds with an edge between the two, and with this direction. */
  readonly found?: number;
  readonly directed?: number;
}

/** The edges of a result, the strongest first. */
export function edgeRows({ graph, scores }: Discovery, stable: Stability | undefined): EdgeRow[] {
  const d = graph.nodes.length;
  const rows: EdgeRow[] = [];
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < d; j++) {
      const isOpen = isUndirected(graph, i, j);
      if (!isDirected(graph, i, j) && !(isOpen && i < j)) continue;
      const at = i * d + j;
      const shares =
        stable === undefined
          ? {}
          : {
              found: (stable.directed[at] ?? 0) + (stable.directed[j * d + i] ?? 0) + (stable.undirected[at] ?? 0),
              directed: stable.directed[at] ?? 0,
            };
      rows.push({
        from: graph.nodes[i] ?? '',
        to: graph.nodes[j] ?? '',
        arrow: isOpen ? '—' : '→',
        score: scores[at] ?? 0,
        ...shares,
      });
    }
  }
  return rows.sort((a, b) => b.score - a.score);
}

/** What the comparison with a truth says, each figure with its variant in the name. */
export function comparison(truth: Graph, { graph }: Discovery): Readonly<Record<string, number>> {
  const [skeleton, direction] = [skeletonScores(truth, graph), orientationScores(truth, graph)];
  return {
    'SHD (a reversal counts once)': structuralHamming(truth, graph),
    ...(isDag(truth) ? { 'CPDAG-SHD': cpdagHamming(truth, graph) } : {}),
    ...(isDag(truth) && isDag(graph) ? { SID: structuralInterventionDistance(truth, graph) } : {}),
    'skeleton precision': skeleton.precision,
    'skeleton recall': skeleton.recall,
    'skeleton F1': skeleton.f1,
    'orientation F1 (undirected counts half)': direction.f1,
  };
}

/** Everything that was found, for `results.json` and `--json`. */
export function resultValue(
  found: Discovery,
  notes: readonly string[],
  seed: number,
  stable: Stability | undefined,
  truth: Graph | undefined,
  heldOut?: InterventionScores,
): object {
  return {
    ...discoveryToJson(found, stable),
    seed,
    notes,
    ...(truth === undefined ? {} : { comparison: comparison(truth, found) }),
    ...(heldOut === undefined ? {} : { heldOut }),
  };
}

const share = (value: number | undefined): string => (value === undefined ? '' : `${Math.round(100 * value)} %`);

/** The result as a table for the terminal. */
export function printResult(
  found: Discovery,
  stable: Stability | undefined,
  truth: Graph | undefined,
  heldOut?: InterventionScores,
): string {
  const rows = edgeRows(found, stable);
  const withShares = stable !== undefined;
  const columns = [
    { head: 'edge', align: 'left' as const },
    { head: 'score', align: 'right' as const },
    ...(withShares
      ? [
          { head: 'found in', align: 'right' as const },
          { head: 'so directed in', align: 'right' as const },
        ]
      : []),
  ];
  const table = formatTable(
    columns,
    rows.map(({ from, to, arrow, score, found: often, directed }) => [
      `${from} ${arrow} ${to}`,
      score.toPrecision(3),
      ...(withShares ? [share(often), share(directed)] : []),
    ]),
  );
  const figures =
    truth === undefined
      ? []
      : Object.entries(comparison(truth, found)).map(
          ([name, value]) => `${name}: ${Number.isInteger(value) ? value : value.toFixed(3)}`,
        );
  const lines = [
    rows.length === 0 ? 'no edge was found' : table,
    '',
    `${rows.length} edges, ${found.absences.length} absent edges with a certificate; score: ${found.scoreName}`,
    ...figures,
    ...(heldOut === undefined ? [] : heldOutLines(heldOut)),
  ];
  return `${lines.join('\n')}\n`;
}
