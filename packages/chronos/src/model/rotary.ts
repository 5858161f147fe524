import { concatenate, multiply, negate, slice, type Tensor, tensor } from '@einlab/einsum-core';

/**
 * Turns pairs of features by angles that grow with the position: x·cos + rotate(x)·sin, where rotate swaps the halves and negates the first, at
 * frequencies θ^(−2j/dim).
 *
 * @param x - `f32[batch, time, head, dim]`, dim even
 * @see Su et al. 2021, "RoFormer: Enhanced Transformer with Rotary Position Embedding"
 */
export function rotate(x: Tensor, theta: number): Tensor {
  const [batch, time, heads, dim] = x.shape;
  const half = dim / 2;
  const [cosines, sines] = [new Float32Array(time * dim), new Float32Array(time * dim)];
  for (let position = 0; position < time; position++) {
    for (let feature = 0; feature < dim; feature++) {
      const frequency = Math.fround(1 / theta ** ((2 * (feature % half)) / dim));
      const angle = Math.fround(position * frequency);
      cosines[position * dim + feature] = Math.cos(angle);
      sines[position * dim + feature] = Math.sin(angle);
    }
  }
  const shape = [1, time, 1, dim];
  const start = [0, 0, 0, 0];
  const turned = concatenate(
    [negate(slice(x, [0, 0, 0, half], [batch, time, heads, dim])), slice(x, start, [batch, time, heads, half])],
    3,
  );
  return multiply(x, tensor(cosines, { shape })).add(multiply(turned, tensor(sines, { shape })));
}
