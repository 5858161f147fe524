type Format = 'f16' | 'bf16';

/** Exponent bits, fraction bits, and the exponent's bias (IEEE 754-2019 §3.4; bfloat16 is binary32 cut after 16 bits). */
const FORMATS: Readonly<Record<Format, readonly [exponent: number, fraction: number, bias: number]>> = {
  f16: [5, 10, 15],
  bf16: [8, 7, 127],
};

/** Every pattern of 16 bits. */
export const ALL_PATTERNS: readonly number[] = Array.from({ length: 65536 }, (_, bits) => bits);

/** The definition: (−1)^s · 2^(e − bias) · (1 + m/2^f), or · 2^(1 − bias) · m/2^f where e = 0; ∞ and NaN where e is all ones. */
export function valueOfBits(format: Format, bits: number): number {
  const [exponentBits, fractionBits, bias] = FORMATS[format];
  const sign = Math.floor(bits / 2 ** 15) === 1 ? -1 : 1;
  const exponent = Math.floor(bits / 2 ** fractionBits) % 2 ** exponentBits;
  const fraction = (bits % 2 ** fractionBits) / 2 ** fractionBits;
  if (exponent === 2 ** exponentBits - 1) return fraction === 0 ? sign * Infinity : Number.NaN;
  return exponent === 0 ? sign * 2 ** (1 - bias) * fraction : sign * 2 ** (exponent - bias) * (1 + fraction);
}

/** The number at a magnitude's bits, where ∞ counts as the power of 2 behind the largest number: that is where rounding sees it. */
function magnitudeAt(format: Format, bits: number): number {
  const value = valueOfBits(format, bits);
  return value === Infinity ? 2 * 2 ** Math.floor(Math.log2(valueOfBits(format, bits - 1))) : value;
}

/** The bits of the nearest number, by search; of two equally near ones that with an even last bit. */
export function nearestBits(format: Format, value: number): number {
  const magnitude = Math.abs(value);
  let [low, high] = [0, format === 'f16' ? 0x7c00 : 0x7f80];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (magnitudeAt(format, middle) <= magnitude) low = middle;
    else high = middle;
  }
  const below = magnitude - magnitudeAt(format, low);
  const above = magnitudeAt(format, high) - magnitude;
  const nearest = below < above ? low : above < below ? high : low % 2 === 0 ? low : high;
  return nearest + (value < 0 || Object.is(value, -0) ? 2 ** 15 : 0);
}

/** Numbers around which rounding changes: those of the format, the midpoints between neighbors, and what lies just beside either. */
export function boundaryValues(format: Format, step: number, beside: number): number[] {
  const values: number[] = [];
  for (let bits = 0; bits < (format === 'f16' ? 0x7c00 : 0x7f80); bits += step) {
    const value = valueOfBits(format, bits);
    for (const one of [value, (value + magnitudeAt(format, bits + 1)) / 2]) {
      for (const near of [one, one * (1 + beside), one * (1 - beside)]) values.push(near, -near);
    }
  }
  return values;
}
