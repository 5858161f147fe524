import {
  addE,
  andE,
  constant,
  type Expression,
  expression,
  shiftLeftE,
  shiftRightE,
  subtractE,
} from '../expression.ts';

/** An i32 constant. */
export const integer = (value: number): Expression => constant(value, 'i32');

/** The 32 bits of an f32 as i32. */
export const bitsOf = (x: Expression): Expression => expression('bitsToInt', 'i32', x);

/** The f32 of the given bits. */
export const floatOf = (bits: Expression): Expression => expression('bitsToFloat', 'f32', bits);

/** The sign bit of an f32 alone, as i32. */
export const signOf = (x: Expression): Expression => andE(bitsOf(x), integer(-0x80000000));

/** x with the bits of an i32 sign flipped in. */
export const withSign = (x: Expression, sign: Expression): Expression =>
  floatOf(expression('xor', 'i32', bitsOf(x), sign));

/** The leading 12 of x's 24 bits; the product of two such numbers is exact. */
export const leadingHalf = (x: Expression): Expression => floatOf(andE(bitsOf(x), integer(-0x1000)));

/** 2^n for an i32 n in [−126, 127]; n = −127 gives 0. */
export const powerOfTwo = (n: Expression): Expression => floatOf(shiftLeftE(addE(n, integer(127)), integer(23)));

const SQRT_HALF_BITS = 0x3f3504f3;

/** x = m·2^k with √½ ≤ m < √2, for a positive normal x. */
export function splitMantissa(x: Expression): { readonly m: Expression; readonly k: Expression } {
  const bits = bitsOf(x);
  const k = shiftRightE(subtractE(bits, integer(SQRT_HALF_BITS)), integer(23));
  return { m: floatOf(subtractE(bits, shiftLeftE(k, integer(23)))), k };
}
