import { EinlabError } from '@einlab/einsum-core';
import { normal, type Rng, uniform, uniformInteger } from '@einlab/numerics';

/** How series are mixed. */
export interface MixupOptions {
  /** Most series in a mixture; default 3. */
  readonly most?: number;
  /** Concentration of the Dirichlet weights; default 1.5. */
  readonly alpha?: number;
  /** Values of the mixture; capped by the shortest series that is drawn. */
  readonly length: number;
}

/**
 * A Gamma(shape, 1) number for shape ≥ 1.
 * @see Marsaglia, Tsang 2000, "A simple method for generating gamma variables"
 */
function gamma(rng: Rng, shape: number): number {
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = normal(rng);
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - uniform(rng)) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}

/**
 * A convex combination of windows of up to `most` series, each divided by its mean absolute value:
 *
 *   x̃ = Σᵢ λᵢ xᵢ/mean|xᵢ|,  λ ~ Dirichlet(α, …, α),  number of series uniform in {1, …, most}
 *
 * A mean is over what is observed, and a mixture is missing where one of its series is.
 *
 * @param pool - draws a series at random
 * @throws {EinlabError} `option` for α < 1 or a length below 1
 * @see Ansari et al. 2024, §4.1, algorithm 1. Where a series is shorter than the length, which the paper leaves open, the mixture is as
 *   long as the shortest.
 */
export function tsMixup(rng: Rng, pool: (rng: Rng) => ArrayLike<number>, options: MixupOptions): Float64Array {
  const { most = 3, alpha = 1.5, length } = options;
  if (!(alpha >= 1 && Number.isInteger(length) && length >= 1)) {
    throw new EinlabError(
      'option',
      `tsMixup: alpha is ${alpha} and length ${length}; expected alpha ≥ 1 and length ≥ 1`,
      {
        alpha,
        length,
      },
    );
  }
  const chosen = Array.from({ length: 1 + uniformInteger(rng, most) }, () => pool(rng));
  const shared = Math.min(length, ...chosen.map((series) => series.length));
  const weights = chosen.map(() => gamma(rng, alpha));
  const total = weights.reduce((a, b) => a + b, 0);
  const mixture = new Float64Array(shared);
  chosen.forEach((series, i) => {
    const start = uniformInteger(rng, series.length - shared + 1);
    let [size, observed] = [0, 0];
    for (let t = 0; t < shared; t++) {
      if (Number.isNaN(series[start + t])) continue;
      size += Math.abs(series[start + t]);
      observed += 1;
    }
    const factor = size > 0 ? ((weights[i] / total) * observed) / size : 0;
    for (let t = 0; t < shared; t++) mixture[t] += factor * series[start + t];
  });
  return mixture;
}

/** Each value becomes missing with probability p, itself drawn from U(0, most). */
export function dropValues(rng: Rng, values: Float64Array, most: number): Float64Array {
  const probability = uniform(rng) * most;
  return values.map((value) => (uniform(rng) < probability ? NaN : value));
}
