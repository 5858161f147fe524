/**
 * ln Σ exp(xᵢ) without overflow.
 *
 *   m + ln Σ exp(xᵢ − m),  m = max xᵢ
 *
 * @returns −∞ for no values, or only −∞; +∞ when one is; NaN when one is NaN.
 * @remarks Absolute error at most about n·2⁻⁵³ beside one rounding of the result.
 */
export function logSumExp(values: ArrayLike<number>): number {
  let largest = -Infinity;
  let at = -1;
  for (let i = 0; i < values.length; i += 1) {
    if (Number.isNaN(values[i])) return NaN;
    if (values[i] > largest) {
      largest = values[i];
      at = i;
    }
  }
  if (!Number.isFinite(largest)) return largest;
  // The largest term is exactly 1 and stays out of the sum, so that log1p keeps what tiny other terms add.
  let rest = 0;
  for (let i = 0; i < values.length; i += 1) {
    if (i !== at) rest += Math.exp(values[i] - largest);
  }
  return largest + Math.log1p(rest);
}
