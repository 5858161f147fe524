import { pad, type Tensor } from '@einlab/einsum-core';

/** Zeros behind the elements along the last axis, up to `size`. */
export function padLast(x: Tensor, size: number): Tensor {
  const missing = size - (x.shape.at(-1) ?? 0);
  if (missing === 0) return x;
  const zero = x.shape.map(() => 0);
  return pad(x, zero, zero.with(-1, missing));
}
