import { add, broadcastTo, greaterEqual, less, logicalAnd, multiply, where } from '../operations/elementwise.ts';
import { contractPair } from '../operations/einsum.ts';
import { moveAxis, reshape, slice } from '../operations/shape.ts';
import { apply } from '../tensor/apply.ts';
import { iota } from '../tensor/create.ts';
import type { PrimitiveName, PrimitiveParameters, StructuralName } from '../tensor/parameters.ts';
import type { BatchedCall, BatchedOutput, BatchingRule } from '../tensor/primitive.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { ruleOf, withRule } from './custom-rule.ts';

/** What all examples share, once for each: `[...shape]` to `[size, ...shape]`. */
export const forEach = (x: Tensor, size: number): Tensor => broadcastTo(x, [size, ...x.shape]);

/** The inputs of a call, each of them batched. */
const allBatched = ({ inputs, isBatched, size }: BatchedCall<unknown>): Tensor[] =>
  inputs.map((input, i) => (isBatched[i] ? input : forEach(input, size)));

/** A primitive that works beside any axes in front: all it needs is parameters that count one axis more. */
const inFront = <Name extends PrimitiveName>(
  name: Name,
  call: BatchedCall<PrimitiveParameters[Name]>,
  shifted: (parameters: PrimitiveParameters[Name], size: number) => PrimitiveParameters[Name],
): Tensor => apply(name, allBatched(call), shifted(call.parameters, call.size));

/** Axes as they are counted behind one more. */
const behind = (axes: readonly number[]): number[] => axes.map((axis) => axis + 1);

/** The parameters of what is done along one axis, behind one more. */
const axisBehind = <Parameters extends { readonly axis: number }>(parameters: Parameters): Parameters => ({
  ...parameters,
  axis: parameters.axis + 1,
});

/**
 * What lies along one axis of each example, as rows of one list: with `placesOfAll`, examples that have indices of their
 * own are indexed together.
 */
const rowsOfAll = (x: Tensor, axis: number): Tensor => {
  const rows = moveAxis(x, axis + 1, 1);
  return reshape(rows, [rows.shape[0] * rows.shape[1], ...rows.shape.slice(2)]);
};

/** The inverse: rows of all examples as axis `axis` of each. */
const rowsOfEach = (rows: Tensor, size: number, count: number, axis: number): Tensor =>
  moveAxis(reshape(rows, [size, count, ...rows.shape.slice(1)]), 1, axis + 1);

/** `i32[size, count]` indices below `limit` as places among the rows of all examples; outside stays outside. */
function placesOfAll(indices: Tensor, limit: number): Tensor {
  const isInside = logicalAnd(greaterEqual(indices, 0), less(indices, limit));
  const places = where(isInside, add(indices, multiply(iota(indices.shape, 0), limit)), -1);
  return reshape(places, [indices.size]);
}

/** The batching rule of each primitive that is not elementwise, and of the one elementwise one that has its own. */
const rules: { readonly [Name in StructuralName | 'barrier']: BatchingRule<PrimitiveParameters[Name]> } = {
  customRule(call) {
    const [value] = allBatched(call);
    const [, ...areBatched] = call.isBatched;
    return withRule([value, ...call.inputs.slice(1)], ruleOf(call).batch([true, ...areBatched]));
  },
  // one more axis, in the operands that have it and in the output
  einsum({ inputs, isBatched, size, parameters: { operands, output, sizes } }) {
    const labelled = inputs.map((tensor, i) => ({
      tensor,
      axes: isBatched[i] ? [0, ...behind(operands[i])] : behind(operands[i]),
    }));
    const [{ axes }] = labelled;
    const outputAxes = [0, ...behind(output)];
    if (labelled.length === 1)
      return apply('einsum', inputs, { operands: [axes], output: outputAxes, sizes: [size, ...sizes] });
    return contractPair(labelled[0], labelled[1], outputAxes).tensor;
  },
  reshape: (call) => inFront('reshape', call, ({ shape }, size) => ({ shape: [size, ...shape] })),
  broadcast: (call) =>
    inFront('broadcast', call, ({ shape, axes }, size) => ({ shape: [size, ...shape], axes: [0, ...behind(axes)] })),
  slice: (call) =>
    inFront('slice', call, ({ starts, sizes, steps }, size) => ({
      starts: [0, ...starts],
      sizes: [size, ...sizes],
      steps: [1, ...steps],
    })),
  pad: (call) =>
    inFront('pad', call, ({ before, after, value }) => ({ before: [0, ...before], after: [0, ...after], value })),
  concatenate: (call) => inFront('concatenate', call, axisBehind),
  window: (call) => inFront('window', call, axisBehind),
  windowSum: (call) => inFront('windowSum', call, axisBehind),
  reduceMax: (call) => inFront('reduceMax', call, ({ axes }) => ({ axes: behind(axes) })),
  reduceLargest: (call) => inFront('reduceLargest', call, ({ axes }) => ({ axes: behind(axes) })),
  reduceMin: (call) => inFront('reduceMin', call, ({ axes }) => ({ axes: behind(axes) })),
  cumulativeSum: (call) => inFront('cumulativeSum', call, axisBehind),
  argSort: (call) => inFront('argSort', call, axisBehind),
  gather({ inputs: [x, indices], isBatched, size, parameters: { axis } }) {
    if (!isBatched[1]) return apply('gather', [x, indices], { axis: axis + 1 });
    const rows = isBatched[0]
      ? apply('gather', [rowsOfAll(x, axis), placesOfAll(indices, x.shape[axis + 1])], { axis: 0 })
      : moveAxis(apply('gather', [x, reshape(indices, [indices.size])], { axis }), axis, 0);
    return rowsOfEach(rows, size, indices.shape[1], axis);
  },
  scatterAdd(call) {
    const { axis, size } = call.parameters;
    if (!call.isBatched[0]) return apply('scatterAdd', call.inputs, { axis: axis + 1, size });
    const [indices, updates] = allBatched(call);
    const places = placesOfAll(indices, size);
    const rows = apply('scatterAdd', [places, rowsOfAll(updates, axis)], { axis: 0, size: call.size * size });
    return rowsOfEach(rows, call.size, size, axis);
  },
  takeAlongAxis: (call) => inFront('takeAlongAxis', call, axisBehind),
  scatterAddAlongAxis: (call) => inFront('scatterAddAlongAxis', call, axisBehind),
  constant: ({ parameters }) => ({ shared: apply('constant', [], parameters) }),
  iota: ({ parameters }) => ({ shared: apply('iota', [], parameters) }),
  randomBits: (call) => inFront('randomBits', call, (parameters) => parameters),
  // What all examples share waits for the first of them, which is known when the whole batch is, and stays shared.
  barrier(call) {
    const [x, after] = call.inputs;
    if (call.isBatched[0] || call.size === 0) return inFront('barrier', call, (parameters) => parameters);
    return { shared: apply('barrier', [x, reshape(slice(after, [0], [1]), x.shape)], {}) };
  },
};

const hasRule = (name: PrimitiveName): name is keyof typeof rules => name in rules;

/** A primitive's outputs for a batch, graph to graph. */
export function batched(name: PrimitiveName, call: BatchedCall<unknown>): BatchedOutput {
  // A call has the parameters of its primitive, which a function over all names cannot say.
  const own = call as BatchedCall<never>;
  return hasRule(name) ? (rules[name] as BatchingRule<never>)(own) : inFront(name, own, (parameters) => parameters);
}
