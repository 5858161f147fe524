import fc from 'fast-check';

/** Sizes at which tiles and unrolled loops go wrong. */
const primes = [2, 3, 5, 7, 11, 13, 17, 31];

/** Options of `axisSize`. */
export interface AxisSizeOptions {
  /** Smallest size; 0 by default. */
  readonly min?: number;
  /** Largest size; 8 by default. */
  readonly max?: number;
}

/** Sizes of one axis, biased to 0, 1 and primes. */
export function axisSize(options: AxisSizeOptions = {}): fc.Arbitrary<number> {
  const { min = 0, max = 8 } = options;
  const inRange = (size: number): boolean => size >= min && size <= max;
  const small = [0, 1].filter(inRange);
  const prime = primes.filter(inRange);
  return fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min, max }) },
    ...small.map((size) => ({ weight: size === 0 ? 1 : 2, arbitrary: fc.constant(size) })),
    ...(prime.length > 0 ? [{ weight: 4, arbitrary: fc.constantFrom(...prime) }] : []),
  );
}

/** Options of `shape`. */
export interface ShapeOptions {
  /** Fewest axes; 0 by default. */
  readonly minRank?: number;
  /** Most axes; 4 by default. */
  readonly maxRank?: number;
  /** Smallest axis; 0 by default. */
  readonly minAxis?: number;
  /** Largest axis; 8 by default. */
  readonly maxAxis?: number;
  /** Most elements, zero axes not counted; 256 by default. */
  readonly maxSize?: number;
}

/** Small shapes whose axes are biased to 0, 1 and primes. */
export function shape(options: ShapeOptions = {}): fc.Arbitrary<number[]> {
  const { minRank = 0, maxRank = 4, minAxis = 0, maxAxis = 8, maxSize = 256 } = options;
  if (minAxis > 1 && minAxis ** minRank > maxSize) {
    throw new RangeError(`shape: ${minRank} axes of at least ${minAxis} exceed maxSize ${maxSize}`);
  }
  return fc
    .array(axisSize({ min: minAxis, max: maxAxis }), { minLength: minRank, maxLength: maxRank })
    .map((sizes) => limitSize(sizes, maxSize, minAxis, minRank));
}

/**
 * Cuts axes, first to last, so that the product of the non-zero ones is at most `maxSize`.
 *
 * @param minAxis - no axis is cut below this; axes that no longer fit at that size are dropped.
 * @param minRank - room for this many axes of `minAxis` is kept.
 */
export function limitSize(
  sizes: readonly number[],
  maxSize: number,
  minAxis: number = 0,
  minRank: number = 0,
): number[] {
  const least = Math.max(1, minAxis);
  const result: number[] = [];
  let room = maxSize;
  for (const size of sizes) {
    const reserved = least ** Math.max(0, minRank - result.length - 1);
    const limit = Math.floor(room / reserved);
    if (limit < least) break;
    const cut = Math.min(size, limit);
    result.push(cut);
    room = Math.floor(room / Math.max(1, cut));
  }
  return result;
}
