import { EinlabError } from '@einlab/einsum-core';

/** Refuses levels that are no probabilities inside (0, 1), or none at all. */
export function assertLevels(where: string, levels: readonly number[]): void {
  const wrong = levels.find((level) => !(level > 0 && level < 1));
  if (levels.length === 0 || wrong !== undefined) {
    throw new EinlabError(
      'option',
      `${where}: ${levels.length === 0 ? 'there are no quantile levels' : `the quantile level ${wrong} is not inside (0, 1)`}; expected levels such as 0.1, 0.5, 0.9`,
      { levels, wrong },
    );
  }
}

/**
 * Values at other levels: linear between known ones, constant beyond the outermost.
 *
 * @param known - ascending levels in [0, 1]
 * @param values - one for each known level
 * @param wanted - levels in any order
 */
export function interpolateQuantiles(
  known: readonly number[],
  values: ArrayLike<number>,
  wanted: readonly number[],
): Float64Array {
  const last = known.length - 1;
  return Float64Array.from(wanted, (level) => {
    if (level <= known[0]) return values[0];
    if (level >= known[last]) return values[last];
    const above = known.findIndex((each) => each >= level);
    const width = known[above] - known[above - 1];
    const share = width > 0 ? (level - known[above - 1]) / width : 1;
    return values[above - 1] + share * (values[above] - values[above - 1]);
  });
}

/**
 * Empirical quantiles of weighted samples: they are put in order, their weights summed, and the sums taken for levels.
 *
 * @param samples - in any order
 * @param weights - ≥ 0, summing to 1
 */
export function weightedQuantiles(
  samples: ArrayLike<number>,
  weights: ArrayLike<number>,
  wanted: readonly number[],
): Float64Array {
  const order = Array.from({ length: samples.length }, (_, i) => i).sort((a, b) => samples[a] - samples[b]);
  let total = 0;
  const levels = order.map((i) => (total += weights[i]));
  return interpolateQuantiles(
    levels,
    order.map((i) => samples[i]),
    wanted,
  );
}

/**
 * The probability that each level stands for: mass_i = (q_{i+1} − q_{i−1})/2 with q₀ = 0 and q_{n+1} = 1, divided by their sum.
 */
export function levelMasses(levels: readonly number[]): Float64Array {
  const masses = Float64Array.from(levels, (_, i) => ((levels[i + 1] ?? 1) - (i === 0 ? 0 : levels[i - 1])) / 2);
  const total = masses.reduce((a, b) => a + b, 0);
  return masses.map((mass) => mass / total);
}
