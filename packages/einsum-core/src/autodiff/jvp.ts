import { isFloat } from '../base/dtype.ts';
import { dtypeError } from '../base/errors.ts';
import { mapTree, treeEntries, treeLeaves } from '../base/tree.ts';
import { broadcastTo } from '../operations/elementwise.ts';
import { pushForward } from '../primitives/forward-rules.ts';
import { widened } from '../tensor/apply.ts';
import { toTensor, zeros } from '../tensor/create.ts';
import { isTensor, type Tensor } from '../tensor/tensor.ts';
import { topologicalOrder } from '../tensor/topological-order.ts';
import { independent } from './differentiable.ts';

/**
 * A function's value and its directional derivative: forward accumulation, graph to graph.
 *
 * @param f - from trees of tensors to a tree of tensors; pure, and without awaiting
 * @param primals - the arguments
 * @param tangents - the direction: one tree per argument, shaped like it; f32 tensors or numbers (broadcast). What stands
 *   where the argument has no f32 tensor is not looked at
 * @returns `[value, tangent]`, both shaped like f's result; leaves that are not tensors pass through
 * @throws {EinlabError} `dtype` when an f32 tensor of an argument has no tangent
 */
export function jvp<Arguments extends readonly unknown[], Output>(
  f: (...primals: Arguments) => Output,
  primals: Arguments,
  tangents: Arguments,
): [value: Output, tangent: Output] {
  const wrapped = primals.map((primal) => independent(primal));
  const value = f(...(wrapped.map(({ argument }) => argument) as unknown as Arguments));
  const known = new Map<Tensor, Tensor>();
  wrapped.forEach(({ argument }, i) => {
    const directions = new Map(treeEntries(tangents[i]));
    for (const [path, handle] of treeEntries(argument)) {
      if (isTensor(handle) && isFloat(handle.dtype))
        known.set(handle, tangentOf(handle, directions.get(path), `argument ${i}${path === '' ? '' : `, "${path}"`}`));
    }
  });
  for (const node of topologicalOrder(treeLeaves(value).filter(isTensor))) {
    if (known.has(node) || node.origin.kind !== 'operation') continue;
    const { name, inputs, parameters } = node.origin;
    const directions = inputs.map((input) => known.get(input) ?? null);
    if (directions.every((direction) => direction === null)) continue;
    const tangent = pushForward(name, { inputs, parameters, output: node }, directions);
    if (tangent !== null) known.set(node, tangent);
  }
  const tangent = mapTree<Output>(value, (leaf) => (isTensor(leaf) ? (known.get(leaf) ?? zeros(leaf.shape)) : leaf));
  return [value, tangent];
}

/** A leaf of the direction as a tensor of its primal's shape. */
function tangentOf(primal: Tensor, tangent: unknown, where: string): Tensor {
  if ((typeof tangent !== 'number' && !isTensor(tangent)) || (isTensor(tangent) && !isFloat(tangent.dtype))) {
    const found = isTensor(tangent) ? tangent.dtype : tangent === undefined ? 'missing' : typeof tangent;
    throw dtypeError(`jvp: the tangent of ${where} is ${found}; expected f32 like ${primal.toString()}, or a number`, {
      where,
      found,
    });
  }
  return broadcastTo(widened(toTensor(tangent, 'f32')), primal.shape);
}
