import type { DType } from '../base/dtype.ts';
import { type Shape, stridesOf } from '../base/shape.ts';
import { addE, constant, type Expression, indexAlong, load, multiplyE } from '../kernels/expression.ts';
import type { Access } from '../kernels/kernel.ts';
import { reshapeView, type View } from '../kernels/view.ts';
import { loweringOf } from '../primitives/lowerings/index.ts';
import { isCounting, isInlined } from './inlined.ts';
import type { Operand, StridedValue } from './strided-graph.ts';

/** The index space of a loop kernel: its axes, the first of which are rows. */
interface LoopSpace {
  readonly axes: Shape;
  readonly rowRank: number;
}

/** How the members of one loop kernel see their operands: as expressions over its index space. */
export interface LoopOperands {
  /** Buffers that are read, in order of first use. */
  readonly reads: number[];
  readonly loads: Access[];
  /** What an operand is here: what a member computed, a constant or coordinate, a load, or a value computed again. */
  read(operand: Operand, isRow: boolean, reader: StridedValue): Expression;
  /** The expression of an elementwise or generated value. */
  valueOf(value: StridedValue, isRow: boolean): Expression;
  define(n: number, expression: Expression): void;
  defined(n: number): Expression;
  /** A view written over the kernel's axes: a row's view stands still along the columns. */
  over(view: View, isRow: boolean): { readonly offset: number; readonly strides: readonly number[] };
}

/** Strides of a view over the axes of `space`, whose elements it enumerates in the same order. */
function stridesOver(view: View, space: Shape): View {
  const result = reshapeView(view, space);
  if (result === undefined)
    throw new RangeError(`loops: a view of [${view.shape.join()}] does not split into [${space.join()}]`);
  return result;
}

/** The coordinate along one axis from those of finer axes: Σ indexₐ·stride. */
function weightedIndex(strides: readonly number[]): Expression {
  return strides.reduce<Expression>(
    (total, stride, axis) => {
      if (stride === 0) return total;
      const step = stride === 1 ? indexAlong(axis) : multiplyE(indexAlong(axis), constant(stride, 'i32'));
      return total.op === 'constant' ? step : addE(total, step);
    },
    constant(0, 'i32'),
  );
}

/** Operands of the kernel with the given index space; `bufferOf` says which values are in memory. */
export function createLoopOperands(
  values: readonly StridedValue[],
  space: LoopSpace,
  bufferOf: readonly number[],
): LoopOperands {
  const { axes, rowRank } = space;
  const rowShape = axes.slice(0, rowRank);
  const columnZeros = axes.slice(rowRank).map(() => 0);
  const reads: number[] = [];
  const loads: Access[] = [];
  const loadKeys = new Map<string, number>();
  const known = new Map<number, Expression>();

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
  const over: LoopOperands['over'] = (view, isRow) =>
    isRow
      ? { offset: view.offset, strides: [...stridesOver(view, rowShape).strides, ...columnZeros] }
      : stridesOver(view, axes);

  const valueOf = (value: StridedValue, isRow: boolean): Expression => {
    const { work } = value;
    if (work.kind !== 'elementwise' && work.kind !== 'generated')
      throw new RangeError(`loops: ${work.kind} has no expression`);
    const lowering = loweringOf(work.name);
    if (lowering.kind === 'elementwise') {
      return lowering.expression(
        value.operands.map((operand) => read(operand, isRow, value)),
        work.parameters,
        value,
      );
    }
    if (lowering.kind !== 'generated') throw new RangeError(`loops: ${work.name} has no expression`);
    const coordinate = (axis: number): Expression => {
      const along: View = {
        shape: value.shape,
        offset: 0,
        strides: stridesOf(value.shape).map((_, a) => (a === axis ? 1 : 0)),
      };
      return weightedIndex(over(along, isRow).strides);
    };
    const element = (input: number, at: number): Expression => {
      const { source, view } = value.operands[input];
      const last = view.strides.length - 1;
      const { offset, strides } = over(
        {
          shape: value.shape,
          offset: view.offset + at * view.strides[last],
          strides: value.shape.map((_, axis) => (axis < last ? view.strides[axis] : 0)),
        },
        isRow,
      );
      return loadFrom(bufferOf[source], values[source].dtype, offset, strides);
    };
    return lowering.expression(coordinate, element, work.parameters, value);
  };

  const read = (operand: Operand, isRow: boolean, reader: StridedValue): Expression => {
    const { source, view } = operand;
    const own = known.get(source);
    if (own !== undefined) return own;
    if (isInlined(operand, values[source], reader)) {
      if (isCounting(operand, values[source])) return weightedIndex(over(view, isRow).strides);
      return valueOf(values[source], isRow);
    }
    if (bufferOf[source] < 0) {
      // another kernel computes it too: doing that again is cheaper than writing and reading it
      const again = valueOf(values[source], false);
      known.set(source, again);
      return again;
    }
    const { offset, strides } = over(view, isRow);
    return loadFrom(bufferOf[source], values[source].dtype, offset, strides);
  };

  return {
    reads,
    loads,
    read,
    valueOf,
    over,
    define(n, expression) {
      known.set(n, expression);
    },
    defined(n) {
      const expression = known.get(n);
      if (expression === undefined) throw new RangeError(`loops: value ${n} is read before it is computed`);
      return expression;
    },
  };
}
