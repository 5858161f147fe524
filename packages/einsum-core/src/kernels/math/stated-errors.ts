import type { MathOp } from '../expression.ts';

/**
 * The largest error of each function in ulps: units in the last place of the exact result. It holds with relaxed fused
 * multiply-add and without; for `sin` and `cos` where |x| ≤ 10⁴, for `power` where the result is a normal number.
 *
 * @see docs/concepts/elementary-functions.md, which says what was measured.
 */
export const statedErrors: Readonly<Record<MathOp, number>> = {
  exp: 2,
  expm1: 2,
  log: 1,
  log1p: 2,
  tanh: 3,
  sigmoid: 3,
  erf: 4,
  sin: 2,
  cos: 2,
  power: 6,
  reciprocalSqrt: 2,
};

/** Results of `exp`, `sigmoid` and `power` with a smaller magnitude may be 0: 2^−125.5. */
export const flushedBelow: number = 2 ** -125.5;
