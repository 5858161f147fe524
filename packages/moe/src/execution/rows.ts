import {
  add,
  arange,
  cast,
  customGradient,
  floor,
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

/** How rows lie: `[tile, part, row of the tile, feature]`. */
export interface RowLayout {
  /** Rows of a tile. */
  readonly block: number;
  readonly parts: number;
  /** Features of a part. */
  readonly size: number;
}

/** The column of a slot: `[token]` out of `[token, slot]`. */
const slotOf = (values: Tensor, slot: number): Tensor =>
  reshape(slice(values, [0, slot], [values.shape[0] ?? 0, slot + 1]), [values.shape[0] ?? 0]);

const slotsOf = (values: Tensor): number[] => Array.from({ length: values.shape[1] ?? 0 }, (_, slot) => slot);

const column = (values: Tensor): Tensor => reshape(values, [values.size, 1]);

/**
 * The features of each row, from those of its token; in empty rows those of any token.
 *
 * @param x - `f32[token, feature]`
 * @returns `f32[tile, part, row, feature]`
 */
function byRow(x: Tensor, tokenOfRow: Tensor, { block, parts, size }: RowLayout): Tensor {
  const tiles = tokenOfRow.size / block;
  const token = reshape(multiply(maximum(tokenOfRow, 0), parts), [tiles, 1, block]);
  const index = add(token, reshape(arange(parts), [1, parts, 1]));
  return reshape(take(reshape(x, [(x.shape[0] ?? 0) * parts, size]), index), [tiles, parts, block, size]);
}

/**
 * The features in one slot of each token; where it has no row, those of any row.
 *
 * @param rows - `f32[tile, part, row, feature]`
 * @param row - `i32[token]`
 * @returns `f32[token, feature]`
 */
function byToken(rows: Tensor, row: Tensor, { block, parts, size }: RowLayout): Tensor {
  const own = maximum(row, 0);
  const tokens = row.size;
  if (parts === 1) return take(reshape(rows, [rows.size / size, size]), own);
  const tile = cast(floor(multiply(cast(own, 'f32'), 1 / block)), 'i32');
  const first = add(own, multiply(tile, block * (parts - 1)));
  const index = add(reshape(first, [tokens, 1]), reshape(multiply(arange(parts), block), [1, parts]));
  return reshape(take(reshape(rows, [rows.size / size, size]), index), [tokens, parts * size]);
}

/**
 * The tokens in the order of their experts.
 *
 * The derivative looks up a token's rows instead of adding up what belongs to it: dx[token] = Σ_slot drows[rowOfSlot[token, slot]].
 *
 * @param x - `f32[token, feature]`, padded to the features of the layout
 * @param places - `tokenOfRow` and `rowOfSlot` of a `Dispatch`
 * @returns `f32[tile, part, row, feature]`
 */
export function gatherRows(
  x: Tensor,
  { tokenOfRow, rowOfSlot }: { readonly tokenOfRow: Tensor; readonly rowOfSlot: Tensor },
  layout: RowLayout,
): Tensor {
  const gather = customGradient(
    (features: Tensor, tokens: Tensor, _rows: Tensor): Tensor => byRow(features, tokens, layout),
    (cotangent, _value, _features, _tokens, rows) => {
      const parts = slotsOf(rows).map((slot) => {
        const row = slotOf(rows, slot);
        return where(column(greater(row, -1)), byToken(cotangent, row, layout), 0);
      });
      return [parts.reduce(add), null, null];
    },
  );
  return gather(x, tokenOfRow, rowOfSlot);
}

/**
 * The weighted sum of a token's rows: y[token] = Σ_slot weights[token, slot] · rows[rowOfSlot[token, slot]], with weight 0 where a slot
 * has no row.
 *
 * The derivatives are lookups too: drows[row] = weight of the row · dy[tokenOfRow[row]], 0 for empty rows.
 *
 * @param rows - `f32[tile, part, row, feature]`
 * @param weights - `f32[token, slot]`
 * @returns `f32[token, feature]`, with the features of the layout
 */
export function combineRows(
  rows: Tensor,
  weights: Tensor,
  { tokenOfRow, rowOfSlot }: { readonly tokenOfRow: Tensor; readonly rowOfSlot: Tensor },
  layout: RowLayout,
): Tensor {
  const combine = customGradient(
    (values: Tensor, own: Tensor, _tokens: Tensor, places: Tensor): Tensor =>
      slotsOf(places)
        .map((slot) => multiply(byToken(values, slotOf(places, slot), layout), column(slotOf(own, slot))))
        .reduce(add),
    (cotangent, _value, values, own, tokens, places) => {
      const weightOfRow = scatterAdd(reshape(places, [places.size]), reshape(own, [own.size]), tokens.size);
      const scale = reshape(weightOfRow, [tokens.size / layout.block, 1, layout.block, 1]);
      const bySlot = slotsOf(places).map((slot) => {
        const row = slotOf(places, slot);
        return where(greater(row, -1), sum(multiply(byToken(values, row, layout), cotangent), 1), 0);
      });
      return [multiply(byRow(cotangent, tokens, layout), scale), stack(bySlot, 1), null, null];
    },
  );
  return combine(rows, weights, tokenOfRow, rowOfSlot);
}

/**
 * Rows that are whole again, in their order: `f32[row, feature]`.
 *
 * @param rows - `f32[tile, part, row, feature]`
 */
export function wholeRows(rows: Tensor): Tensor {
  const [tiles = 0, parts = 0, block = 0, size = 0] = rows.shape;
  return reshape(rows.transpose([0, 2, 1, 3]), [tiles * block, parts * size]);
}

/** The rows of tokens by index, without a derivative of its own: `f32[tile, part, row, feature]`. */
export const takeRows: (x: Tensor, tokenOfRow: Tensor, layout: RowLayout) => Tensor = byRow;
