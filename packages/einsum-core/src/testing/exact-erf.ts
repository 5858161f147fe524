/**
 * The error function to some 15 digits, by a series of terms that all have the same sign.
 *
 *   erf x = 2/√π · e^(−x²) · Σ_n 2ⁿ·x^(2n+1) / (2n+1)!!
 *
 * @see Abramowitz and Stegun 1964, eq. 7.1.6
 */
export function exactErf(x: number): number {
  // erfc(6) is 2e−17.
  if (Number.isNaN(x) || Math.abs(x) > 6) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}
