import type { NodeGraph } from '../../../kernels/expression-graph.ts';

/**
 * `a < b ? a : b` and its three siblings as one instruction: pmin(x, y) = y < x ? y : x, pmax(x, y) = x < y ? y : x.
 */
export function orderedPair(
  graph: NodeGraph,
  [condition, whenTrue, whenFalse]: readonly number[],
): { opcode: 'f32x4.pmin' | 'f32x4.pmax'; first: number; second: number } | undefined {
  const { op } = graph.nodes[condition];
  if ((op !== 'less' && op !== 'greater') || graph.nodes[whenTrue].type !== 'f32') return undefined;
  const [left, right] = graph.inputs[condition];
  const [smaller, larger] = op === 'less' ? [left, right] : [right, left];
  if (whenTrue === smaller && whenFalse === larger) return { opcode: 'f32x4.pmin', first: larger, second: smaller };
  if (whenTrue === larger && whenFalse === smaller) return { opcode: 'f32x4.pmax', first: smaller, second: larger };
  return undefined;
}
