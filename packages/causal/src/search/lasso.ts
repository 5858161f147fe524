/**
 * The lasso with the penalty that the BIC picks from a grid, by coordinate descent on second moments:
 *
 *   min ½ wᵀΣ_pp w − wᵀΣ_py + λ Σ cₘ|wₘ|,  BIC = n ln σ² + k ln n
 *
 * @param covariance - `f64[size, size]`
 * @param costs - cₘ of each predictor; all 1 without it.
 * @returns one weight for each predictor.
 */
export function lassoBic(
  covariance: Float64Array,
  size: number,
  samples: number,
  target: number,
  predictors: readonly number[],
  costs?: Float64Array,
): Float64Array {
  const p = predictors.length;
  const weights = new Float64Array(p);
  if (p === 0) return weights;
  const own = covariance[target * (size + 1)];
  const cross = predictors.map((m) => covariance[m * size + target]);
  const cost = (m: number): number => costs?.[m] ?? 1;
  const largest = Math.max(...cross.map((value, m) => Math.abs(value) / cost(m)));
  let best = { bic: samples * Math.log(Math.max(own, 1e-300)), weights: Float64Array.from(weights) };
  for (let grid = 0; grid < 40; grid++) {
    const lambda = largest * 0.001 ** (grid / 39);
    for (let sweep = 0; sweep < 200; sweep++) {
      let moved = 0;
      for (let m = 0; m < p; m++) {
        const row = predictors[m] * size;
        let slope = cross[m];
        for (let k = 0; k < p; k++) if (k !== m) slope -= covariance[row + predictors[k]] * weights[k];
        const limit = lambda * cost(m);
        const next =
          slope > limit
            ? (slope - limit) / covariance[row + predictors[m]]
            : slope < -limit
              ? (slope + limit) / covariance[row + predictors[m]]
              : 0;
        moved = Math.max(moved, Math.abs(next - weights[m]));
        weights[m] = next;
      }
      if (moved < 1e-7) break;
    }
    let variance = own;
    let count = 0;
    for (let m = 0; m < p; m++) {
      variance -= 2 * weights[m] * cross[m];
      for (let k = 0; k < p; k++)
        variance += weights[m] * weights[k] * covariance[predictors[m] * size + predictors[k]];
      if (weights[m] !== 0) count++;
    }
    const bic = samples * Math.log(Math.max(variance, 1e-12 * own)) + count * Math.log(samples);
    if (bic < best.bic) best = { bic, weights: Float64Array.from(weights) };
  }
  return best.weights;
}

/** The adaptive lasso: predictors that least squares finds small cost more. Least squares with a small ridge gives the first look. */
export function adaptiveLasso(
  covariance: Float64Array,
  size: number,
  samples: number,
  target: number,
  predictors: readonly number[],
  leastSquares: Float64Array,
): Float64Array {
  const costs = leastSquares.map((weight) => 1 / Math.max(Math.abs(weight), 1e-6));
  return lassoBic(covariance, size, samples, target, predictors, costs);
}
