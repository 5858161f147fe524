import type { Expression } from '../../../kernels/expression.ts';
import { sineFromQuadrant } from './quadrant.ts';

/** The sine of an angle in radians: at most 2 ulps of error for |x| ≤ 10⁴; see `sineFromQuadrant`. ±0 is kept. */
export function sin(x: Expression): Expression {
  return sineFromQuadrant(x, 0);
}
