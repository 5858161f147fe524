import { threefry2x32, threefry2x32Into } from './threefry.ts';

/** A 64-bit random key as two `u32` words, high first. Immutable: derive new ones with `splitKey` and `foldIn`. */
export type RandomKey = readonly [high: number, low: number];

/** A stream of random words. Every sampler takes one; nothing in Einlab owns a global one. */
export interface Rng {
  /** The next 32 random bits as an integer in [0, 2³²). */
  nextU32(): number;
}

const wordSize = 2 ** 32;

/**
 * The key of a seed: the seed's 64-bit two's complement.
 *
 * @param seed - a safe integer, or any bigint in [−2⁶³, 2⁶⁴).
 * @throws {RangeError} when the seed is not such an integer.
 */
export function keyFromSeed(seed: number | bigint): RandomKey {
  if (typeof seed === 'number' && !Number.isSafeInteger(seed)) {
    throw new RangeError(`keyFromSeed: a seed must be a safe integer or a bigint, got ${seed}`);
  }
  const wide = BigInt(seed);
  if (wide < -(2n ** 63n) || wide >= 2n ** 64n) {
    throw new RangeError(`keyFromSeed: a seed must fit in 64 bits, got ${seed}`);
  }
  const bits = BigInt.asUintN(64, wide);
  return [Number(bits >> 32n), Number(bits & 0xffffffffn)];
}

/**
 * Derives `count` keys whose streams are independent of each other and of the parent's later children.
 *
 *   child j = threefry2x32(key, counter [0, j])
 *
 * @remarks Use a key for splitting or for bits, not for both: `bitsAt` reads the same counters.
 * @throws {RangeError} when `count` is not an integer in [0, 2³²].
 */
export function splitKey(key: RandomKey, count: number): RandomKey[] {
  if (!Number.isInteger(count) || count < 0 || count > wordSize) {
    throw new RangeError(`splitKey: the count must be an integer in [0, 2^32], got ${count}`);
  }
  return Array.from({ length: count }, (_, child) => threefry2x32(key[0], key[1], 0, child));
}

/**
 * Derives the key that belongs to a number, such as a step or a layer's index.
 *
 *   threefry2x32(key, counter [high word of data, low word of data])
 *
 * @param data - an integer in [0, 2⁵³).
 * @throws {RangeError} when `data` is not such an integer.
 */
export function foldIn(key: RandomKey, data: number): RandomKey {
  assertCounter('foldIn', 'data', data);
  return threefry2x32(key[0], key[1], Math.floor(data / wordSize), data >>> 0);
}

/**
 * The 32 random bits at a position of a key's stream: the same bits as the tensor engine's on every backend.
 *
 *   x₀ ⊕ x₁ of threefry2x32(key, counter [high word of index, low word of index])
 *
 * @param index - an integer in [0, 2⁵³).
 * @throws {RangeError} when `index` is not such an integer.
 */
export function bitsAt(key: RandomKey, index: number): number {
  assertCounter('bitsAt', 'index', index);
  threefry2x32Into(scratch, key[0], key[1], Math.floor(index / wordSize), index >>> 0);
  return (scratch[0] ^ scratch[1]) >>> 0;
}

/**
 * Fills an array with the bits at positions `firstIndex`, `firstIndex + 1`, … of a key's stream.
 *
 * @param out - `u32[n]`, overwritten.
 */
export function fillBits(key: RandomKey, out: Uint32Array, firstIndex: number = 0): void {
  for (let i = 0; i < out.length; i += 1) out[i] = bitsAt(key, firstIndex + i);
}

/** A stream that reads a key's bits from position 0 on. Two streams of one key give the same words. */
export function rngFromKey(key: RandomKey): Rng {
  let index = 0;
  return {
    nextU32() {
      const bits = bitsAt(key, index);
      index += 1;
      return bits;
    },
  };
}

const scratch = new Uint32Array(2);

function assertCounter(where: string, what: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new RangeError(`${where}: ${what} must be an integer in [0, 2^53), got ${value}`);
  }
}
