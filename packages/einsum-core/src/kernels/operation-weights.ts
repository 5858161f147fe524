import type { ExpressionOp } from './expression.ts';

/** Rough cost of each operation in vector instructions; what is not listed costs 1. */
// biome-ignore format: equal costs stand together
export const OPERATION_WEIGHTS: Partial<Record<ExpressionOp, number>> = {
  constant: 0, load: 0, index: 0, reduced: 0, divide: 4, sqrt: 4,
  exp: 12, expm1: 14, log: 14, log1p: 16, tanh: 14, sigmoid: 16, erf: 16, sin: 14, cos: 14, power: 30, reciprocalSqrt: 8,
  widen: 8, narrow: 12,
};
