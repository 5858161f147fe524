import { partsOf } from './axis-parts.ts';
import type { ByteAxis } from './dimension.ts';
import { FAR, type Groups } from './schedule-parts.ts';

/** A batch axis, or part of one, inside a block, and what is left of the batch. */
export interface InnerChoice {
  readonly inner: ByteAxis;
  readonly batch: readonly ByteAxis[];
}

/**
 * A batch axis inside a block: one that some tensor is contiguous along, or whose indices are neighbours in long rows
 * of left or long terms of both operands; or a part of it.
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
    for (const [outer, inner] of partsOf(axis)) choices.push({ inner, batch: [...others, ...outer] });
  }
  return choices;
}
