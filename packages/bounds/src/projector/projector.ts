import {
  einsum,
  multiply,
  reshape,
  scatterAdd,
  slice,
  take,
  type Tensor,
  tensor,
  zeros,
  concatenate,
  pad,
} from '@einlab/einsum-core';
import { keyFromSeed, matrix, normal, permutation, qr, rngFromKey, splitKey, type RandomKey } from '@einlab/numerics';
import { assertCount, optionFailure } from '../base/check.ts';

/** A fixed linear map from few coordinates to many parameters, the same bits for the same seed: part of the decoder, and so free. */
export interface Projector {
  readonly name: ProjectorName;
  /** D, the number of parameters. */
  readonly rows: number;
  /** d, the dimension of the subspace. */
  readonly columns: number;
  /** `f32[columns]` to `f32[rows]`; lazy, and differentiable. */
  apply(coordinates: Tensor): Tensor;
}

/** The projectors: their columns are orthonormal (`qr`, blocks of `kronecker-qr`) or nearly so. */
export type ProjectorName = 'dense' | 'qr' | 'sparse' | 'fastfood' | 'kronecker' | 'kronecker-qr';

/** The names of the projectors. */
export const projectorNames: readonly ProjectorName[] = [
  'dense',
  'qr',
  'sparse',
  'fastfood',
  'kronecker',
  'kronecker-qr',
];

/** How a projector is made. */
export interface ProjectorOptions {
  readonly rows: number;
  readonly columns: number;
  readonly seed: number;
}

/**
 * A projector by name:
 *
 * - `dense` entries N(0, 1)/√D
 * - `qr` a dense one with its columns orthonormalized; O(D·d²) to make
 * - `sparse` entries ±D^(−1/4) with probability 1/√D
 * - `fastfood` stacked S·H·G·Π·H·B with Walsh–Hadamard matrices H, signs B, a permutation Π and normals G
 * - `kronecker` Π·((R₁ ⊗ R₂) ⊕ dense rest), R_i with ⌊√D⌋ × ⌊√d⌋ entries N(0, 1)/√rows, and a permutation Π of the parameters
 * - `kronecker-qr` the same with the columns of each R_i and of the rest orthonormalized
 *
 * @throws {EinlabError} `option` for sizes out of range, or more columns than rows
 * @see Lotfi et al. 2022 for the Kronecker projectors; Li et al. 2018 for dense, sparse and Fastfood ones; Le et al. 2013, "Fastfood"
 */
export function createProjector(name: ProjectorName, { rows, columns, seed }: ProjectorOptions): Projector {
  assertCount('createProjector', 'rows', rows);
  assertCount('createProjector', 'columns', columns);
  if (columns > rows) throw optionFailure('createProjector', 'columns', columns, `at most rows = ${rows}`);
  const key = keyFromSeed(seed);
  const makers: Readonly<Record<ProjectorName, () => (x: Tensor) => Tensor>> = {
    dense: () => matrixMap(gaussian(key, rows, columns, 1 / Math.sqrt(rows)), rows, columns),
    qr: () => matrixMap(orthonormal(key, rows, columns), rows, columns),
    sparse: () => sparseMap(key, rows, columns),
    fastfood: () => fastfoodMap(key, rows, columns),
    kronecker: () => kroneckerMap(key, rows, columns, false),
    'kronecker-qr': () => kroneckerMap(key, rows, columns, true),
  };
  if (!Object.hasOwn(makers, name))
    throw optionFailure('createProjector', 'name', name, `one of ${projectorNames.join(', ')}`);
  return { name, rows, columns, apply: makers[name]() };
}

function gaussian(key: RandomKey, rows: number, columns: number, scale: number): Float32Array {
  const rng = rngFromKey(key);
  return Float32Array.from({ length: rows * columns }, () => normal(rng) * scale);
}

/** Orthonormal columns; as many as there are rows at most. */
function orthonormal(key: RandomKey, rows: number, columns: number): Float32Array {
  const rng = rngFromKey(key);
  const values = Float64Array.from({ length: rows * columns }, () => normal(rng));
  return Float32Array.from(qr(matrix(rows, columns, values)).q.values);
}

function matrixMap(values: Float32Array, rows: number, columns: number): (x: Tensor) => Tensor {
  const table = tensor(values, { shape: [rows, columns] });
  return (x) => einsum('row column, column -> row', table, x);
}

function sparseMap(key: RandomKey, rows: number, columns: number): (x: Tensor) => Tensor {
  const rng = rngFromKey(key);
  const scale = rows ** -0.25;
  const threshold = 2 ** 32 / Math.sqrt(rows);
  const [at, from, signs]: [number[], number[], number[]] = [[], [], []];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      if (rng.nextU32() >= threshold) continue;
      at.push(row);
      from.push(column);
      signs.push(rng.nextU32() & 1 ? scale : -scale);
    }
  }
  if (at.length === 0) return () => zeros([rows]);
  const [places, sources, factors] = [
    tensor(Int32Array.from(at)),
    tensor(Int32Array.from(from)),
    tensor(Float32Array.from(signs)),
  ];
  return (x) => scatterAdd(places, multiply(take(x, sources), factors), rows);
}

/** The normalized Walsh–Hadamard matrix of a power of two. */
function hadamard(size: number): Tensor {
  const values = new Float32Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      let parity = 0;
      for (let bits = i & j; bits > 0; bits >>= 1) parity ^= bits & 1;
      values[i * size + j] = (parity === 1 ? -1 : 1) / Math.sqrt(size);
    }
  }
  return tensor(values, { shape: [size, size] });
}

function fastfoodMap(key: RandomKey, rows: number, columns: number): (x: Tensor) => Tensor {
  const size = 2 ** Math.ceil(Math.log2(Math.max(2, columns)));
  const left = 2 ** Math.floor(Math.log2(size) / 2);
  const right = size / left;
  const [first, second] = [hadamard(left), hadamard(right)];
  // H of the whole size is the Kronecker product of the two
  const transform = (x: Tensor): Tensor =>
    reshape(einsum('i j, i k, j l -> k l', reshape(x, [left, right]), first, second), [size]);
  const blocks = splitKey(key, Math.ceil(rows / size)).map((blockKey) => {
    const rng = rngFromKey(blockKey);
    const signs = tensor(Float32Array.from({ length: size }, () => (rng.nextU32() & 1 ? 1 : -1)));
    const order = tensor(Int32Array.from(permutation(rng, size)));
    const normals = Float32Array.from({ length: size }, () => normal(rng));
    let squares = 0;
    for (const each of normals) squares += each * each;
    // rows of H·G·Π·H have squared length Σg²/size; this makes columns of the whole map have length 1
    const scale = Math.sqrt(size / squares) * Math.sqrt(size / rows);
    return { signs, order, normals: tensor(normals.map((each) => each * scale)) };
  });
  return (x) => {
    const padded = size === columns ? x : pad(x, [0], [size - columns]);
    const parts = blocks.map(({ signs, order, normals }) =>
      transform(multiply(take(transform(multiply(padded, signs)), order), normals)),
    );
    return slice(parts.length === 1 ? parts[0] : concatenate(parts, 0), [0], [rows]);
  };
}

function kroneckerMap(key: RandomKey, rows: number, columns: number, orthonormalize: boolean): (x: Tensor) => Tensor {
  const [a, b] = [Math.floor(Math.sqrt(rows)), Math.floor(Math.sqrt(columns))];
  const [restRows, restColumns] = [rows - a * a, columns - b * b];
  const [firstKey, secondKey, restKey, orderKey] = splitKey(key, 4);
  const factor = (from: RandomKey, r: number, c: number): Tensor =>
    tensor(orthonormalize && r >= c ? orthonormal(from, r, c) : gaussian(from, r, c, 1 / Math.sqrt(r)), {
      shape: [r, c],
    });
  const [first, second] = [factor(firstKey, a, b), factor(secondKey, a, b)];
  const rest = restRows > 0 && restColumns > 0 ? factor(restKey, restRows, restColumns) : undefined;
  const order = tensor(Int32Array.from(permutation(rngFromKey(orderKey), rows)));
  return (x) => {
    const square = reshape(slice(x, [0], [b * b]), [b, b]);
    const main = reshape(einsum('i k, j l, k l -> i j', first, second, square), [a * a]);
    const parts = [main];
    if (rest !== undefined) parts.push(einsum('row column, column -> row', rest, slice(x, [b * b], [columns])));
    else if (restRows > 0) parts.push(zeros([restRows]));
    return take(parts.length === 1 ? main : concatenate(parts, 0), order);
  };
}
