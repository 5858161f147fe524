/** The floating-point formats of 16 bits: IEEE 754 binary16, and the upper half of an f32. */
export type SixteenBitFormat = 'f16' | 'bf16';

const float = new Float32Array(1);
const word = new Uint32Array(float.buffer);

/**
 * The bits of the f32 next to `value`; where it is not an f32, the neighbor whose last bit is 1. Rounded again to fewer
 * bits, that gives what rounding `value` itself gives (round to odd; Boldo & Melquiond 2008, Emulation of a FMA).
 */
function oddBits(value: number): number {
  float[0] = value;
  if (float[0] === value || Number.isNaN(value)) return word[0];
  const isAbove = Math.abs(float[0]) > Math.abs(value);
  return ((isAbove ? word[0] - 1 : word[0]) | 1) >>> 0;
}

/** The bits of the nearest number of a 16-bit format, ties to even: ±∞ beyond the largest, subnormal numbers below the normal ones. */
export function encode16(format: SixteenBitFormat, value: number): number {
  const bits = oddBits(value);
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  const isBrain = format === 'bf16';
  if (magnitude > 0x7f800000) return sign | (isBrain ? 0x7fc0 : 0x7e00);
  if (isBrain) return sign | ((magnitude + 0x7fff + ((magnitude >>> 16) & 1)) >>> 16);
  if (magnitude >= 0x47800000) return sign | 0x7c00; // 2¹⁶ and more
  // normal from 2⁻¹⁴ on: the exponent's bias falls from 127 to 15, and the last 13 bits go
  if (magnitude >= 0x38800000) return sign | ((magnitude - 0x37fff001 + ((magnitude >>> 13) & 1)) >>> 13);
  // below, multiples of 2⁻²⁴: 24 bits stand in front of the unit's place beside a half
  word[0] = magnitude;
  float[0] += 0.5;
  return sign | (word[0] - 0x3f000000);
}

/** The number that bits of a 16-bit format stand for, which is an f32. */
export function decode16(format: SixteenBitFormat, bits: number): number {
  const magnitude = bits & 0x7fff;
  const sign = bits & 0x8000 ? -1 : 1;
  if (format === 'bf16') {
    word[0] = magnitude << 16;
    return sign * float[0];
  }
  if (magnitude < 0x400) return sign * magnitude * 2 ** -24;
  // the exponent's bias rises from 15 to 127, and once more by as much for ∞ and NaN
  word[0] = (magnitude << 13) + (magnitude < 0x7c00 ? 0x38000000 : 0x70000000);
  return sign * float[0];
}

/** The bits of each number's nearest of a 16-bit format. */
export function encodeAll16(format: SixteenBitFormat, values: ArrayLike<number>): Uint16Array<ArrayBuffer> {
  const bits = new Uint16Array(values.length);
  for (let i = 0; i < bits.length; i++) bits[i] = encode16(format, values[i]);
  return bits;
}

/** The numbers that bits stand for. */
export function decodeAll16(format: SixteenBitFormat, bits: ArrayLike<number>): Float32Array<ArrayBuffer> {
  const values = new Float32Array(bits.length);
  for (let i = 0; i < values.length; i++) values[i] = decode16(format, bits[i]);
  return values;
}
