import type { Graph } from '../graph/graph.ts';
import { collectEdges } from './edge-collector.ts';
import { fileError, shown } from './place.ts';

/**
 * Reads a graph in MatrixMarket's coordinate form, as gadjid writes it: entry (i, j) is 1 where i → j and 2 where i — j, which is
 * stored once. Nodes are called v0, v1, ….
 *
 * @throws {EinlabError} `file`, with the line.
 */
export function readMatrixMarket(text: string): Graph {
  const format = 'MatrixMarket';
  const lines = text.split(/\r?\n/);
  if (!/^%%MatrixMarket\s+matrix\s+coordinate\s+(integer|real|pattern)\s+(general|symmetric)/i.test(lines[0]))
    throw fileError(format, { line: 1, column: 1 }, 'expected "%%MatrixMarket matrix coordinate integer general"');
  // A matrix of the kind `pattern` has no values: every entry is an edge, undirected where the matrix is symmetric.
  const isSymmetric = /\ssymmetric/i.test(lines[0]);
  const isPattern = /^\S+\s+\S+\s+\S+\s+pattern/i.test(lines[0]);
  let size: number | undefined;
  let [left, edges] = [0, collectEdges()];
  for (let at = 1; at < lines.length; at++) {
    const said = lines[at].trim();
    if (said === '' || said.startsWith('%')) continue;
    const numbers = [...said.split(/\s+/).map(Number), ...(isPattern && size !== undefined ? [1] : [])];
    const problem = (what: string): never => {
      throw fileError(format, { line: at + 1, column: 1 }, `${shown(said)}: ${what}`);
    };
    if (numbers.length !== 3 || numbers.some((value) => !Number.isInteger(value)))
      problem('expected three whole numbers');
    const [a, b, value] = numbers;
    if (size === undefined) {
      if (a !== b || a < 0) problem('expected as many columns as rows');
      if (a > 20_000) problem('expected at most 20000 nodes');
      size = a;
      left = value;
      edges = collectEdges(Array.from({ length: size }, (_, i) => `v${i}`));
      continue;
    }
    if (a < 1 || b < 1 || a > size || b > size) problem(`expected positions from 1 to ${size}`);
    if (a === b) problem('an edge from a node to itself');
    if (value === 1 || value === 2) edges.edge(`v${a - 1}`, `v${b - 1}`, value === 1 && !isSymmetric);
    else if (value !== 0) problem('expected 1 (directed) or 2 (undirected)');
    left--;
  }
  if (size === undefined) throw fileError(format, { line: lines.length, column: 1 }, 'there is no line with the sizes');
  if (left !== 0)
    throw fileError(
      format,
      { line: lines.length, column: 1 },
      `the head promises ${left > 0 ? `${left} more` : `${-left} fewer`} entries`,
    );
  return edges.finish();
}

/** Writes a graph in MatrixMarket's form; names are left out. */
export function writeMatrixMarket(graph: Graph): string {
  const d = graph.nodes.length;
  const entries: string[] = [];
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < d; j++) {
      if (graph.edges[i * d + j] !== 1) continue;
      const isOpen = graph.edges[j * d + i] === 1;
      if (!isOpen || i < j) entries.push(`${i + 1} ${j + 1} ${isOpen ? 2 : 1}\n`);
    }
  }
  return `%%MatrixMarket matrix coordinate integer general\n${d} ${d} ${entries.length}\n${entries.join('')}`;
}
