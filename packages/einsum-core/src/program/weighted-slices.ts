import type { GatherKernel } from '../kernels/kernel.ts';
import type { PrimitiveParameters } from '../tensor/parameters.ts';
import type { Operand, StridedValue } from './strided-graph.ts';

/** A value that is a contraction of two operands. */
export type Contraction = StridedValue & {
  readonly work: { readonly kind: 'contraction'; readonly parameters: PrimitiveParameters['einsum'] };
};

/** Whole slices of f32, by a plain list of indices. */
export function gatherOf({ work, dtype }: StridedValue): GatherKernel | undefined {
  if (work.kind !== 'kernel' || work.kernel.kind !== 'gather' || dtype !== 'f32') return undefined;
  const { kernel } = work;
  return !kernel.perElement && kernel.outer === 1 && kernel.size * kernel.inner > 0 ? kernel : undefined;
}

/**
 * A product of slices that were looked up with numbers that repeat, as the contraction without a sum that it also is:
 *
 *   multiply(take(x, index), weights[row, 1])  =  einsum('row …, row -> row …', take(x, index), weights)
 *
 * Undefined for other values, and where all slices have the same weight, which something else may well take along.
 */
export function weightedSlices(values: readonly StridedValue[], value: StridedValue): Contraction | undefined {
  const { work, operands, shape, dtype } = value;
  if (work.kind !== 'elementwise' || work.name !== 'multiply' || dtype !== 'f32') return undefined;
  const at = operands.findIndex(({ source }) => gatherOf(values[source]) !== undefined);
  if (at < 0) return undefined;
  const { source, view } = operands[1 - at];
  const all = shape.map((_, axis) => axis);
  const varying = all.filter((axis) => view.strides[axis] !== 0 && shape[axis] !== 1);
  if (varying.length === 0 || varying.length === all.length) return undefined;
  const weights: Operand = {
    source,
    view: { ...view, shape: varying.map((axis) => shape[axis]), strides: varying.map((axis) => view.strides[axis]) },
  };
  const [own, axes] =
    at === 0
      ? [
          [operands[0], weights],
          [all, varying],
        ]
      : [
          [weights, operands[1]],
          [varying, all],
        ];
  return {
    ...value,
    work: { kind: 'contraction', parameters: { operands: axes, output: all, sizes: shape } },
    operands: own,
  };
}
