import type { StorageType } from '../../base/dtype.ts';
import {
  addE,
  andE,
  constant,
  type Expression,
  expression,
  greaterE,
  lessE,
  multiplyE,
  orE,
  selectE,
  shiftLeftE,
  shiftRightE,
  subtractE,
  xorE,
} from '../expression.ts';
import { bitsOf, floatOf, integer } from './bits.ts';

/** The f32 that 16 bits stand for: exact. */
export function widen(x: Expression, type: StorageType): Expression {
  const bits = bitsOf(x);
  if (type === 'bf16') return floatOf(shiftLeftE(bits, integer(16)));
  const magnitude = andE(bits, integer(0x7fff));
  const sign = shiftLeftE(xorE(bits, magnitude), integer(16));
  // the exponent's bias rises from 15 to 127, and once more by as much for ∞ and NaN
  const rise = selectE(greaterE(magnitude, integer(0x7bff)), integer(0x70000000), integer(0x38000000));
  const normal = addE(shiftLeftE(magnitude, integer(13)), rise);
  const subnormal = bitsOf(multiplyE(expression('toFloat', 'f32', magnitude), constant(2 ** -24)));
  return floatOf(orE(sign, selectE(lessE(magnitude, integer(0x400)), subnormal, normal)));
}

/** The 16 bits of the number nearest to an f32, ties to even, as an integer; the steps are those of `encode16`. */
export function narrow(x: Expression, type: StorageType): Expression {
  const bits = bitsOf(x);
  const sign = andE(shiftRightE(bits, integer(16)), integer(0x8000));
  const magnitude = andE(bits, integer(0x7fffffff));
  const isNaN = greaterE(magnitude, integer(0x7f800000));
  /** The magnitude and `offset` without its last bits, the half that was added being one less where the rest is even. */
  const rounded = (offset: number, dropped: number): Expression => {
    const isOdd = andE(shiftRightE(magnitude, integer(dropped)), integer(1));
    return shiftRightE(addE(addE(magnitude, integer(offset)), isOdd), integer(dropped));
  };
  if (type === 'bf16') return orE(sign, selectE(isNaN, integer(0x7fc0), rounded(0x7fff, 16)));
  // below 2⁻¹⁴, multiples of 2⁻²⁴: the unit's place beside a half
  const subnormal = subtractE(bitsOf(addE(floatOf(magnitude), constant(0.5))), integer(0x3f000000));
  const finite = selectE(lessE(magnitude, integer(0x38800000)), subnormal, rounded(-0x37fff001, 13));
  const large = selectE(isNaN, integer(0x7e00), integer(0x7c00));
  return orE(sign, selectE(lessE(magnitude, integer(0x47800000)), finite, large));
}
