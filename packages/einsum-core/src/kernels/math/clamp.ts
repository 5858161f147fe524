import { constant, type Expression, lessE, selectE } from '../expression.ts';

/** x within [low, high]; NaN stays NaN. Two instructions, unlike `minimum` and `maximum`, which order zeros and NaN. */
export function clamp(x: Expression, low: number, high: number): Expression {
  return atMost(atLeast(x, low), high);
}

/** The smaller of x and a number; NaN stays NaN. */
export function atMost(x: Expression, high: number): Expression {
  const limit = constant(high);
  return selectE(lessE(limit, x), limit, x);
}

/** The larger of x and a number; NaN stays NaN. */
export function atLeast(x: Expression, low: number): Expression {
  const limit = constant(low);
  return selectE(lessE(x, limit), limit, x);
}
