import type { Rng } from './rng.ts';
import { uniformInteger } from './uniform.ts';

/**
 * A random order of 0 … size−1, each order equally likely (Fisher–Yates).
 *
 * @returns `u32[size]`
 * @throws {RangeError} when `size` is not an integer in [0, 2³²).
 */
export function permutation(rng: Rng, size: number): Uint32Array {
  if (!Number.isInteger(size) || size < 0 || size >= 2 ** 32) {
    throw new RangeError(`permutation: the size must be an integer in [0, 2^32), got ${size}`);
  }
  const order = Uint32Array.from({ length: size }, (_, i) => i);
  for (let last = size - 1; last > 0; last -= 1) {
    const other = uniformInteger(rng, last + 1);
    const kept = order[last];
    order[last] = order[other];
    order[other] = kept;
  }
  return order;
}
