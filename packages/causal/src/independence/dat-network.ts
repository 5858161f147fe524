import { einsum, multiply, relu, type Tensor, tensor } from '@einlab/einsum-core';
import { foldIn, normal, type RandomKey, rngFromKey } from '@einlab/numerics';

/** One layer of every pair of networks of a family. */
export interface FamilyLayer {
  /** `f32[test, in, out]` */
  readonly weight: Tensor;
  /** `f32[test, 1, out]`; the first layer has none, its inputs end with a one. */
  readonly bias?: Tensor;
}

/**
 * Two small networks for each test, one that does not see x and one that does, `in → hidden … → statistics` with ReLU. Both read the same
 * inputs (the blanket, x and a one) and stand side by side in one layer: of the first half of its units the weights from x are masked, and
 * between the halves all are. So a family is one einsum for each layer, wide enough for the processor's vectors.
 */
export type NetworkFamily = readonly FamilyLayer[];

/** Sizes of a family, the same for all of its networks. */
export interface FamilySize {
  /** Inputs: the blanket with padding, x, and a one. */
  readonly width: number;
  /** Units of a hidden layer of one network. */
  readonly hidden: number;
  /** Hidden layers. */
  readonly layers: number;
}

/** Statistics of y that a network predicts: its mean and its squared residual. */
export const statistics = 2;

/** Sizes of the layers of both networks together. */
const sizesOf = ({ width, hidden, layers }: FamilySize): (readonly [number, number])[] =>
  Array.from({ length: layers + 1 }, (_, layer) => [
    layer === 0 ? width : 2 * hidden,
    layer === layers ? 2 * statistics : 2 * hidden,
  ]);

/** Which half a weight belongs to: 0 without x, 1 with it, undefined where there must be none. */
function halfOf(
  layer: number,
  [rows, columns]: readonly [number, number],
  row: number,
  column: number,
): 0 | 1 | undefined {
  const half = 2 * column < columns ? 0 : 1;
  if (layer === 0) return row === rows - 2 && half === 0 ? undefined : half;
  return 2 * row < rows === (half === 0) ? half : undefined;
}

/** The weights of a layer where they may be, and zeros elsewhere. */
function masked(weight: Tensor, layer: number): Tensor {
  const [, rows, columns] = weight.shape;
  const mask = Float32Array.from({ length: rows * columns }, (_, at) =>
    halfOf(layer, [rows, columns], Math.floor(at / columns), at % columns) === undefined ? 0 : 1,
  );
  return multiply(weight, tensor(mask, { shape: [rows, columns] }));
}

/**
 * Networks before training: each test draws from its own keys, so that its numbers do not depend on what it is batched with.
 *
 * @param keys - of the network without x and of the one with it, for each test.
 * @param members - how many inputs each blanket really has; further ones are padding.
 */
export function drawFamily(
  keys: readonly (readonly [RandomKey, RandomKey])[],
  members: readonly number[],
  size: FamilySize,
): NetworkFamily {
  const tests = keys.length;
  const { layers, hidden } = size;
  return sizesOf(size).map((sizes, layer): FamilyLayer => {
    const [rows, columns] = sizes;
    const values = new Float32Array(tests * rows * columns);
    keys.forEach((pair, t) => {
      for (const half of [0, 1] as const) {
        const inputs = layer === 0 ? Math.max(1, members[t] + half) : hidden;
        // What a network says at first is small, so that nothing seems to be explained yet.
        const deviation = Math.sqrt((layer === layers ? 0.1 : 2) / inputs);
        const rng = rngFromKey(foldIn(pair[half], layer));
        for (let row = 0; row < rows; row++) {
          if (layer === 0 && row >= members[t] && row !== rows - 2) continue;
          for (let column = 0; column < columns; column++) {
            if (halfOf(layer, sizes, row, column) === half)
              values[(t * rows + row) * columns + column] = deviation * normal(rng);
          }
        }
      }
    });
    const weight = tensor(values, { shape: [tests, rows, columns] });
    if (layer === 0) return { weight };
    return { weight, bias: tensor(new Float32Array(tests * columns), { shape: [tests, 1, columns] }) };
  });
}

/**
 * What each network says: mean and squared residual without x, then with x.
 *
 * @param inputs - `f32[test, in, batch]`
 * @returns `f32[test, batch, statistic=4]`
 */
export function applyFamily(family: NetworkFamily, inputs: Tensor): Tensor {
  const [first, ...rest] = family;
  let x = einsum('test in batch, test in out -> test batch out', inputs, masked(first.weight, 0));
  rest.forEach(({ weight, bias }, at) => {
    const product = einsum('test batch in, test in out -> test batch out', relu(x), masked(weight, at + 1));
    x = bias === undefined ? product : product.add(bias);
  });
  return x;
}
