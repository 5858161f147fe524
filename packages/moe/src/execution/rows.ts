import {
  add,
  customGradient,
  greater,
  maximum,
  multiply,
  reshape,
  scatterAdd,
  slice,
  stack,
  sum,
  type Tensor,
  take,
  where,
} from '@einlab/einsum-core';

/** The column of a slot: `[token]` out of `[token, slot]`. */
const slotOf = (values: Tensor, slot: number): Tensor =>
  reshape(slice(values, [0, slot], [values.shape[0] ?? 0, slot + 1]), [values.shape[0] ?? 0]);

const slotsOf = (values: Tensor): number[] => Array.from({ length: values.shape[1] ?? 0 }, (_, slot) => slot);

/** Rows picked by index, those at −1 as they come: they are multiplied by 0, or replaced. */
const picked = (values: Tensor, index: Tensor): Tensor => take(values, maximum(index, 0));

const column = (values: Tensor): Tensor => reshape(values, [values.size, 1]);

/**
 * The tokens in the order of their experts: rows[row] = x[tokenOfRow[row]], for empty rows any token.
 *
 * Its derivative looks up a token's rows instead of adding up what belongs to it: dx[token] = Σ_slot drows[rowOfSlot[token, slot]].
 *
 * @returns `(x: f32[token, in], tokenOfRow: i32[row], rowOfSlot: i32[token, slot]) → f32[row, in]`
 */
export const gatherRows: (x: Tensor, tokenOfRow: Tensor, rowOfSlot: Tensor) => Tensor = customGradient(
  (x: Tensor, tokenOfRow: Tensor, _rowOfSlot: Tensor): Tensor => picked(x, tokenOfRow),
  (cotangent, _value, _x, _tokenOfRow, rowOfSlot) => {
    const parts = slotsOf(rowOfSlot).map((slot) => {
      const row = slotOf(rowOfSlot, slot);
      return where(column(greater(row, -1)), picked(cotangent, row), 0);
    });
    return [parts.reduce(add), null, null];
  },
);

/**
 * The weighted sum of a token's rows: y[token] = Σ_slot weights[token, slot] · rows[rowOfSlot[token, slot]], with weight 0 where a slot
 * has no row.
 *
 * Its derivatives are lookups too: drows[row] = weight of the row · dy[tokenOfRow[row]], 0 for empty rows.
 *
 * @returns `(rows: f32[row, out], weights: f32[token, slot], tokenOfRow: i32[row], rowOfSlot: i32[token, slot]) → f32[token, out]`
 */
export const combineRows: (rows: Tensor, weights: Tensor, tokenOfRow: Tensor, rowOfSlot: Tensor) => Tensor =
  customGradient(
    (rows: Tensor, weights: Tensor, _tokenOfRow: Tensor, rowOfSlot: Tensor): Tensor =>
      slotsOf(rowOfSlot)
        .map((slot) => multiply(picked(rows, slotOf(rowOfSlot, slot)), column(slotOf(weights, slot))))
        .reduce(add),
    (cotangent, _value, rows, weights, tokenOfRow, rowOfSlot) => {
      const weightOfRow = scatterAdd(
        reshape(rowOfSlot, [rowOfSlot.size]),
        reshape(weights, [weights.size]),
        tokenOfRow.size,
      );
      const byRow = multiply(picked(cotangent, tokenOfRow), column(weightOfRow));
      const bySlot = slotsOf(rowOfSlot).map((slot) => {
        const row = slotOf(rowOfSlot, slot);
        return where(greater(row, -1), sum(multiply(picked(rows, row), cotangent), 1), 0);
      });
      return [byRow, stack(bySlot, 1), null, null];
    },
  );
