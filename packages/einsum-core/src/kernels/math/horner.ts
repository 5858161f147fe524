import { constant, type Expression, fmaE } from '../expression.ts';

/** c₀ + c₁x + c₂x² + …, evaluated from the highest coefficient down. At least two coefficients. */
export function horner(x: Expression, coefficients: readonly number[]): Expression {
  let sum = constant(coefficients[coefficients.length - 1]);
  for (let i = coefficients.length - 2; i >= 0; i--) sum = fmaE(sum, x, constant(coefficients[i]));
  return sum;
}
