import { keyFromSeed, rngFromKey, uniformInteger } from '@einlab/numerics';
import type { DType } from '../base/dtype.ts';
import { einsum } from '../operations/einsum.ts';
import { cast, multiply } from '../operations/elementwise.ts';
import { scatterAdd, take } from '../operations/indexing.ts';
import { tensor } from '../tensor/create.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** Draws a whole number below a limit. */
export type Draw = (limit: number) => number;

/** Draws from a seed. */
export const drawsOf = (seed: number): Draw => {
  const rng = rngFromKey(keyFromSeed(seed));
  return (limit) => uniformInteger(rng, limit);
};

/** Values from −1 to 1. */
export const values = (draw: Draw, shape: readonly number[], dtype: DType = 'f32'): Tensor =>
  tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => draw(2001) / 1000 - 1),
    { shape, dtype },
  );

/** Indices below `size`, of which some repeat, and now and then one that leads nowhere. */
export const indices = (draw: Draw, shape: readonly number[], size: number): Tensor =>
  tensor(
    Int32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () =>
      draw(9) > 0 ? draw(size) : [-1, size, -7, 2 ** 30][draw(4)],
    ),
    { shape },
  );

/** Items in an order that is drawn. */
export function shuffled<T>(draw: Draw, items: readonly T[]): T[] {
  const order = [...items];
  for (let i = order.length - 1; i > 0; i--) {
    const j = draw(i + 1);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

/** A batched product of matrices of at least `least` rows, columns and terms, some of whose tensors are looked up along the batch, in any layout. */
export function batchedProduct(draw: Draw, tiles: number, least: number = 1): Tensor {
  const sizes: Record<string, number> = {
    tile: tiles,
    group: 1 + draw(5),
    row: least + draw(draw(2) === 0 ? 4 : 30),
    column: least + draw(draw(2) === 0 ? 4 : 40),
    depth: least + draw(draw(2) === 0 ? 4 : 40),
  };
  const shapeOf = (axes: readonly string[]): number[] => axes.map((axis) => sizes[axis]);
  const operand = (own: readonly string[]): [Tensor, string[]] => {
    const dtype = draw(6) > 0 ? 'f32' : (['f16', 'bf16'] as const)[draw(2)];
    if (draw(3) === 0) {
      const axes = shuffled(draw, ['tile', ...own]);
      return [values(draw, shapeOf(axes), dtype), axes];
    }
    const axes = shuffled(draw, own);
    const experts = 1 + draw(4);
    const picked = take(values(draw, [experts, ...shapeOf(axes)], dtype), indices(draw, [tiles], experts));
    return [dtype === 'f32' ? picked : cast(picked, 'f32'), ['tile', ...axes]];
  };
  const [left, leftAxes] = operand(['group', 'row', 'depth']);
  const [right, rightAxes] = operand(['group', 'depth', 'column']);
  const isAdded = draw(2) === 0;
  const own = shuffled(draw, ['group', 'row', 'column']);
  const output = isAdded ? ['tile', ...own] : shuffled(draw, ['tile', ...own]);
  const [a, b] = [leftAxes.join(' '), rightAxes.join(' ')];
  const product =
    draw(2) === 0
      ? einsum(`${a}, ${b} -> ${output.join(' ')}`, left, right)
      : einsum(`${b}, ${a} -> ${output.join(' ')}`, right, left);
  const places = 1 + draw(4);
  return isAdded ? scatterAdd(indices(draw, [tiles], places), product, places) : product;
}

/** Weighted sums of rows that are looked up, or their products with a vector of each token. */
export function rowsByToken(draw: Draw, tokens: number): Tensor {
  const [slots, features, count] = [1 + draw(10), 250 + draw(40), 1 + draw(6)];
  const rows = take(values(draw, [count, features]), indices(draw, [tokens, slots], count));
  if (draw(2) === 0) return einsum('token slot, token slot f -> token f', values(draw, [tokens, slots]), rows);
  return einsum('token slot f, token f -> token slot', rows, values(draw, [tokens, features]));
}

/** The product with a matrix of rows that are looked up, each times a number of its own, or all times the same row, which weighs no slice. */
export function scaledRows(draw: Draw, tokens: number): Tensor {
  const [features, count] = [250 + draw(40), 1 + draw(6)];
  const rows = take(values(draw, [count, features]), indices(draw, [tokens], count));
  const weights = values(draw, draw(4) > 0 ? [tokens, 1] : [1, features]);
  const scaled = draw(2) === 0 ? multiply(rows, weights) : multiply(weights, rows);
  return einsum('row f, f out -> row out', scaled, values(draw, [features, 3]));
}

/** NaN stands apart, as 1 among zeros, because it is near nothing. */
export const places = (numbers: ArrayLike<number>): number[] => Array.from(numbers, (x) => (Number.isNaN(x) ? 1 : 0));
/** The values, 0 in the place of NaN. */
export const present = (numbers: ArrayLike<number>): Float64Array =>
  Float64Array.from(numbers as ArrayLike<number>, (x) => (Number.isNaN(x) ? 0 : x));

/**
 * Tiles of rows that are looked up one by one, times a matrix of each tile: `tile row …, tile … -> …`. Or the products that give the gradient of
 * these matrices, summed over the rows of a tile and added up in slices.
 */
export function tiledRows(draw: Draw, tiles: number): Tensor {
  const isGradient = draw(2) === 0;
  const least = isGradient ? 60 : 16;
  const sizes: Record<string, number> = {
    tile: tiles,
    group: isGradient ? 3 + draw(3) : 1 + draw(4),
    row: 16 + draw(20),
    column: least + draw(30),
    depth: least + draw(30),
  };
  const shapeOf = (axes: readonly string[]): number[] => axes.map((axis) => sizes[axis]);
  const count = 1 + draw(40);
  const features = shuffled(draw, ['group', 'depth']);
  const table = values(draw, [count, ...shapeOf(features)]);
  const inTiles = draw(2) === 0 ? ['tile', 'row'] : ['row', 'tile'];
  // a row that is not there makes all of a gradient's slice NaN, so most of these have none
  const limit = isGradient && draw(4) > 0 ? (): number => 1 + draw(8) : draw;
  const places = indices((most) => (most === 9 ? limit(most) : draw(most)), shapeOf(inTiles), count);
  const rows = take(table, places);
  const product = (one: readonly string[], other: readonly string[], output: readonly string[], by: Tensor): Tensor =>
    draw(2) === 0
      ? einsum(`${one.join(' ')}, ${other.join(' ')} -> ${output.join(' ')}`, rows, by)
      : einsum(`${other.join(' ')}, ${one.join(' ')} -> ${output.join(' ')}`, by, rows);
  const own = [...inTiles, ...features];
  const slices = 2 + draw(3);
  if (isGradient) {
    const other = shuffled(draw, ['tile', 'row', 'group', 'column']);
    const output = shuffled(draw, ['group', 'depth', 'column']);
    const made = product(own, other, ['tile', ...output], values(draw, shapeOf(other)));
    return scatterAdd(indices(draw, [tiles], slices), made, slices);
  }
  const axes = shuffled(draw, ['group', 'depth', 'column']);
  const matrices = take(values(draw, [slices, ...shapeOf(axes)]), indices(draw, [tiles], slices));
  const output = shuffled(draw, ['tile', 'group', 'row', 'column']);
  return product(own, ['tile', ...axes], output, matrices);
}
