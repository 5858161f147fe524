import { isStorage } from '../../../base/dtype.ts';
import type { ContractionAxis } from '../../../kernels/contraction.ts';
import { type Expression, expression, load, multiplyE } from '../../../kernels/expression.ts';
import type { LoopKernel } from '../../../kernels/kernel.ts';
import type { StoredContraction } from './stored-operands.ts';
import { mergeLoopAxes } from '../../../program/merge-loop-axes.ts';

/** A product of a matrix and a vector, or of vectors, as a sum over the rows of a loop. Buffers stay where they are. */
export function contractionAsLoop({
  contraction,
  offsets,
  types = ['f32', 'f32'],
  outOffset = 0,
}: StoredContraction): LoopKernel {
  const { batch, rows, columns, contracted } = contraction;
  const free = [...batch, ...rows, ...columns];
  const axes = [...free, ...contracted];
  const operand = (n: 0 | 1): Expression => {
    const loaded = load(n, types[n]);
    return isStorage(types[n]) ? expression('widen', 'f32', loaded) : loaded;
  };
  const along = (tensor: 'left' | 'right' | 'out') => axes.map((axis: ContractionAxis) => axis[tensor]);
  return mergeLoopAxes({
    kind: 'loop',
    axes: axes.map(({ size }) => size),
    rowRank: free.length,
    loads: [
      { buffer: 0, dtype: types[0], offset: offsets[0], strides: along('left') },
      { buffer: 1, dtype: types[1], offset: offsets[1], strides: along('right') },
    ],
    folds: [{ operation: 'sum', value: multiplyE(operand(0), operand(1)) }],
    stores: [
      {
        buffer: 2,
        dtype: 'f32',
        offset: outOffset,
        strides: along('out'),
        value: { op: 'reduced', type: 'f32', inputs: [], value: 0 },
        accumulate: false,
      },
    ],
  });
}
