import { type RandomKey, rngFromKey, uniform } from '@einlab/numerics';
import { partialCorrelation } from './fisher-z.ts';

/** The value and slope of a soft partial correlation. */
export interface SoftCorrelation {
  /** ρ of x and y given the noised others. */
  readonly rho: number;
  /** Covariance² over the variance of x, both given the noised others: what x explains of y. */
  readonly varianceExplained: number;
  /** ∂ρ/∂ψ, `f64[blanket]`. */
  readonly slope: Float64Array;
}

/** The factor L of L·Lᵀ, with a floor under the pivots; in place, lower triangle. */
function factor(a: Float64Array, n: number): void {
  for (let j = 0; j < n; j++) {
    for (let i = j; i < n; i++) {
      let sum = a[i * n + j];
      for (let k = 0; k < j; k++) sum -= a[i * n + k] * a[j * n + k];
      if (i === j) a[j * n + j] = Math.sqrt(Math.max(sum, 1e-12));
      else a[i * n + j] = sum / a[j * n + j];
    }
  }
}

/** x of L·Lᵀ·x = b, in place. */
function solve(lower: Float64Array, n: number, x: Float64Array): void {
  for (let i = 0; i < n; i++) {
    let sum = x[i];
    for (let k = 0; k < i; k++) sum -= lower[i * n + k] * x[k];
    x[i] = sum / lower[i * n + i];
  }
  for (let i = n - 1; i >= 0; i--) {
    let sum = x[i];
    for (let k = i + 1; k < n; k++) sum -= lower[k * n + i] * x[k];
    x[i] = sum / lower[i * n + i];
  }
}

/**
 * The partial correlation of x and y given ψ·z + (1 − ψ)·noise, for Gaussian variables and noise of variance 1. With D = diag ψ,
 *
 *   K = D Σ_zz D + diag((1 − ψ)²),  a = D Σ_zx,  b = D Σ_zy
 *   cov = Σ_xy − aᵀK⁻¹b,  var_x = Σ_xx − aᵀK⁻¹a,  var_y = Σ_yy − bᵀK⁻¹b,  ρ = cov/√(var_x var_y)
 *
 * ψ = 1 on a set S and 0 elsewhere gives the partial correlation given S.
 *
 * @param correlations - `f64[size, size]`
 * @param z - positions of the others.
 */
export function softPartialCorrelation(
  correlations: Float64Array,
  size: number,
  x: number,
  y: number,
  z: readonly number[],
  psi: Float64Array,
): SoftCorrelation {
  const n = z.length;
  const k = new Float64Array(n * n);
  const [sx, sy] = [new Float64Array(n), new Float64Array(n)];
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) k[i * n + j] = psi[i] * psi[j] * correlations[z[i] * size + z[j]];
    k[i * n + i] += (1 - psi[i]) ** 2;
    sx[i] = correlations[z[i] * size + x];
    sy[i] = correlations[z[i] * size + y];
  }
  factor(k, n);
  const w = sx.map((value, i) => psi[i] * value);
  const u = sy.map((value, i) => psi[i] * value);
  let [cov, varX, varY] = [correlations[x * size + y], 1, 1];
  const [a, b] = [Float64Array.from(w), Float64Array.from(u)];
  solve(k, n, w);
  solve(k, n, u);
  for (let i = 0; i < n; i++) {
    cov -= a[i] * u[i];
    varX -= a[i] * w[i];
    varY -= b[i] * u[i];
  }
  varX = Math.max(varX, 1e-12);
  varY = Math.max(varY, 1e-12);
  const rho = cov / Math.sqrt(varX * varY);
  const slope = new Float64Array(n);
  for (let m = 0; m < n; m++) {
    let [su, sw] = [0, 0];
    for (let j = 0; j < n; j++) {
      const entry = correlations[z[m] * size + z[j]] * psi[j];
      su += entry * u[j];
      sw += entry * w[j];
    }
    const noise = 2 * (1 - psi[m]);
    const dCov = -(sx[m] * u[m] + sy[m] * w[m] - (w[m] * su + u[m] * sw - noise * w[m] * u[m]));
    const dX = -(2 * sx[m] * w[m] - (2 * w[m] * sw - noise * w[m] * w[m]));
    const dY = -(2 * sy[m] * u[m] - (2 * u[m] * su - noise * u[m] * u[m]));
    slope[m] = dCov / Math.sqrt(varX * varY) - (rho / 2) * (dX / varX + dY / varY);
  }
  return { rho, varianceExplained: (cov * cov) / varX, slope };
}

/** How the closed form is searched. */
export interface DatLinearOptions {
  /** Steps of Adam; 80 by default. */
  readonly steps?: number;
  /** Random starts besides ψ = ½; 7 by default. The smallest certified |ρ| counts. */
  readonly restarts?: number;
  /** A certified |ρ| below this ends the search early. */
  readonly enough?: number;
}

/** A set that separates as well as could be found. */
export interface LinearSeparation {
  /** Positions of the set. */
  readonly set: readonly number[];
  /** The partial correlation given the set: not of the soft search, which fractional ψ can fool. */
  readonly rho: number;
  /** ψ before rounding, of the start that won, `f64[blanket]`. */
  readonly psi: Float64Array;
}

const rate = 0.15;
const penalty = 0.05;

/**
 * The linear differentiable adjacency test: looks for a subset of z given which x and y have no partial correlation, by descending
 * |ρ(ψ)| + λ Σ ψ(1 − ψ) with λ ramped up, from several starts, and certifies each end at its rounded ψ.
 *
 * @remarks Minimizing ρ over fractional ψ alone is unsound: ρ is continuous in ψ, so it passes 0 wherever its signs at two sets differ,
 *   although x and y are adjacent. Hence the ramp, the rounding, and the certificate.
 */
export function datLinear(
  correlations: Float64Array,
  size: number,
  x: number,
  y: number,
  z: readonly number[],
  key: RandomKey,
  { steps = 80, restarts = 7, enough = 0 }: DatLinearOptions = {},
): LinearSeparation {
  const n = z.length;
  const rng = rngFromKey(key);
  let best: LinearSeparation = { set: [], rho: correlations[x * size + y], psi: new Float64Array(n) };
  const certify = (psi: Float64Array): void => {
    const set = z.filter((_, i) => psi[i] > 0.5);
    const rho = partialCorrelation(correlations, size, x, y, set);
    if (Math.abs(rho) < Math.abs(best.rho)) best = { set, rho, psi: Float64Array.from(psi) };
  };
  certify(new Float64Array(n).fill(1));
  for (let start = 0; start <= restarts && Math.abs(best.rho) > enough && n > 0; start++) {
    const theta = Float64Array.from({ length: n }, () => (start === 0 ? 0 : 4 * uniform(rng) - 2));
    const [first, second] = [new Float64Array(n), new Float64Array(n)];
    let psi = theta.map((value) => 1 / (1 + Math.exp(-value)));
    for (let step = 1; step <= steps; step++) {
      const { rho, slope } = softPartialCorrelation(correlations, size, x, y, z, psi);
      const ramp = penalty * Math.min(1, (2 * step) / steps);
      for (let i = 0; i < n; i++) {
        const gradient = (Math.sign(rho) * slope[i] + ramp * (1 - 2 * psi[i])) * psi[i] * (1 - psi[i]);
        first[i] = 0.9 * first[i] + 0.1 * gradient;
        second[i] = 0.9 * second[i] + 0.1 * gradient * gradient;
        const corrected = Math.sqrt(second[i] / (1 - 0.9 ** step)) + 1e-8;
        theta[i] -= (rate * first[i]) / (1 - 0.9 ** step) / corrected;
      }
      psi = theta.map((value) => 1 / (1 + Math.exp(-value)));
    }
    certify(psi);
  }
  return best;
}
