import { partsOf } from './axis-parts.ts';
import type { ByteAxis } from './dimension.ts';
import { BLOCK_LIMITS, FAR, type Groups, sizeOf } from './schedule-parts.ts';

/** A batch axis, or part of one, inside a block, and what is left of the batch. */
export interface InnerChoice {
  readonly inner: ByteAxis;
  readonly batch: readonly ByteAxis[];
  /** Whether right is to be transposed in blocks that stay in the first-level cache. */
  readonly isNear?: boolean;
}

/** Batch indices, or columns, of a cache line. */
const LINE = 16;

/**
 * A batch axis inside a block: one that some tensor is contiguous along, or whose indices are neighbours in long rows
 * of left or long terms of both operands; or a part of it. Where right is contiguous along it and sums are short, the
 * panels of whole cache lines of right and the output may stay in the first-level cache.
 */
export function innerChoices({ batch, rows, contracted }: Groups): InnerChoice[] {
  const choices: InnerChoice[] = [];
  for (const axis of batch) {
    // An output that is contiguous along it has vectors along it (see `scheduleBatchLanes`).
    if (axis.out === 4) continue;
    const isContiguous = axis.left === 4 || axis.right === 4;
    const isWithin =
      rows.some(({ left }) => left >= FAR && left > axis.left) ||
      contracted.some(({ left, right }) => Math.max(left, right) >= FAR && left > axis.left && right > axis.right);
    if (!isContiguous && !isWithin) continue;
    const others = batch.filter((other) => other !== axis);
    for (const [outer, inner] of partsOf(axis)) {
      const choice = { inner, batch: [...others, ...outer] };
      const lineBytes = 4 * LINE * inner.size * sizeOf(contracted);
      choices.push(choice);
      if (inner.right === 4 && inner.size >= LINE && lineBytes <= BLOCK_LIMITS.nearBytes)
        choices.push({ ...choice, isNear: true });
    }
  }
  return choices;
}
