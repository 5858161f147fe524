import { mapTree } from '../base/tree.ts';
import { broadcastTo } from '../operations/elementwise.ts';
import { primitiveNamed } from '../tensor/apply.ts';
import { zeros } from '../tensor/create.ts';
import { isTensor, type Tensor } from '../tensor/tensor.ts';
import { topologicalOrder } from '../tensor/topological-order.ts';
import { independent, tensorEntries } from './differentiable.ts';

/**
 * A function's value and its directional derivative: forward accumulation, graph to graph.
 *
 * @param f - from trees of tensors to a tree of tensors; pure, and without awaiting
 * @param primals - the arguments
 * @param tangents - the direction: one tree per argument, shaped like it; tensors or numbers (broadcast)
 * @returns `[value, tangent]`, both shaped like f's result
 */
export function jvp<Arguments extends readonly unknown[], Output>(
  f: (...primals: Arguments) => Output,
  primals: Arguments,
  tangents: Arguments,
): [value: Output, tangent: Output] {
  const wrapped = primals.map((primal) => independent(primal));
  const value = f(...(wrapped.map(({ argument }) => argument) as unknown as Arguments));
  const known = new Map<Tensor, Tensor>();
  wrapped.forEach(({ handles }, i) => {
    const directions = tensorEntries(tangents[i], 'jvp').filter(([, tangent]) => tangent.dtype === 'f32');
    handles.forEach((handle, k) => {
      known.set(handle, broadcastTo(directions[k][1], handle.shape));
    });
  });
  for (const node of topologicalOrder(tensorEntries(value, 'jvp').map(([, output]) => output))) {
    if (known.has(node) || node.origin.kind !== 'operation') continue;
    const { name, inputs, parameters } = node.origin;
    const directions = inputs.map((input) => known.get(input) ?? null);
    if (directions.every((direction) => direction === null)) continue;
    const tangent = primitiveNamed(name).jvp({ inputs, parameters, output: node }, directions);
    if (tangent !== null) known.set(node, tangent);
  }
  const tangent = mapTree<Output>(value, (leaf) => (isTensor(leaf) ? (known.get(leaf) ?? zeros(leaf.shape)) : leaf));
  return [value, tangent];
}
