const words = new DataView(new ArrayBuffer(8));

/** The distance between f32 neighbors around a real number given in f64; 2⁻¹⁴⁹ among denormals. */
export function ulpOf(exact: number): number {
  const magnitude = Math.abs(exact);
  if (magnitude < 2 ** -126) return 2 ** -149;
  words.setFloat64(0, magnitude);
  const exponent = ((words.getUint32(0) >>> 20) & 0x7ff) - 1023;
  return 2 ** (Math.min(exponent, 127) - 23);
}

/**
 * The error of an f32 result in units in the last place of the exact one. ∞ counts as 2¹²⁸, the number after the largest;
 * where exactly one of the two is NaN, the error is ∞.
 */
export function ulpError(got: number, exact: number): number {
  if (Number.isNaN(got) || Number.isNaN(exact)) return Number.isNaN(got) && Number.isNaN(exact) ? 0 : Infinity;
  const finite = (value: number): number => Math.min(Math.max(value, -(2 ** 128)), 2 ** 128);
  return Math.abs(finite(got) - finite(exact)) / ulpOf(finite(exact));
}
