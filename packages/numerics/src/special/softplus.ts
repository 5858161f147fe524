/**
 * ln(1 + eˣ) over the whole range of f64.
 *
 *   max(x, 0) + ln(1 + e^−|x|)
 *
 * @remarks Relative error at most 4·2⁻⁵³ for x ≥ −708, below which eˣ is subnormal.
 */
export function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

/** The derivative of `softplus`: 1 / (1 + e⁻ˣ), without overflow. */
export function softplusDerivative(x: number): number {
  const small = Math.exp(-Math.abs(x));
  return x >= 0 ? 1 / (1 + small) : small / (1 + small);
}
