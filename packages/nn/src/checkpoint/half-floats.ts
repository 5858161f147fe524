const bits = new DataView(new ArrayBuffer(4));

/** The value of a bfloat16: the upper half of an f32's bits. */
export function bfloat16ToNumber(half: number): number {
  bits.setUint32(0, half << 16);
  return bits.getFloat32(0);
}

/** The value of an IEEE 754 binary16: 1 sign, 5 exponent and 10 fraction bits. */
export function float16ToNumber(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : Number.NaN;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** The bits of the binary16 nearest to a number, ties to even; beyond 65520 an infinity, NaN one quiet NaN. */
export function numberToFloat16(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (size >= 65520) return sign | 0x7c00;
  if (size < 2 ** -14) return sign | roundTiesToEven(size * 2 ** 24);
  wide.setFloat64(0, size);
  const exponent = (wide.getUint16(0) >> 4) - 1023;
  // In [1024, 2048]: at 2048 the sum carries into the exponent, as it should.
  const fraction = roundTiesToEven(size * 2 ** (10 - exponent));
  return sign | (((exponent + 15) << 10) + fraction - 1024);
}

const wide = new DataView(new ArrayBuffer(8));

function roundTiesToEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
}
