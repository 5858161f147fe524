import { add, broadcastTo, greaterEqual, less, logicalAnd, multiply, where } from '../operations/elementwise.ts';
import { moveAxis, reshape } from '../operations/shape.ts';
import { apply } from '../tensor/apply.ts';
import { iota } from '../tensor/create.ts';
import type { PrimitiveName } from '../tensor/parameters.ts';
import type { BatchedCall, Primitive } from '../tensor/primitive.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** What all examples share, once for each: `[...shape]` to `[size, ...shape]`. */
export const forEach = (x: Tensor, size: number): Tensor => broadcastTo(x, [size, ...x.shape]);

/** The inputs of a call, each of them batched. */
export const allBatched = ({ inputs, isBatched, size }: BatchedCall<unknown>): Tensor[] =>
  inputs.map((input, i) => (isBatched[i] ? input : forEach(input, size)));

/** The rule of a primitive that works beside any axes in front: all it needs is parameters that count one axis more. */
export const inFront =
  <Parameters>(
    name: PrimitiveName,
    shifted: (parameters: Parameters, size: number) => Parameters,
  ): Primitive<Parameters>['batch'] =>
  (call) =>
    // The name and its parameters belong together, which a function over all of them cannot say.
    apply(name, allBatched(call), shifted(call.parameters, call.size) as never);

/** Axes as they are counted behind one more. */
export const behind = (axes: readonly number[]): number[] => axes.map((axis) => axis + 1);

/** The parameters of what is done along one axis, behind one more. */
export const axisBehind = <Parameters extends { readonly axis: number }>(parameters: Parameters): Parameters => ({
  ...parameters,
  axis: parameters.axis + 1,
});

/**
 * What lies along one axis of each example, as rows of one list: with `placesOfAll`, examples that have indices of their
 * own are indexed together.
 */
export const rowsOfAll = (x: Tensor, axis: number): Tensor => {
  const rows = moveAxis(x, axis + 1, 1);
  return reshape(rows, [rows.shape[0] * rows.shape[1], ...rows.shape.slice(2)]);
};

/** The inverse: rows of all examples as axis `axis` of each. */
export const rowsOfEach = (rows: Tensor, size: number, count: number, axis: number): Tensor =>
  moveAxis(reshape(rows, [size, count, ...rows.shape.slice(1)]), 1, axis + 1);

/** `i32[size, count]` indices below `limit` as places among the rows of all examples; outside stays outside. */
export function placesOfAll(indices: Tensor, limit: number): Tensor {
  const isInside = logicalAnd(greaterEqual(indices, 0), less(indices, limit));
  const places = where(isInside, add(indices, multiply(iota(indices.shape, 0), limit)), -1);
  return reshape(places, [indices.size]);
}
