import { axesSize, type ContractionAxis } from '../../../kernels/contraction.ts';
import { load } from '../../../kernels/expression.ts';
import type { LoopKernel } from '../../../kernels/kernel.ts';
import type { StoredContraction } from './stored-operands.ts';
import { mergeLoopAxes } from '../../../program/merge-loop-axes.ts';

/** A contraction in two passes: sums over parts of the contracted elements, and their sum. */
export interface SplitContraction {
  /** Leaves `[part, …free axes]` in a buffer of its own, rows of `out`'s axes in their order. */
  readonly partial: StoredContraction;
  readonly partialElements: number;
  /** Adds the parts up, in order. Reads the partial sums, writes the result. */
  readonly total: LoopKernel;
}

/**
 * Splits the innermost contracted axis, so that more invocations have work where results are few and sums long. Which
 * parts there are, and the order in which they are added, does not depend on when they are computed.
 *
 * @param parts - A divisor of the axis's size.
 */
export function splitContraction(
  { contraction, offsets, types, outOffset = 0 }: StoredContraction,
  parts: number,
): SplitContraction {
  const { contracted } = contraction;
  const inner = contracted.at(-1);
  if (inner === undefined || inner.size % parts !== 0) {
    throw new RangeError(`webgpu: an axis of ${inner?.size ?? 1} has no ${parts} parts of equal length`);
  }
  const length = inner.size / parts;
  let elements = 1;
  /** The same axes, packed in the partial sums. */
  const pack = (axes: readonly ContractionAxis[]): ContractionAxis[] =>
    axes.map((axis) => {
      const packed = { ...axis, out: elements };
      elements *= axis.size;
      return packed;
    });
  const columns = pack(contraction.columns);
  const rows = pack(contraction.rows);
  const batch = pack(contraction.batch);
  const part: ContractionAxis = {
    size: parts,
    left: length * inner.left,
    right: length * inner.right,
    out: elements,
  };
  const free = [...contraction.batch, ...contraction.rows, ...contraction.columns];
  const packed = [...batch, ...rows, ...columns];
  return {
    partial: {
      kind: 'contract',
      contraction: {
        kind: 'contraction',
        batch: [part, ...batch],
        rows,
        columns,
        contracted: [...contracted.slice(0, -1), { ...inner, size: length }],
      },
      offsets,
      ...(types === undefined ? {} : { types }),
    },
    partialElements: parts * axesSize(packed),
    total: mergeLoopAxes({
      kind: 'loop',
      axes: [...free.map(({ size }) => size), parts],
      rowRank: free.length,
      loads: [{ buffer: 0, dtype: 'f32', offset: 0, strides: [...packed.map(({ out }) => out), elements] }],
      folds: [{ operation: 'sum', value: load(0, 'f32') }],
      stores: [
        {
          buffer: 1,
          dtype: 'f32',
          offset: outOffset,
          strides: [...free.map(({ out }) => out), 0],
          value: { op: 'reduced', type: 'f32', inputs: [], value: 0 },
          accumulate: false,
        },
      ],
    }),
  };
}
