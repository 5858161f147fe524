import { isStorage } from '../../../base/dtype.ts';
import type { ContractionAxis } from '../../../kernels/contraction.ts';
import { type Expression, expression, load, multiplyE } from '../../../kernels/expression.ts';
import type { LoopKernel } from '../../../kernels/kernel.ts';
import {
  commonAxes,
  type Epilogue,
  endRows,
  freeAxesInOrder,
  refineEpilogue,
  RESULT,
  stridesAlong,
} from './epilogue.ts';
import type { StoredContraction } from './stored-operands.ts';
import { mergeLoopAxes } from '../../../program/merge-loop-axes.ts';

/** A product of a matrix and a vector, or of vectors, as a sum over the rows of a loop. Buffers stay where they are. */
export function contractionAsLoop(call: StoredContraction): LoopKernel {
  const { contraction, offsets, types = ['f32', 'f32'], outOffset = 0, epilogue } = call;
  const { batch, rows, columns, contracted } = contraction;
  const free = [...batch, ...rows, ...columns];
  const axes = [...free, ...contracted];
  const operand = (n: 0 | 1): Expression => {
    const loaded = load(n, types[n]);
    return isStorage(types[n]) ? expression('widen', 'f32', loaded) : loaded;
  };
  const along = (tensor: 'left' | 'right' | 'out') => axes.map((axis: ContractionAxis) => axis[tensor]);
  const value = multiplyE(operand(0), operand(1));
  if (epilogue !== undefined) return mergeLoopAxes(endedRows(call, epilogue, value));
  return mergeLoopAxes({
    kind: 'loop',
    axes: axes.map(({ size }) => size),
    rowRank: free.length,
    loads: [
      { buffer: 0, dtype: types[0], offset: offsets[0], strides: along('left') },
      { buffer: 1, dtype: types[1], offset: offsets[1], strides: along('right') },
    ],
    folds: [{ operation: 'sum', value }],
    stores: [
      {
        buffer: 2,
        dtype: 'f32',
        offset: outOffset,
        strides: along('out'),
        value: RESULT,
        accumulate: false,
      },
    ],
  });
}

/** The sum of products for each element of the result, in order, and what is done with it. */
function endedRows(
  { contraction, offsets, types = ['f32', 'f32'] }: StoredContraction,
  epilogue: Epilogue,
  value: Expression,
): LoopKernel {
  const { contracted } = contraction;
  const free = freeAxesInOrder(contraction);
  const axes = commonAxes(contraction, epilogue);
  if (axes === undefined) throw new RangeError('webgpu: a result and its epilogue have no axes in common');
  const operand = (buffer: 0 | 1, tensor: 'left' | 'right') => {
    const sizes = free.map(({ size }) => size);
    const strides = free.map((axis) => axis[tensor]);
    return {
      buffer,
      dtype: types[buffer],
      offset: offsets[buffer],
      strides: [...stridesAlong(sizes, strides, axes), ...contracted.map((axis) => axis[tensor])],
    };
  };
  return endRows(refineEpilogue(epilogue, axes), {
    columns: contracted.map(({ size }) => size),
    loads: [operand(0, 'left'), operand(1, 'right')],
    value,
    buffers: 2,
  });
}
