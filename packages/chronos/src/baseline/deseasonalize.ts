/** Factors of a season, one per phase, with mean 1. */
export interface SeasonalFactors {
  readonly factors: Float64Array;
  /** The series over its factors. */
  readonly adjusted: Float64Array;
}

/** The correlation of a series with itself some steps earlier. */
export function autocorrelation(values: ArrayLike<number>, lag: number): number {
  const count = values.length;
  let mean = 0;
  for (let t = 0; t < count; t++) mean += values[t] / count;
  let [shared, size] = [0, 0];
  for (let t = 0; t < count; t++) {
    size += (values[t] - mean) ** 2;
    if (t >= lag) shared += (values[t] - mean) * (values[t - lag] - mean);
  }
  return size > 0 ? shared / size : 0;
}

/**
 * Whether a season shows at the 90 % level: |r_m| > 1.645 √((1 + 2 Σ_{k<m} r_k²)/n), given at least three seasons.
 *
 * @see Assimakopoulos, Nikolopoulos 2000; Fiorucci et al. 2016, "Models for optimising the theta method", §2
 */
export function isSeasonal(values: ArrayLike<number>, season: number): boolean {
  if (season < 2 || values.length < 3 * season) return false;
  let squares = 0;
  for (let k = 1; k < season; k++) squares += autocorrelation(values, k) ** 2;
  return Math.abs(autocorrelation(values, season)) > 1.645 * Math.sqrt((1 + 2 * squares) / values.length);
}

/** Classical multiplicative decomposition: ratios to a centered moving average, averaged by phase. Values must be above 0. */
export function deseasonalize(values: Float64Array, season: number): SeasonalFactors {
  const half = Math.floor(season / 2);
  const ratios = Array.from({ length: season }, (): number[] => []);
  for (let t = half; t + half < values.length; t++) {
    let total = 0;
    for (let k = -half; k <= half; k++) {
      const isEnd = season % 2 === 0 && Math.abs(k) === half;
      total += values[t + k] * (isEnd ? 0.5 : 1);
    }
    ratios[t % season].push(values[t] / (total / season));
  }
  const raw = Float64Array.from(ratios, (own) => own.reduce((a, b) => a + b, 0) / Math.max(1, own.length) || 1);
  const mean = raw.reduce((a, b) => a + b, 0) / season;
  const factors = raw.map((factor) => factor / mean);
  return { factors, adjusted: values.map((value, t) => value / factors[t % season]) };
}
