import { type GraphNode, type TracedGraph, written } from '../program/graph.ts';
import { tensor } from '../tensor/create.ts';
import type { PrimitiveParameters } from '../tensor/parameters.ts';
import type { Tensor } from '../tensor/tensor.ts';

const ARITHMETIC = ['add', 'subtract', 'multiply', 'divide'];

/** Which nodes nothing but arithmetic reads, maybe repeated. A power, a choice or a border is computed otherwise for some constants. */
function readByArithmetic({ nodes, outputs }: TracedGraph['graph']): readonly boolean[] {
  const isOnly = nodes.map((_, id) => !outputs.includes(id));
  for (let id = nodes.length - 1; id >= 0; id--) {
    const node = nodes[id];
    if (node.kind === 'input' || ARITHMETIC.includes(node.name) || (node.name === 'broadcast' && isOnly[id])) continue;
    for (const input of node.inputs) isOnly[input] = false;
  }
  return isOnly;
}

/** Of the constants that were seen first: at which positions others were seen. */
const changes = new WeakMap<readonly number[], Set<number>>();

/**
 * A graph in which the constants that change from one evaluation to the next are inputs, such as a rate that falls: one program serves them all.
 * Only f32 constants that are added, subtracted, multiplied and divided become inputs, so that results stay the same to the last bit.
 *
 * @param first - the constants of the first graph of this form, always the same list
 * @param constants - those of this graph, of which some differ
 * @returns what is to be computed, and what tells its program from others of the form
 */
export function withoutChanging(
  traced: TracedGraph,
  first: readonly number[],
  constants: readonly number[],
): TracedGraph & { readonly key: string } {
  const changing = changes.get(first) ?? new Set();
  changes.set(first, changing);
  constants.forEach((value, at) => {
    if (!Object.is(value, first[at])) changing.add(at);
  });
  const { graph } = traced;
  const isOnlyRead = readByArithmetic(graph);
  const inputs: Tensor[] = [...traced.inputs];
  const kept: (number | undefined)[] = [];
  const nodes = graph.nodes.map((node, id): GraphNode => {
    if (node.kind === 'input' || node.name !== 'constant') return node;
    const { value } = node.parameters as PrimitiveParameters['constant'];
    const { shape, dtype } = node;
    const isInput = changing.has(kept.length) && isOnlyRead[id] && dtype === 'f32';
    kept.push(isInput ? undefined : value);
    return isInput ? { kind: 'input', position: inputs.push(tensor(value)) - 1, shape, dtype } : node;
  });
  return { graph: { ...graph, nodes, inputCount: inputs.length }, inputs, key: written(kept) };
}
