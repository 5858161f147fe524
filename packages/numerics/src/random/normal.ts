import { normalQuantile } from '../special/normal-quantile.ts';
import type { Rng } from './rng.ts';

/**
 * A standard normal number by the inverse of its distribution function, so that one draw takes exactly one word.
 *
 *   x = Φ⁻¹((word + ½) · 2⁻³²)
 *
 * @remarks Symmetric around 0, never 0 and never infinite; |x| ≤ 6.34, since the word has 32 bits.
 */
export function normal(rng: Rng): number {
  return normalQuantile((rng.nextU32() + 0.5) * 2 ** -32);
}
