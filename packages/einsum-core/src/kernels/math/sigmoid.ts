import { addE, constant, divideE, type Expression, negateE } from '../expression.ts';
import { exp } from './exp.ts';

/** 1 / (1 + e^−x) with at most 3 ulps of error; 0 below −88.73, where e^−x overflows. */
export function sigmoid(x: Expression): Expression {
  const one = constant(1);
  return divideE(one, addE(one, exp(negateE(x))));
}
