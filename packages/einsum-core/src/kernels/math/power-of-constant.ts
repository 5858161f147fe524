import { addE, constant, divideE, type Expression, equalE, multiplyE, selectE, sqrtE } from '../expression.ts';

/** x^y in a few operations for the exponents that models use; undefined for others. */
export function powerOfConstant(x: Expression, y: number): Expression | undefined {
  const square = multiplyE(x, x);
  const one = constant(1);
  if (y === 0) return one;
  if (y === 1) return x;
  if (y === 2) return square;
  if (y === 3) return multiplyE(square, x);
  if (y === 4) return multiplyE(square, square);
  if (y === -1) return divideE(one, x);
  if (y === -2) return divideE(one, square);
  if (y === 0.5) return squareRoot(x);
  if (y === -0.5) return divideE(one, squareRoot(x));
  return undefined;
}

/** √x with the rules of pow, by which −0 gives 0 and −∞ gives ∞. */
function squareRoot(x: Expression): Expression {
  const root = sqrtE(addE(x, constant(0)));
  return selectE(equalE(x, constant(-Infinity)), constant(Infinity), root);
}
