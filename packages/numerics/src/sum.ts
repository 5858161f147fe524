/**
 * Σ values with a running compensation, so that the error does not grow with their number.
 *
 * @returns 0 for no values; an infinity or NaN where the plain sum gives one.
 * @remarks Error ≤ 2⁻⁵³·|Σx| + about n²·2⁻¹⁰⁶·Σ|x|.
 * @see Neumaier 1974, Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen, algorithm IV.
 */
export function sum(values: Iterable<number>): number {
  let total = 0;
  let lost = 0;
  for (const value of values) {
    const next = total + value;
    // What the rounding of `next` lost, exact when the smaller one is taken off last.
    lost += Math.abs(total) >= Math.abs(value) ? total - next + value : value - next + total;
    total = next;
  }
  // With an infinity in play the compensation is NaN and the plain total is right.
  return Number.isFinite(total) ? total + lost : total;
}
