import { optionFailure } from '../base/check.ts';

/** kl(q‖p) of two coins in nats; 0·ln 0 = 0. */
export function binaryKl(q: number, p: number): number {
  const part = (a: number, b: number): number => (a === 0 ? 0 : a * Math.log(a / b));
  return part(q, p) + part(1 - q, 1 - p);
}

/**
 * The largest p ≥ q with kl(q‖p) ≤ c: the inverse of the binary divergence in its second argument, by bisection to the last
 * digits. kl⁻¹(0, c) = 1 − e^−c; always ≤ q + √(c/2).
 *
 * @param q - in [0, 1]
 * @param c - ≥ 0, in nats
 * @throws {EinlabError} `option` for arguments out of range
 */
export function klInverse(q: number, c: number): number {
  if (!(q >= 0 && q <= 1)) throw optionFailure('klInverse', 'q', q, 'a number in [0, 1]');
  if (!(c >= 0)) throw optionFailure('klInverse', 'c', c, 'a number ≥ 0');
  if (q === 1 || c === Infinity) return 1;
  if (q === 0) return -Math.expm1(-c);
  let low = q;
  let high = 1;
  for (;;) {
    const middle = low / 2 + high / 2;
    if (middle <= low || middle >= high) return high;
    if (binaryKl(q, middle) <= c) low = middle;
    else high = middle;
  }
}
