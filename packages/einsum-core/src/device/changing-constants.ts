import { type GraphKey, type GraphNode, type TracedGraph, written } from '../program/graph.ts';
import { tensor } from '../tensor/create.ts';
import type { PrimitiveParameters } from '../tensor/parameters.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** What was seen of graphs of one form: the constants of the first, and the positions of those that others had otherwise. */
interface Seen {
  readonly first: readonly number[];
  readonly changing: Set<number>;
}

/** What was seen of each form, the one seen last at the end. */
export type SeenForms = Map<string, Seen>;

const ARITHMETIC = ['add', 'subtract', 'multiply', 'divide'];
const REPEATS = ['broadcast', 'reshape'];

/** Which nodes nothing but arithmetic reads, maybe repeated. A power, a choice or a border is computed otherwise for some constants. */
function readByArithmetic({ nodes, outputs }: TracedGraph['graph']): readonly boolean[] {
  const isOnly = nodes.map((_, id) => !outputs.includes(id));
  for (let id = nodes.length - 1; id >= 0; id--) {
    const node = nodes[id];
    if (node.kind === 'input' || ARITHMETIC.includes(node.name) || (REPEATS.includes(node.name) && isOnly[id]))
      continue;
    for (const input of node.inputs) isOnly[input] = false;
  }
  return isOnly;
}

/**
 * A graph in which the constants that change from one evaluation to the next are inputs, such as a rate that falls: one program serves them all.
 * The first graph of a form keeps its constants, of which a program can make use; where a later one differs, what differs is an input from then on.
 * Only f32 constants that are added, subtracted, multiplied and divided become inputs, so that results stay the same to the last bit.
 *
 * @param key - of the graph
 * @param limit - how many forms are remembered
 * @returns what is to be computed, and the key of its program
 */
export function withoutChanging(
  traced: TracedGraph,
  { form, constants }: GraphKey,
  seen: SeenForms,
  limit: number,
): TracedGraph & { readonly key: string } {
  const known = seen.get(form) ?? { first: constants, changing: new Set() };
  const { first, changing } = known;
  seen.delete(form);
  for (const oldest of seen.keys()) {
    if (seen.size < limit) break;
    seen.delete(oldest);
  }
  seen.set(form, known);
  constants.forEach((value, at) => {
    if (!Object.is(value, first[at])) changing.add(at);
  });
  if (changing.size === 0) return { ...traced, key: form + written(constants) };
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
  return { graph: { ...graph, nodes, inputCount: inputs.length }, inputs, key: form + written(kept) };
}
