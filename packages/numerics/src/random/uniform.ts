import type { Rng } from './rng.ts';

/** A number in [0, 1) on the grid of 2⁻⁵³, the finest that f64 can hold evenly. Takes two words. */
export function uniform(rng: Rng): number {
  const high = rng.nextU32() >>> 5;
  const low = rng.nextU32() >>> 6;
  return (high * 2 ** 26 + low) * 2 ** -53;
}

/** A number in [0, 1) on the grid of 2⁻²⁴, which f32 holds exactly. Takes one word. */
export function uniform24(rng: Rng): number {
  return (rng.nextU32() >>> 8) * 2 ** -24;
}

/**
 * An integer in [0, count), each equally likely.
 *
 * Words below 2³² mod count are drawn again: what is left is a multiple of `count`, so the remainder has no bias.
 *
 * @throws {RangeError} when `count` is not an integer in [1, 2³²].
 */
export function uniformInteger(rng: Rng, count: number): number {
  if (!Number.isInteger(count) || count < 1 || count > 2 ** 32) {
    throw new RangeError(`uniformInteger: the count must be an integer in [1, 2^32], got ${count}`);
  }
  const refused = 2 ** 32 % count;
  let word = rng.nextU32();
  while (word < refused) word = rng.nextU32();
  return word % count;
}
