import type { Expression } from '../expression.ts';
import { sineFromQuadrant } from './quadrant.ts';

/**
 * The cosine of an angle in radians: at most 2 ulps of error for |x| ≤ 10⁴; for what happens above, see
 * `sineFromQuadrant`.
 */
export function cos(x: Expression): Expression {
  return sineFromQuadrant(x, 1);
}
