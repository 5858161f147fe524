import { polynomial } from './polynomial.ts';

// Rational approximations of Cody 1969, Rational Chebyshev approximations for the error function, with the coefficients
// of his program (SPECFUN, 1990), lowest power first. Each is good to about 1e-18 on its interval.

/** erf(x) = x · P(x²)/Q(x²) for |x| ≤ 0.46875. */
const nearNumerator = [
  3.20937758913846947e3, 3.77485237685302021e2, 1.13864154151050156e2, 3.1611237438705656, 1.85777706184603153e-1,
];
const nearDenominator = [2.84423683343917062e3, 1.28261652607737228e3, 2.44024637934444173e2, 2.36012909523441209e1, 1];

/** erfc(x) = e^(−x²) · P(x)/Q(x) for 0.46875 ≤ x ≤ 4. */
const middleNumerator = [
  1.23033935479799725e3, 2.05107837782607147e3, 1.71204761263407058e3, 8.8195222124176909e2, 2.98635138197400131e2,
  6.61191906371416295e1, 8.88314979438837594, 5.64188496988670089e-1, 2.15311535474403846e-8,
];
const middleDenominator = [
  1.23033935480374942e3, 3.43936767414372164e3, 4.36261909014324716e3, 3.29079923573345963e3, 1.62138957456669019e3,
  5.37181101862009858e2, 1.17693950891312499e2, 1.57449261107098347e1, 1,
];

/** erfc(x) = e^(−x²)/x · (1/√π − y · P(y)/Q(y)), y = 1/x², for x ≥ 4. */
const farNumerator = [
  6.58749161529837803e-4, 1.60837851487422766e-2, 1.25781726111229246e-1, 3.60344899949804439e-1,
  3.05326634961232344e-1, 1.63153871373020978e-2,
];
const farDenominator = [
  2.33520497626869185e-3, 6.05183413124413191e-2, 5.27905102951428412e-1, 1.87295284992346725, 2.56852019228982242, 1,
];

const nearLimit = 0.46875;
const middleLimit = 4;

/** 1/√π */
const inverseSqrtPi = 0.5641895835477563;

/** From here on erfc is below half of the smallest f64 number, 2⁻¹⁰⁷⁴. */
const underflow = 27.3;

/**
 * The error function, 2/√π ∫₀ˣ e^(−t²) dt.
 *
 * @remarks Relative error below 4·2⁻⁵³ for every x.
 * @see Cody 1969, Rational Chebyshev approximations for the error function.
 */
export function erf(x: number): number {
  const size = Math.abs(x);
  if (size <= nearLimit) return (x * polynomial(nearNumerator, x * x)) / polynomial(nearDenominator, x * x);
  return Math.sign(x) * (1 - upperTail(size));
}

/**
 * The complementary error function, 1 − erf(x), without cancellation for large x.
 *
 * @remarks Relative error below 16·2⁻⁵³ for x ≤ 26.5, where the result becomes subnormal; 0 from x = 27.3 on.
 * @see Cody 1969, Rational Chebyshev approximations for the error function.
 */
export function erfc(x: number): number {
  const size = Math.abs(x);
  if (size <= nearLimit) return 1 - erf(x);
  return x > 0 ? upperTail(size) : 2 - upperTail(size);
}

/** erfc(x) for x > 0.46875, and NaN for NaN. */
function upperTail(x: number): number {
  if (x >= underflow) return 0;
  if (x <= middleLimit) {
    return (expMinusSquare(x) * polynomial(middleNumerator, x)) / polynomial(middleDenominator, x);
  }
  const y = 1 / (x * x);
  const correction = (y * polynomial(farNumerator, y)) / polynomial(farDenominator, y);
  return (expMinusSquare(x) * (inverseSqrtPi - correction)) / x;
}

/**
 * e^(−x²) with x = a + b, a on a grid of 1/16 whose square is exact: −x² = −a² − b(x + a). The plain form would
 * multiply the rounding of x² by x².
 */
function expMinusSquare(x: number): number {
  const a = Math.trunc(x * 16) / 16;
  return Math.exp(-a * a) * Math.exp(-(x - a) * (x + a));
}
