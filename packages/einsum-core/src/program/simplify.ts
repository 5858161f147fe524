import { sameShape } from '../base/shape.ts';
import type { PrimitiveParameters } from '../tensor/parameters.ts';
import { type Graph, type GraphNode, written } from './graph.ts';

type Operation = Extract<GraphNode, { kind: 'operation' }>;

/**
 * The same computation with less of it: equal nodes become one, identities and products with 1 vanish, products without
 * a sum become elementwise, and what no output needs is left out. Values do not change, not even in the last bit.
 */
export function simplify(graph: Graph): Graph {
  const nodes: GraphNode[] = [];
  const known = new Map<string, number>();
  const replaced: number[] = [];

  const add = (node: GraphNode): number => {
    const key = node.kind === 'input' ? `input ${node.position}` : keyOf(node);
    const same = known.get(key);
    if (same !== undefined) return same;
    known.set(key, nodes.length);
    return nodes.push(node) - 1;
  };

  for (const node of graph.nodes) {
    if (node.kind === 'input') {
      replaced.push(add(node));
      continue;
    }
    const inputs = node.inputs.map((id) => replaced[id]);
    replaced.push(rewrite({ ...node, inputs }, nodes, add));
  }
  return pruned({ nodes, inputCount: graph.inputCount, outputs: graph.outputs.map((id) => replaced[id]) });
}

const keyOf = ({ name, inputs, parameters }: Operation): string => written([name, inputs, parameters]);

/** The constant that a node holds everywhere, if it is one. */
function constantOf(nodes: readonly GraphNode[], id: number): number | undefined {
  let node = nodes[id];
  while (node.kind === 'operation' && (node.name === 'broadcast' || node.name === 'reshape'))
    node = nodes[node.inputs[0]];
  return node.kind === 'operation' && node.name === 'constant'
    ? (node.parameters as PrimitiveParameters['constant']).value
    : undefined;
}

function rewrite(node: Operation, nodes: readonly GraphNode[], add: (node: GraphNode) => number): number {
  const [first, second] = node.inputs;
  switch (node.name) {
    case 'identity':
    case 'customRule':
    case 'stopGradient':
      return first;
    case 'cast':
      return nodes[first].dtype === node.dtype ? first : add(node);
    case 'reshape':
      return sameShape(nodes[first].shape, node.shape) ? first : add(node);
    case 'slice': // a slice of everything
      return sameShape(nodes[first].shape, node.shape) ? first : add(node);
    case 'pad': // a border of nothing
    case 'broadcast': {
      const axes = node.name === 'broadcast' ? (node.parameters as PrimitiveParameters['broadcast']).axes : [];
      const inOrder = axes.every((axis, i) => axis === i);
      return inOrder && sameShape(nodes[first].shape, node.shape) ? first : add(node);
    }
    case 'concatenate':
      return node.inputs.length === 1 ? first : add(node);
    case 'multiply':
      if (constantOf(nodes, second) === 1) return first;
      return constantOf(nodes, first) === 1 ? second : add(node);
    case 'einsum':
      return rewriteEinsum(node, nodes, add);
    default:
      return add(node);
  }
}

/**
 * A two-operand einsum with no contraction is a product of broadcasts, and one whose every free axis is in both is a
 * product and a sum: both fuse with their neighbours, where a contraction kernel would have nothing to reuse.
 */
function rewriteEinsum(node: Operation, nodes: readonly GraphNode[], add: (node: GraphNode) => number): number {
  const { operands, output, sizes } = node.parameters as PrimitiveParameters['einsum'];
  if (operands.length === 1) {
    const isIdentity = output.length === operands[0].length && output.every((axis, i) => axis === operands[0][i]);
    return isIdentity ? node.inputs[0] : add(node);
  }
  const [left, right] = operands;
  const contracted = left.filter((axis) => !output.includes(axis));
  const hasFree = output.some((axis) => !left.includes(axis) || !right.includes(axis));
  if (contracted.some((axis) => sizes[axis] !== 1) && hasFree) return add(node);
  const all = [...output, ...contracted];
  const shape = all.map((axis) => sizes[axis]);
  const spread = (input: number, axes: readonly number[]): number => {
    const parameters: PrimitiveParameters['broadcast'] = { shape, axes: axes.map((axis) => all.indexOf(axis)) };
    const inOrder = sameShape(nodes[input].shape, shape) && axes.every((axis, i) => axis === all[i]);
    return inOrder
      ? input
      : add({ kind: 'operation', name: 'broadcast', inputs: [input], parameters, shape, dtype: 'f32' });
  };
  const product = add({
    kind: 'operation',
    name: 'multiply',
    inputs: [spread(node.inputs[0], left), spread(node.inputs[1], right)],
    parameters: {},
    shape,
    dtype: 'f32',
  });
  if (contracted.length === 0) return product;
  const axes = all.map((_, i) => i);
  return add({
    ...node,
    inputs: [product],
    parameters: { operands: [axes], output: axes.slice(0, output.length), sizes: shape },
  });
}

/** Without nodes that no output needs; inputs keep their positions. */
function pruned(graph: Graph): Graph {
  const needed = new Uint8Array(graph.nodes.length);
  for (const id of graph.outputs) needed[id] = 1;
  for (let id = graph.nodes.length - 1; id >= 0; id--) {
    const node = graph.nodes[id];
    if (needed[id] === 1 && node.kind === 'operation') for (const input of node.inputs) needed[input] = 1;
  }
  const renumbered = new Int32Array(graph.nodes.length).fill(-1);
  const nodes: GraphNode[] = [];
  graph.nodes.forEach((node, id) => {
    if (needed[id] === 0 && node.kind !== 'input') return;
    renumbered[id] = nodes.length;
    nodes.push(node.kind === 'input' ? node : { ...node, inputs: node.inputs.map((input) => renumbered[input]) });
  });
  return { nodes, inputCount: graph.inputCount, outputs: graph.outputs.map((id) => renumbered[id]) };
}
