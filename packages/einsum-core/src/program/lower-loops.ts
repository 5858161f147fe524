import type { Shape } from '../base/shape.ts';
import type { Expression } from '../kernels/expression.ts';
import type { Fold, KernelCall, LoopKernel, Store } from '../kernels/kernel.ts';
import { contiguousView, type View } from '../kernels/view.ts';
import { mergeLoopAxes } from './merge-loop-axes.ts';
import type { Grouping } from './groups.ts';
import { createLoopOperands } from './loop-operands.ts';
import type { StridedGraph, StridedValue } from './strided-graph.ts';

/** The loop kernel of a group: its members' expressions, reading other buffers and storing what others read. */
export function lowerGroup(
  { values }: StridedGraph,
  { groups, roleOf }: Grouping,
  groupId: number,
  bufferOf: readonly number[],
): KernelCall {
  const { axes, columns, members } = groups[groupId];
  const rowRank = columns === undefined ? 0 : rowAxes(axes, columns);
  const operands = createLoopOperands(values, { axes, rowRank }, bufferOf);
  const folds: Fold[] = [];
  const writes: number[] = [];
  const stores: (Omit<Store, 'buffer'> & { target: number })[] = [];
  const store = (n: number, strides: readonly number[], value: Expression, accumulate: boolean): void => {
    if (bufferOf[n] < 0) return;
    if (!writes.includes(bufferOf[n])) writes.push(bufferOf[n]);
    stores.push({ target: writes.indexOf(bufferOf[n]), dtype: values[n].dtype, offset: 0, strides, value, accumulate });
  };

  for (const n of [...members].sort((a, b) => a - b)) {
    const value = values[n];
    const role = roleOf[n];
    const isRow = role === 'row' || role === 'rowFold';
    if (value.work.kind !== 'fold') operands.define(n, operands.valueOf(value, isRow));
    else {
      const folded = operands.read(value.operands[0], false, value);
      if (role === 'rowSum') {
        store(n, operands.over(sumTarget(value, value.work.axes), false).strides, folded, true);
        continue;
      }
      const at = folds.push({ operation: value.work.operation, value: folded }) - 1;
      operands.define(n, { op: 'reduced', type: value.dtype, inputs: [], value: at });
    }
    store(n, operands.over(contiguousView(value.shape), isRow).strides, operands.defined(n), false);
  }
  const { reads, loads } = operands;
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
