import { deviceError } from '../base/errors.ts';
import { numberText } from '../base/number-text.ts';
import type { PrimitiveName, PrimitiveParameters } from '../tensor/parameters.ts';
import type { TensorType } from '../tensor/primitive.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { topologicalOrder } from '../tensor/topological-order.ts';

/** One value of a graph: an input, or a primitive of earlier values. */
export type GraphNode = TensorType &
  (
    | { readonly kind: 'input'; readonly position: number }
    | {
        readonly kind: 'operation';
        readonly name: PrimitiveName;
        readonly inputs: readonly number[];
        readonly parameters: unknown;
      }
  );

/** A computation as a list in which every node comes after its inputs: what a backend compiles. */
export interface Graph {
  readonly nodes: readonly GraphNode[];
  /** Number of inputs; input nodes have positions 0 … inputCount − 1. */
  readonly inputCount: number;
  /** Nodes whose values are asked for; may repeat, may be inputs. */
  readonly outputs: readonly number[];
}

/** A graph with the tensors that its inputs stand for. */
export interface TracedGraph {
  readonly graph: Graph;
  readonly inputs: readonly Tensor[];
}

/**
 * The graph of some tensors. Leaves (host values, kept tensors, arguments) become inputs in order of appearance,
 * behind `first`, which are inputs in any case.
 */
export function traceGraph(outputs: readonly Tensor[], first: readonly Tensor[] = []): TracedGraph {
  const ids = new Map<Tensor, number>();
  const nodes: GraphNode[] = [];
  const inputs: Tensor[] = [];
  const addInput = (tensor: Tensor): void => {
    if (ids.has(tensor)) return;
    ids.set(tensor, nodes.length);
    nodes.push({ kind: 'input', position: inputs.length, shape: tensor.shape, dtype: tensor.dtype });
    inputs.push(tensor);
  };
  first.forEach(addInput);
  for (const tensor of topologicalOrder(outputs)) {
    if (ids.has(tensor)) continue;
    if (tensor.origin.kind !== 'operation') {
      addInput(tensor);
      continue;
    }
    const { name, parameters } = tensor.origin;
    ids.set(tensor, nodes.length);
    nodes.push({
      kind: 'operation',
      name,
      parameters,
      inputs: tensor.origin.inputs.map((input) => idOf(ids, input)),
      shape: tensor.shape,
      dtype: tensor.dtype,
    });
  }
  return { graph: { nodes, inputCount: inputs.length, outputs: outputs.map((output) => idOf(ids, output)) }, inputs };
}

function idOf(ids: ReadonlyMap<Tensor, number>, tensor: Tensor): number {
  const id = ids.get(tensor);
  if (id === undefined) throw deviceError(`graph: ${tensor.toString()} is used before it is defined`);
  return id;
}

/** What two graphs share exactly when they compute the same from inputs of the same types, but for the values of constants; and these. */
export interface GraphKey {
  readonly form: string;
  /** In the order of the nodes. */
  readonly constants: readonly number[];
}

/** The key of a graph. */
export function graphKey({ nodes, outputs }: Graph): GraphKey {
  const constants: number[] = [];
  const form = [
    outputs,
    nodes.map((node) => {
      if (node.kind === 'input') return [node.dtype, node.shape];
      if (node.name !== 'constant') return [node.name, node.inputs, node.parameters];
      constants.push((node.parameters as PrimitiveParameters['constant']).value);
      return node.dtype;
    }),
  ];
  return { form: written(form), constants };
}

/** Values as a text that tells all numbers apart. */
export const written = (values: unknown): string =>
  JSON.stringify(values, (_key, value: unknown) => (typeof value === 'number' ? numberText(value) : value));
