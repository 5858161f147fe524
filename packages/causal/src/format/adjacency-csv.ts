import { EinlabError } from '@einlab/einsum-core';
import { asDag, isDag } from '../graph/dag.ts';
import { type Edge, type Graph, pdag } from '../graph/graph.ts';
import { csvCell, parseCsv } from './parse-csv.ts';
import { fileError, shown } from './place.ts';

/** What an entry (row, column) of an adjacency matrix means: there is no convention that all programs share. */
export type EdgeDirection = 'row-to-column' | 'column-to-row';

/** How an adjacency matrix is to be read. */
export interface AdjacencyOptions {
  readonly direction: EdgeDirection;
  /** Names of the nodes where the file has none. */
  readonly nodes?: readonly string[];
}

/**
 * Reads an adjacency matrix: numbers, 0 for no edge; entries in both directions are an undirected edge. The first row holds names,
 * unless they are given; a first column of the same names may stand in front.
 *
 * @throws {EinlabError} `file`, with line and column, for a matrix that is not square or holds something else.
 */
export function readAdjacencyCsv(text: string, { direction, nodes }: AdjacencyOptions): Graph {
  const format = 'adjacency CSV';
  if (direction !== 'row-to-column' && direction !== 'column-to-row')
    throw new EinlabError(
      'option',
      `adjacency CSV: direction is ${JSON.stringify(direction)}; expected "row-to-column" or "column-to-row"`,
    );
  const { rows, lines } = parseCsv(text, format);
  const body = nodes === undefined ? rows.slice(1) : rows;
  const skipped = nodes === undefined ? 1 : 0;
  const hasRowNames = body.length > 0 && body.every((row) => row.length === body.length + 1);
  const head = nodes ?? (hasRowNames && rows[0]?.length === body.length + 1 ? rows[0].slice(1) : (rows[0] ?? []));
  if (head.length !== body.length) {
    throw fileError(
      format,
      { line: lines[0] ?? 1, column: 1 },
      `there are ${head.length} names and ${body.length} rows; expected as many`,
    );
  }
  const edges: Edge[] = [];
  const isEdge = body.map((row, i) => {
    const cells = hasRowNames ? row.slice(1) : row;
    const line = lines[i + skipped];
    if (hasRowNames && row[0].trim() !== head[i].trim())
      throw fileError(format, { line, column: 1 }, `the row is called ${shown(row[0])}; expected ${shown(head[i])}`);
    if (cells.length !== head.length)
      throw fileError(format, { line, column: 1 }, `there are ${cells.length} cells; expected ${head.length}`);
    return cells.map((cell, j) => {
      const value = cell.trim() === '' ? Number.NaN : Number(cell);
      if (!Number.isFinite(value))
        throw fileError(format, { line, column: j + 1 + (hasRowNames ? 1 : 0) }, `${shown(cell)} is no number`);
      if (i === j && value !== 0)
        throw fileError(format, { line, column: j + 1 }, `an edge from ${shown(head[i])} to itself`);
      return value !== 0;
    });
  });
  const open: Edge[] = [];
  for (let i = 0; i < head.length; i++) {
    for (let j = 0; j < head.length; j++) {
      if (!isEdge[i][j]) continue;
      if (isEdge[j][i]) {
        if (i < j) open.push([head[i], head[j]]);
      } else edges.push(direction === 'row-to-column' ? [head[i], head[j]] : [head[j], head[i]]);
    }
  }
  const graph = pdag(head, edges, open);
  return isDag(graph) ? asDag(graph) : graph;
}

/** Writes an adjacency matrix with its names in the first row. */
export function writeAdjacencyCsv(graph: Graph, direction: EdgeDirection): string {
  const d = graph.nodes.length;
  const rows = graph.nodes.map((_, i) =>
    graph.nodes.map((_, j) => graph.edges[direction === 'row-to-column' ? i * d + j : j * d + i]).join(','),
  );
  return [graph.nodes.map(csvCell).join(','), ...rows].map((row) => `${row}\n`).join('');
}
