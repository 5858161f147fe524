/**
 * Every axis of a two-operand step by the part it plays; a batched matrix product is
 * [batch, freeLeft, contracted] × [batch, contracted, freeRight] → [batch, freeLeft, freeRight].
 */
export interface AxisClasses {
  /** In both operands and in the output. */
  readonly batch: readonly number[];
  /** In both operands, not in the output. */
  readonly contracted: readonly number[];
  /** In the left operand and the output only. */
  readonly freeLeft: readonly number[];
  /** In the right operand and the output only. */
  readonly freeRight: readonly number[];
  /** In the left operand only: summed before the product. */
  readonly summedLeft: readonly number[];
  /** In the right operand only: summed before the product. */
  readonly summedRight: readonly number[];
}

/**
 * Sorts the axes of a two-operand step into classes.
 *
 * Diagonals count once and squeezed dimensions (−1) not at all. Axes keep the order of the left operand;
 * those that only the right one has keep its order.
 *
 * @param left - axis ids of the left operand
 * @param right - axis ids of the right operand
 * @param output - axis ids of the step's result
 * @example `classify([0, 1], [1, 2], [0, 2])` has contracted `[1]`, freeLeft `[0]` and freeRight `[2]`
 */
export function classify(left: readonly number[], right: readonly number[], output: readonly number[]): AxisClasses {
  const own = [...new Set(left)].filter((axis) => axis >= 0);
  const other = [...new Set(right)].filter((axis) => axis >= 0 && !left.includes(axis));
  const shared = own.filter((axis) => right.includes(axis));
  const alone = own.filter((axis) => !right.includes(axis));
  const kept = (axis: number): boolean => output.includes(axis);
  const dropped = (axis: number): boolean => !output.includes(axis);
  return {
    batch: shared.filter(kept),
    contracted: shared.filter(dropped),
    freeLeft: alone.filter(kept),
    freeRight: other.filter(kept),
    summedLeft: alone.filter(dropped),
    summedRight: other.filter(dropped),
  };
}
