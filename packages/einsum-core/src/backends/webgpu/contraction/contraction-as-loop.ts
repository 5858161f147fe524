import type { ContractionAxis } from '../../../kernels/contraction.ts';
import { load, multiplyE } from '../../../kernels/expression.ts';
import type { ContractionCall, LoopKernel } from '../../../kernels/kernel.ts';
import { mergeLoopAxes } from '../../../program/merge-loop-axes.ts';

/** A product of a matrix and a vector, or of vectors, as a sum over the rows of a loop. Buffers stay where they are. */
export function contractionAsLoop({ contraction, offsets }: ContractionCall): LoopKernel {
  const { batch, rows, columns, contracted } = contraction;
  const free = [...batch, ...rows, ...columns];
  const axes = [...free, ...contracted];
  const along = (tensor: 'left' | 'right' | 'out') => axes.map((axis: ContractionAxis) => axis[tensor]);
  return mergeLoopAxes({
    kind: 'loop',
    axes: axes.map(({ size }) => size),
    rowRank: free.length,
    loads: [
      { buffer: 0, dtype: 'f32', offset: offsets[0], strides: along('left') },
      { buffer: 1, dtype: 'f32', offset: offsets[1], strides: along('right') },
    ],
    folds: [{ operation: 'sum', value: multiplyE(load(0, 'f32'), load(1, 'f32')) }],
    stores: [
      {
        buffer: 2,
        dtype: 'f32',
        offset: 0,
        strides: along('out'),
        value: { op: 'reduced', type: 'f32', inputs: [], value: 0 },
        accumulate: false,
      },
    ],
  });
}
