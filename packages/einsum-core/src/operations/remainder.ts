import { assertType } from '../base/assert-type.ts';
import type { Tensor, TensorLike } from '../tensor/tensor.ts';
import {
  add,
  cast,
  divide,
  equal,
  floor,
  greaterEqual,
  less,
  lessEqual,
  logicalAnd,
  logicalXor,
  multiply,
  notEqual,
  operands,
  subtract,
  where,
} from './elementwise.ts';

/**
 * a − ⌊a/b⌋·b, with broadcasting: what is left of a after whole multiples of b, with the sign of b as in Python and
 * NumPy. Its derivative is 1 in a and −⌊a/b⌋ in b; between integers it has none.
 *
 * @param a - `f32` or `i32`
 * @param b - of the same type; by 0 the remainder is NaN for `f32` and 0 for `i32`
 * @throws {EinlabError} `dtype` for other or mixed types
 * @remarks Exact for `i32`. For `f32` the error is at most 2u·|a|, u = 2⁻²⁴ (so nothing is left of the result where
 *   |a/b| ≥ 2²⁴), and NaN where b is infinite.
 */
export function remainder(a: TensorLike, b: TensorLike): Tensor {
  const [x, y] = operands('remainder', a, b);
  assertType('remainder: the operands are', x, ['f32', 'i32']);
  return x.dtype === 'f32' ? corrected(subtract(x, multiply(floor(divide(x, y)), y)), y) : ofIntegers(x, y);
}

/** A remainder below its range by rounding of the quotient, brought back by one divisor. */
const corrected = (rest: Tensor, y: Tensor): Tensor =>
  where(logicalAnd(notEqual(rest, 0), logicalXor(less(rest, 0), less(y, 0))), add(rest, y), rest);

/**
 * Quotients in f32 have 24 bits and those of integers up to 31, so two are taken: the first leaves at most 2⁹ divisors,
 * the second at most one too many or too few. Products and differences wrap around and are exact.
 */
function ofIntegers(x: Tensor, y: Tensor): Tensor {
  const reduce = (rest: Tensor): Tensor =>
    subtract(rest, multiply(cast(floor(divide(cast(rest, 'f32'), cast(y, 'f32'))), 'i32'), y));
  const rest = reduce(reduce(x));
  const isTooLarge = where(less(y, 0), cast(lessEqual(rest, y), 'i32'), cast(greaterEqual(rest, y), 'i32'));
  const inside = where(cast(isTooLarge, 'bool'), subtract(rest, y), corrected(rest, y));
  return where(equal(y, 0), 0, inside);
}
