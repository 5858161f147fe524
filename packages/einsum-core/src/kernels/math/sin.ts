import { constant, type Expression, equalE, selectE } from '../expression.ts';
import { sineFromQuadrant } from './quadrant.ts';

/**
 * The sine of an angle in radians: at most 2 ulps of error for |x| ≤ 10⁴; for what happens above, see
 * `sineFromQuadrant`. ±0 and denormals are kept.
 */
export function sin(x: Expression): Expression {
  return selectE(equalE(x, constant(0)), x, sineFromQuadrant(x, 0));
}
