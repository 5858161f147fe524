import { EinlabError } from '@einlab/einsum-core';
import type { Graph } from '../graph/graph.ts';
import { type EdgeDirection, readAdjacencyCsv } from './adjacency-csv.ts';
import { readBif } from './bif.ts';
import { readDagitty, writeDagitty } from './dagitty.ts';
import { readDot, writeDot } from './dot.ts';
import { isEdgeListHead, readEdgeListCsv, readGraphJson, writeEdgeListCsv, writeGraphJson } from './edge-list.ts';
import { readGml, writeGml } from './gml.ts';
import { readGraphml, writeGraphml } from './graphml.ts';
import { readMatrixMarket, writeMatrixMarket } from './matrix-market.ts';
import { readModelString, writeModelString } from './model-string.ts';
import { parseCsv } from './parse-csv.ts';
import { readTetrad, writeTetrad } from './tetrad.ts';

/** Formats of graphs that can be read. */
export type GraphFormat =
  | 'dot'
  | 'dagitty'
  | 'graphml'
  | 'gml'
  | 'bif'
  | 'tetrad'
  | 'json'
  | 'csv'
  | 'matrix-market'
  | 'model-string';

const byEnding: Readonly<Record<string, GraphFormat>> = {
  dot: 'dot',
  gv: 'dot',
  dagitty: 'dagitty',
  dag: 'dagitty',
  graphml: 'graphml',
  xml: 'graphml',
  gml: 'gml',
  bif: 'bif',
  tetrad: 'tetrad',
  txt: 'tetrad',
  json: 'json',
  csv: 'csv',
  tsv: 'csv',
  mtx: 'matrix-market',
  model: 'model-string',
};

/** Endings of file names that tell a format. */
export const graphEndings: readonly string[] = Object.keys(byEnding);

/**
 * The format of a file by the ending of its name.
 *
 * @throws {EinlabError} `option`, for another ending.
 */
export function formatOfName(name: string): GraphFormat {
  const ending = /\.([a-z]+)$/i.exec(name)?.[1]?.toLowerCase() ?? '';
  const format = byEnding[ending];
  if (format !== undefined) return format;
  throw new EinlabError(
    'option',
    `graph: the name ${JSON.stringify(name)} does not tell a format; expected an ending out of ${graphEndings.map((each) => `.${each}`).join(', ')}`,
    { name },
  );
}

/** How a graph is to be read. */
export interface ReadGraphOptions {
  readonly format: GraphFormat;
  /** What an entry of an adjacency matrix means; needed for one, since programs differ. */
  readonly direction?: EdgeDirection;
  /** Names of the variables, for files that leave isolated nodes out. */
  readonly nodes?: readonly string[];
}

/**
 * Reads a graph in one of the formats. A CSV is an edge list where its head says so (`from,to`), else an adjacency matrix.
 *
 * @throws {EinlabError} `file` with line and column, or `option` for an adjacency matrix without a declared direction.
 */
export function readGraph(text: string, { format, direction, nodes }: ReadGraphOptions): Graph {
  switch (format) {
    case 'dot':
      return readDot(text);
    case 'dagitty':
      return readDagitty(text);
    case 'graphml':
      return readGraphml(text);
    case 'gml':
      return readGml(text);
    case 'bif':
      return readBif(text).graph;
    case 'tetrad':
      return readTetrad(text);
    case 'json':
      return readGraphJson(text);
    case 'matrix-market':
      return readMatrixMarket(text);
    case 'model-string':
      return readModelString(text);
    case 'csv': {
      if (isEdgeListHead(parseCsv(text).rows[0] ?? [])) return readEdgeListCsv(text, nodes);
      if (direction !== undefined) return readAdjacencyCsv(text, { direction });
      throw new EinlabError(
        'option',
        'adjacency CSV: what do rows and columns mean? Expected direction "row-to-column" (row → column) or "column-to-row"',
      );
    }
  }
}

/** Formats that graphs are written in. */
export type WritableGraphFormat = Exclude<GraphFormat, 'bif'>;

/** Writes a graph; a CSV is an edge list. */
export function writeGraph(graph: Graph, format: WritableGraphFormat): string {
  const writers: Readonly<Record<WritableGraphFormat, (graph: Graph) => string>> = {
    dot: writeDot,
    dagitty: writeDagitty,
    graphml: writeGraphml,
    gml: writeGml,
    tetrad: writeTetrad,
    json: writeGraphJson,
    csv: writeEdgeListCsv,
    'matrix-market': writeMatrixMarket,
    'model-string': writeModelString,
  };
  return writers[format](graph);
}
