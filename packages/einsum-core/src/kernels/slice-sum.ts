import { normalizeContraction } from './contraction.ts';
import type { IndexedContraction, Lookup, StepAxis } from './kernel.ts';

/**
 * An indexed contraction whose steps only weigh whole slices, so that several of them add up to one slice of the result:
 *
 *   out[outer, at] = Σ_summed weights[outer, summed] · slices[index[outer, summed], at]
 */
export interface SliceSum {
  /** Which operand is looked up; the other one has a number for each step. */
  readonly slices: 'left' | 'right';
  readonly weights: 'left' | 'right';
  readonly lookup: Lookup;
  /** Axes of the steps that lead to other results, and those that are added up, by their place in `steps`. */
  readonly outer: readonly SliceStep[];
  readonly summed: readonly SliceStep[];
  /** Elements of a slice, which are side by side. */
  readonly length: number;
}

/** The buffers of a sum of slices. */
export type SliceBuffer = 'slices' | 'weights' | 'index' | 'out';

/** An axis of the steps: how far one step moves in each buffer, in elements. */
export interface SliceStep extends Readonly<Record<SliceBuffer, number>> {
  readonly size: number;
}

/** An indexed contraction as a sum of slices; undefined for others. */
export function sliceSumOf({ contraction, steps, lookups }: IndexedContraction): SliceSum | undefined {
  const [lookup] = lookups;
  if (lookups.length !== 1 || lookup.tensor === 'out') return undefined;
  const { batch, rows, columns, contracted, swapped } = normalizeContraction(contraction);
  const [along] = columns;
  // what is contiguous in the result is a column, and columns are those of the right operand
  const [weights, slices] = swapped ? (['right', 'left'] as const) : (['left', 'right'] as const);
  if (batch.length + rows.length + contracted.length > 0 || columns.length !== 1) return undefined;
  if (lookup.tensor !== slices || along.left !== 0 || along.right !== 1 || along.out !== 1) return undefined;
  const stepOf = (axis: StepAxis, level: number): SliceStep => ({
    size: axis.size,
    slices: axis[slices],
    weights: axis[weights],
    out: axis.out,
    index: lookup.strides[level],
  });
  const all = steps.map((axis, level) => ({ isSummed: axis.isSummed, step: stepOf(axis, level) }));
  return {
    slices,
    weights,
    lookup,
    outer: all.flatMap(({ isSummed, step }) => (isSummed ? [] : [step])),
    summed: all.flatMap(({ isSummed, step }) => (isSummed ? [step] : [])),
    length: along.size,
  };
}

/** The same sum of the first `length` elements of each slice. */
export function ofLength(kernel: IndexedContraction, length: number): IndexedContraction {
  const isLeft = kernel.lookups[0].tensor === 'left';
  const along = [{ size: length, left: isLeft ? 1 : 0, right: isLeft ? 0 : 1, out: 1 }];
  const [rows, columns] = isLeft ? [along, []] : [[], along];
  return { ...kernel, contraction: { kind: 'contraction', batch: [], rows, columns, contracted: [] } };
}
