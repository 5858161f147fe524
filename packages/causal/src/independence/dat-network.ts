import { einsum, relu, type Tensor, tensor } from '@einlab/einsum-core';
import { foldIn, normal, type RandomKey, rngFromKey } from '@einlab/numerics';

/** One layer of every network of a family. */
export interface FamilyLayer {
  /** `f32[test, in, out]` */
  readonly weight: Tensor;
  /** `f32[test, 1, out]` */
  readonly bias: Tensor;
}

/**
 * As many small networks side by side as there are tests, `in → hidden … → out` with ReLU: one family of einsums instead of many
 * small products. The last layer is without ReLU.
 */
export type NetworkFamily = readonly FamilyLayer[];

/** Sizes of a family, the same for all of its networks. */
export interface FamilySize {
  /** Inputs, with padding. */
  readonly width: number;
  /** Units of a hidden layer. */
  readonly hidden: number;
  /** Hidden layers. */
  readonly layers: number;
  readonly outputs: number;
}

const zeros = (shape: readonly number[]): Tensor =>
  tensor(new Float32Array(shape.reduce((product, each) => product * each, 1)), { shape: [...shape] });

/**
 * Networks before training: each test draws from its own key, so that its numbers do not depend on what it is batched with.
 *
 * @param inputs - how many inputs each test really has; further ones, up to `width`, are padding.
 */
export function drawFamily(
  keys: readonly RandomKey[],
  inputs: readonly number[],
  { width, hidden, layers, outputs }: FamilySize,
): NetworkFamily {
  const tests = keys.length;
  return Array.from({ length: layers + 1 }, (_, layer): FamilyLayer => {
    const [rows, columns] = [layer === 0 ? width : hidden, layer === layers ? outputs : hidden];
    const values = new Float32Array(tests * rows * columns);
    keys.forEach((key, t) => {
      const real = layer === 0 ? Math.min(width, Math.max(1, inputs[t])) : hidden;
      // What a network says at first is small, so that nothing seems to be explained yet.
      const deviation = Math.sqrt((layer === layers ? 0.1 : 2) / real);
      const rng = rngFromKey(foldIn(key, layer));
      for (let i = 0; i < real * columns; i++) values[t * rows * columns + i] = deviation * normal(rng);
    });
    return { weight: tensor(values, { shape: [tests, rows, columns] }), bias: zeros([tests, 1, columns]) };
  });
}

/**
 * What each network says.
 *
 * @param inputs - `f32[test, in, batch]`
 * @returns `f32[test, batch, out]`
 */
export function applyFamily(family: NetworkFamily, inputs: Tensor): Tensor {
  const [first, ...rest] = family;
  let x = einsum('test in batch, test in out -> test batch out', inputs, first.weight).add(first.bias);
  for (const { weight, bias } of rest)
    x = einsum('test batch in, test in out -> test batch out', relu(x), weight).add(bias);
  return x;
}
