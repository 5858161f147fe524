import {
  cast,
  customGradient,
  einsum,
  greater,
  maximum,
  multiply,
  reshape,
  scatterAdd,
  type Tensor,
  take,
  where,
} from '@einlab/einsum-core';

/** Where tokens' rows are: `tokenOfRow` and `rowOfSlot` of a `Dispatch`. */
export interface RowPlaces {
  /** `i32[row]` */
  readonly tokenOfRow: Tensor;
  /** `i32[token, slot]` */
  readonly rowOfSlot: Tensor;
}

/** Slices at indices that lead somewhere: −1 stands for any. */
const lookedUp = (values: Tensor, indices: Tensor): Tensor => take(values, maximum(indices, 0));

/** y[token] = Σ_slot weights[token, slot] · rows[places[token, slot]]: a contraction that looks rows up, and copies none. */
const weightedRows = (rows: Tensor, weights: Tensor, places: Tensor): Tensor =>
  einsum('token slot, token slot feature -> token feature', weights, lookedUp(rows, places));

/**
 * The tokens in the order of their experts; in empty rows any token.
 *
 * The derivative looks up a token's rows instead of adding up what belongs to it: dx[token] = Σ_slot drows[rowOfSlot[token, slot]].
 *
 * @param x - `f32[token, feature]`
 * @returns `f32[row, feature]`
 */
export function gatherRows(x: Tensor, { tokenOfRow, rowOfSlot }: RowPlaces): Tensor {
  const gather = customGradient(
    (features: Tensor, tokens: Tensor, _rows: Tensor): Tensor => lookedUp(features, tokens),
    (cotangent, _value, _features, _tokens, rows) => [
      weightedRows(cotangent, cast(greater(rows, -1), 'f32'), rows),
      null,
      null,
    ],
  );
  return gather(x, tokenOfRow, rowOfSlot);
}

/**
 * The weighted sum of a token's rows: y[token] = Σ_slot weights[token, slot] · rows[rowOfSlot[token, slot]], with weight 0 where a slot
 * has no row.
 *
 * The derivatives are lookups too: drows[row] = weight of the row · dy[tokenOfRow[row]], 0 for empty rows.
 *
 * @param rows - `f32[row, feature]`
 * @param weights - `f32[token, slot]`
 * @returns `f32[token, feature]`
 */
export function combineRows(rows: Tensor, weights: Tensor, { tokenOfRow, rowOfSlot }: RowPlaces): Tensor {
  const combine = customGradient(
    (values: Tensor, own: Tensor, _tokens: Tensor, places: Tensor): Tensor => weightedRows(values, own, places),
    (cotangent, _value, values, own, tokens, places) => {
      const weightOfRow = scatterAdd(reshape(places, [places.size]), reshape(own, [own.size]), tokens.size);
      const bySlot = einsum('token slot feature, token feature -> token slot', lookedUp(values, places), cotangent);
      return [
        multiply(lookedUp(cotangent, tokens), reshape(weightOfRow, [tokens.size, 1])),
        where(greater(places, -1), bySlot, 0),
        null,
        null,
      ];
    },
  );
  return combine(rows, weights, tokenOfRow, rowOfSlot);
}
