import type { DType } from '../base/dtype.ts';
import { sizeOf, type Shape } from '../base/shape.ts';
import { addE, constant, type Expression, indexAlong, load, multiplyE } from '../kernels/expression.ts';
import type { Access, Fold, KernelCall, LoopKernel, Store } from '../kernels/kernel.ts';
import { contiguousView, reshapeView, type View } from '../kernels/view.ts';
import { primitiveNamed } from '../tensor/apply.ts';
import { mergeLoopAxes } from './merge-loop-axes.ts';
import type { Grouping } from './groups.ts';
import { isInlined } from './inlined.ts';
import type { Operand, StridedGraph, StridedValue } from './strided-graph.ts';

/** Strides of a view over the axes of `space`, whose elements it enumerates in the same order. */
function stridesOver(view: View, space: Shape): View {
  const result = reshapeView(view, space);
  if (result === undefined) throw new RangeError(`loops: a view of [${view.shape.join()}] does not split into [${space.join()}]`);
  return result;
}

/** The loop kernel of a group: its members' expressions, reading other buffers and storing what others read. */
export function lowerGroup(graph: StridedGraph, grouping: Grouping, groupId: number, bufferOf: readonly number[]): KernelCall {
  const { values } = graph;
  const group = grouping.groups[groupId];
  const members = [...group.members].sort((a, b) => a - b);
  const { columns } = group;
  const { axes } = group;
  const rowRank = columns === undefined ? 0 : rowAxes(axes, columns);
  const rowShape = axes.slice(0, rowRank);
  const columnZeros = axes.slice(rowRank).map(() => 0);

  const reads: number[] = [];
  const loads: Access[] = [];
  const folds: Fold[] = [];
  const known = new Map<number, Expression>();
  const loadKeys = new Map<string, number>();

  const loadFrom = (buffer: number, dtype: DType, offset: number, strides: readonly number[]): Expression => {
    const key = `${buffer} ${offset} ${strides.join()}`;
    let at = loadKeys.get(key);
    if (at === undefined) {
      if (!reads.includes(buffer)) reads.push(buffer);
      at = loads.push({ buffer: reads.indexOf(buffer), dtype, offset, strides }) - 1;
      loadKeys.set(key, at);
    }
    return load(at, dtype);
  };
  /** A view written over the kernel's axes: a row's operand stands still along the columns. */
  const overAxes = (view: View, isRow: boolean): { offset: number; strides: readonly number[] } =>
    isRow ? { offset: view.offset, strides: [...stridesOver(view, rowShape).strides, ...columnZeros] } : stridesOver(view, axes);
  /** The coordinate along an axis of a member's own shape, from the kernel's finer axes. */
  const coordinate = (shape: Shape, axis: number, isRow: boolean): Expression => {
    const unit: View = { shape, offset: 0, strides: shape.map((_, a) => (a === axis ? 1 : 0)) };
    return overAxes(unit, isRow).strides.reduce<Expression>((total, stride, a) => {
      if (stride === 0) return total;
      const step = stride === 1 ? indexAlong(a) : multiplyE(indexAlong(a), constant(stride, 'i32'));
      return total.op === 'constant' ? step : addE(total, step);
    }, constant(0, 'i32'));
  };
  const generated = (value: StridedValue, isRow: boolean): Expression => {
    if (value.work.kind !== 'generated') throw new RangeError(`loops: ${value.work.kind} is not generated`);
    const { lowering } = primitiveNamed(value.work.name);
    if (lowering.kind !== 'generated') throw new RangeError(`loops: ${value.work.name} has no expression`);
    const element = (input: number, at: number): Expression => {
      const { source, view } = value.operands[input];
      return loadFrom(bufferOf[source], values[source].dtype, view.offset + at * (view.strides[0] ?? 0), axes.map(() => 0));
    };
    return lowering.expression((axis) => coordinate(value.shape, axis, isRow), element, value.work.parameters, value);
  };
  const elementwise = (value: StridedValue, isRow: boolean): Expression => {
    if (value.work.kind !== 'elementwise') throw new RangeError(`loops: ${value.work.kind} is not elementwise`);
    const { lowering } = primitiveNamed(value.work.name);
    if (lowering.kind !== 'elementwise') throw new RangeError(`loops: ${value.work.name} is not elementwise`);
    const inputs = value.operands.map((operand) => operandExpression(operand, isRow));
    return lowering.expression(inputs, value.work.parameters, value);
  };
  /** A value that another kernel computes too, because that is cheaper than writing and reading it. */
  const recomputed = (n: number): Expression => {
    const result = elementwise(values[n], false);
    known.set(n, result);
    return result;
  };
  const operandExpression = (operand: Operand, isRow: boolean): Expression => {
    const source = values[operand.source];
    const own = known.get(operand.source);
    if (own !== undefined) return own;
    if (isInlined(operand, source)) return generated(source, isRow);
    if (bufferOf[operand.source] < 0) return recomputed(operand.source);
    const { offset, strides } = overAxes(operand.view, isRow);
    return loadFrom(bufferOf[operand.source], source.dtype, offset, strides);
  };

  const writes: number[] = [];
  const stores: (Omit<Store, 'buffer'> & { target: number })[] = [];
  const store = (n: number, strides: readonly number[], value: Expression, accumulate: boolean): void => {
    if (bufferOf[n] < 0) return;
    if (!writes.includes(bufferOf[n])) writes.push(bufferOf[n]);
    stores.push({ target: writes.indexOf(bufferOf[n]), dtype: values[n].dtype, offset: 0, strides, value, accumulate });
  };

  for (const n of members) {
    const value = values[n];
    const role = grouping.roleOf[n];
    const { work } = value;
    if (work.kind === 'fold') {
      const folded = operandExpression(value.operands[0], false);
      if (role === 'rowSum') {
        store(n, stridesOver(sumTarget(value, work.axes), axes).strides, folded, true);
        continue;
      }
      const at = folds.push({ operation: work.operation, value: folded }) - 1;
      known.set(n, { op: 'reduced', type: value.dtype, inputs: [], value: at });
    } else if (work.kind === 'generated') {
      known.set(n, generated(value, role === 'row'));
    } else if (work.kind === 'elementwise') {
      known.set(n, elementwise(value, role === 'row'));
    }
    const result = known.get(n);
    if (result === undefined) continue;
    const isRow = role === 'row' || role === 'rowFold';
    store(n, overAxes(contiguousView(value.shape), isRow).strides, result, false);
  }
  const kernel: LoopKernel = {
    kind: 'loop',
    axes,
    rowRank,
    loads,
    folds,
    stores: stores.map(({ target, ...rest }) => ({ ...rest, buffer: reads.length + target })),
  };
  return { kernel: mergeLoopAxes(kernel), reads, writes };
}

/** Number of leading axes that are rows: the rest hold `columns` elements. */
function rowAxes(axes: Shape, columns: number): number {
  let inner = 1;
  let rank = axes.length;
  while (rank > 0 && inner < columns) inner *= axes[--rank];
  return rank;
}

/** Where a sum over leading axes adds each element: strides of the kept axes in the result, 0 along summed ones. */
function sumTarget(value: StridedValue, axes: readonly number[]): View {
  const { shape } = value.operands[0].view;
  const keptStrides = [...contiguousView(value.shape).strides];
  return { shape, offset: 0, strides: shape.map((_, axis) => (axes.includes(axis) ? 0 : (keptStrides.shift() ?? 0))) };
}

/** out = value everywhere. */
export function fillKernel(size: number, value: Expression, out: number): KernelCall {
  const stores: Store[] = [{ buffer: 0, dtype: value.type, offset: 0, strides: [1], value, accumulate: false }];
  return { kernel: { kind: 'loop', axes: [size], rowRank: 0, loads: [], folds: [], stores }, reads: [], writes: [out] };
}

/** A box copied from one place to another. */
export function copyKernel(from: View, to: View, dtype: DType, source: number, out: number): KernelCall {
  const loads: Access[] = [{ buffer: 0, dtype, offset: from.offset, strides: from.strides }];
  const stores: Store[] = [{ buffer: 1, dtype, offset: to.offset, strides: to.strides, value: load(0, dtype), accumulate: false }];
  const kernel: LoopKernel = { kind: 'loop', axes: from.shape, rowRank: 0, loads, folds: [], stores };
  return { kernel: mergeLoopAxes(kernel), reads: [source], writes: [out] };
}

/** Coordinates or a constant written out, where something reads them through strides. */
export function generatedKernel(value: StridedValue, out: number): KernelCall {
  if (value.work.kind !== 'generated') throw new RangeError(`loops: ${value.work.kind} is not generated`);
  const { lowering } = primitiveNamed(value.work.name);
  if (lowering.kind !== 'generated') throw new RangeError(`loops: ${value.work.name} has no expression`);
  const expression = lowering.expression(indexAlong, () => constant(0), value.work.parameters, value);
  const stores: Store[] = [{ buffer: 0, dtype: value.dtype, offset: 0, strides: contiguousView(value.shape).strides, value: expression, accumulate: false }];
  return { kernel: mergeLoopAxes({ kind: 'loop', axes: value.shape, rowRank: 0, loads: [], folds: [], stores }), reads: [], writes: [out] };
}

type Buffers = readonly [number, number, number];

/** Slices picked by index. */
export function gatherCall(value: StridedValue, axis: number, from: Shape, [x, indices, out]: Buffers): KernelCall {
  const { shape, dtype } = value;
  return {
    kernel: {
      kind: 'gather',
      outer: sizeOf(shape.slice(0, axis)),
      size: from[axis],
      count: shape[axis],
      inner: sizeOf(shape.slice(axis + 1)),
      missing: dtype === 'f32' ? 0x7fc00000 : 0,
    },
    reads: [x, indices],
    writes: [out],
  };
}

/** Slices added by index. */
export function scatterCall(value: StridedValue, axis: number, indexShape: Shape, [indices, updates, out]: Buffers): KernelCall {
  const { shape } = value;
  return {
    kernel: { kind: 'scatter', outer: sizeOf(shape.slice(0, axis)), size: shape[axis], count: indexShape[0], inner: sizeOf(shape.slice(axis + 1)) },
    reads: [indices, updates],
    writes: [out],
  };
}

