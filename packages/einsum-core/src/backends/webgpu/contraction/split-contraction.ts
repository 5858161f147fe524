import { stridesOf } from '../../../base/shape.ts';
import type { ContractionAxis } from '../../../kernels/contraction.ts';
import { load } from '../../../kernels/expression.ts';
import type { LoopKernel } from '../../../kernels/kernel.ts';
import { endRows, freeAxesInOrder, RESULT } from './epilogue.ts';
import type { StoredContraction } from './stored-operands.ts';
import { mergeLoopAxes } from '../../../program/merge-loop-axes.ts';

/** A contraction in two passes: sums over parts of the contracted elements, and their sum. */
export interface SplitContraction {
  /** Leaves `[part, …free axes]` in a buffer of its own, the axes in the order of the result. */
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
  { contraction, offsets, types, outOffset = 0, epilogue }: StoredContraction,
  parts: number,
): SplitContraction {
  const { contracted } = contraction;
  const inner = contracted.at(-1);
  if (inner === undefined || inner.size % parts !== 0) {
    throw new RangeError(`webgpu: an axis of ${inner?.size ?? 1} has no ${parts} parts of equal length`);
  }
  const length = inner.size / parts;
  let elements = 1;
  /** The stride of each axis in the partial sums, which are packed in the order of the result. */
  const places = new Map<ContractionAxis, number>();
  for (const axis of freeAxesInOrder(contraction).toReversed()) {
    places.set(axis, elements);
    elements *= axis.size;
  }
  const pack = (axes: readonly ContractionAxis[]): ContractionAxis[] =>
    axes.map((axis) => ({ ...axis, out: places.get(axis) ?? 0 }));
  const [batch, rows, columns] = [contraction.batch, contraction.rows, contraction.columns].map(pack);
  const part: ContractionAxis = {
    size: parts,
    left: length * inner.left,
    right: length * inner.right,
    out: elements,
  };
  const free = [...contraction.batch, ...contraction.rows, ...contraction.columns];
  const packed = [...batch, ...rows, ...columns];
  const sums = (strides: readonly number[]) =>
    ({ buffer: 0, dtype: 'f32', offset: 0, strides: [...strides, elements] }) as const;
  const total: LoopKernel =
    epilogue === undefined
      ? {
          kind: 'loop',
          axes: [...free.map(({ size }) => size), parts],
          rowRank: free.length,
          loads: [sums(packed.map(({ out }) => out))],
          folds: [{ operation: 'sum', value: load(0, 'f32') }],
          stores: [
            {
              buffer: 1,
              dtype: 'f32',
              offset: outOffset,
              strides: [...free.map(({ out }) => out), 0],
              value: RESULT,
              accumulate: false,
            },
          ],
        }
      : // the partial sums lie as the result would, through which the epilogue goes in order
        endRows(epilogue, {
          columns: [parts],
          loads: [sums(stridesOf(epilogue.axes))],
          value: load(0, 'f32'),
          buffers: 1,
        });
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
    partialElements: parts * elements,
    total: mergeLoopAxes(total),
  };
}
