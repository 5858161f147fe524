import fc from 'fast-check';

/**
 * Values at which f32 code goes wrong: both zeros, ±1 and neighbors, ties for rounding, ±1e±30, the smallest and
 * largest normal and subnormal numbers.
 */
export const awkwardFloat32Values: readonly number[] = [
  0,
  -0,
  1,
  -1,
  0.5,
  -0.5,
  1.5,
  2.5,
  -2.5,
  1 + 2 ** -23,
  1 - 2 ** -24,
  2 ** 23 + 1,
  2 ** 24,
  1e30,
  -1e30,
  1e-30,
  -1e-30,
  2 ** -126,
  -(2 ** -126),
  2 ** -149,
  -(2 ** -149),
  (2 - 2 ** -23) * 2 ** 127,
  -(2 - 2 ** -23) * 2 ** 127,
].map(Math.fround);

/** Options of `float32`. */
export interface Float32Options {
  /** Smallest value; −10 by default. */
  readonly min?: number;
  /** Largest value; 10 by default. */
  readonly max?: number;
}

/** Finite f32 numbers in a range where sums and products stay harmless. */
export function float32(options: Float32Options = {}): fc.Arbitrary<number> {
  const { min = -10, max = 10 } = options;
  return fc.float({ min: Math.fround(min), max: Math.fround(max), noNaN: true, noDefaultInfinity: true });
}

/** Finite f32 numbers of every magnitude, biased to the awkward ones. */
export function awkwardFloat32(): fc.Arbitrary<number> {
  return fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...awkwardFloat32Values) },
    { weight: 1, arbitrary: fc.float({ noNaN: true, noDefaultInfinity: true }) },
  );
}

/** `f32[length]` of harmless values. */
export function float32Array(length: number, options: Float32Options = {}): fc.Arbitrary<Float32Array> {
  return arrayOf(float32(options), length);
}

/** `f32[length]` drawn from a handful of awkward values, so that ties occur. */
export function awkwardFloat32Array(length: number): fc.Arbitrary<Float32Array> {
  return fc
    .uniqueArray(awkwardFloat32(), { minLength: 1, maxLength: 5 })
    .chain((palette) => arrayOf(fc.constantFrom(...palette), length));
}

function arrayOf(element: fc.Arbitrary<number>, length: number): fc.Arbitrary<Float32Array> {
  // Shrinking thousands of floats one by one takes longer than the property itself: shrink small arrays only.
  const values = fc.array(element, { minLength: length, maxLength: length });
  return (length > 64 ? fc.noShrink(values) : values).map((items) => Float32Array.from(items));
}
