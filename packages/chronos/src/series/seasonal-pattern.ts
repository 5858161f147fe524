/** A pattern that repeats, found in a series. */
export interface SeasonalPattern {
  readonly period: number;
  /** What each phase adds, phase 0 being the first value of the series: `f64[period]`. */
  readonly values: Float64Array;
  /** Share of the variance about the moving average that seasons explain of one another, in (0, 1]. */
  readonly explained: number;
}

/** Weight of a season beside the next one. */
const fading = 0.8;

/** Longest period that is looked for. */
const longestPeriod = 400;

/** A series and the running sums of what is known of it: entry t is of the values before t. */
interface Sums {
  readonly values: Float64Array;
  readonly sums: Float64Array;
  readonly known: Float64Array;
}

function sumsOf(values: Float64Array): Sums {
  const count = values.length;
  const [sums, known] = [new Float64Array(count + 1), new Float64Array(count + 1)];
  for (let t = 0; t < count; t++) {
    const isKnown = !Number.isNaN(values[t]);
    sums[t + 1] = sums[t] + (isKnown ? values[t] : 0);
    known[t + 1] = known[t] + (isKnown ? 1 : 0);
  }
  return { values, sums, known };
}

/**
 * Values less their centered mean over one period, whose ends have half the weight where it is even; NaN where less than half a period is on a side, or
 * less than half of it is known.
 */
function aboutMovingAverage({ values, sums, known }: Sums, period: number): Float64Array {
  const count = values.length;
  const half = Math.floor(period / 2);
  // an even period is the mean of the two windows that are off by one to either side
  const shift = period % 2 === 0 ? 1 : 0;
  const differences = new Float64Array(count).fill(NaN);
  for (let t = half; t + half < count; t++) {
    const [low, high] = [t - half, t + half + 1];
    const total = (sums[high - shift] - sums[low] + sums[high] - sums[low + shift]) / 2;
    const weight = (known[high - shift] - known[low] + known[high] - known[low + shift]) / 2;
    if (weight >= period / 2) differences[t] = values[t] - total / weight;
  }
  return differences;
}

/** How well seasons of a period foretell one another, and their weighted mean, shrunk by how well they do. */
function patternOf(series: Sums, period: number): SeasonalPattern {
  const differences = aboutMovingAverage(series, period);
  const count = differences.length;
  const [weights, sums] = [new Float64Array(period), new Float64Array(period)];
  const fades = Float64Array.from({ length: Math.ceil(count / period) }, (_, age) => fading ** age);
  for (let t = 0, phase = 0; t < count; t++, phase = phase + 1 === period ? 0 : phase + 1) {
    const difference = differences[t];
    if (Number.isNaN(difference)) continue;
    const own = fades[Math.floor((count - 1 - t) / period)];
    weights[phase] += own;
    sums[phase] += own * difference;
  }
  // each value is compared with the mean of the other seasons at its phase
  let [cross, square, total] = [0, 0, 0];
  for (let t = 0, phase = 0; t < count; t++, phase = phase + 1 === period ? 0 : phase + 1) {
    const difference = differences[t];
    if (Number.isNaN(difference)) continue;
    const own = fades[Math.floor((count - 1 - t) / period)];
    const left = weights[phase] - own;
    if (left < 1e-9) continue;
    const others = (sums[phase] - own * difference) / left;
    cross += difference * others;
    square += others * others;
    total += difference * difference;
  }
  const slope = square > 0 ? Math.min(1, Math.max(0, cross / square)) : 0;
  const explained = total > 0 ? Math.max(0, (2 * slope * cross - slope * slope * square) / total) : 0;
  return {
    period,
    values: sums.map((sum, phase) => (weights[phase] > 0 ? (slope * sum) / weights[phase] : 0)),
    explained,
  };
}

/** What a pattern must explain to be believed: more where there are few seasons, or few values. */
function threshold(count: number, period: number): number {
  const usable = count - period;
  return Math.max(0.1, (3 * Math.log(count)) / usable, 0.8 / Math.max(1e-9, usable / period - 1));
}

/**
 * The pattern that repeats in a series, if there is one: every period up to a third of the length is tried, and of the best one the shortest
 * part is taken that explains half as much. Another one whose period is a multiple of the first, as weeks are of days, may follow.
 *
 * @param values - NaN is missing
 * @returns none, one or two patterns, which are to be added up
 */
export function seasonalPatterns(values: Float64Array): readonly SeasonalPattern[] {
  const longest = Math.min(longestPeriod, Math.floor(values.length / 3));
  const believed = (period: number, series: Sums): SeasonalPattern[] => {
    const pattern = patternOf(series, period);
    return pattern.explained > threshold(values.length, period) ? [pattern] : [];
  };
  const own = sumsOf(values);
  const all = Array.from({ length: Math.max(0, longest - 1) }, (_, i) => i + 2).flatMap((period) =>
    believed(period, own),
  );
  const best = all.reduce<SeasonalPattern | undefined>(
    (a, b) => (a === undefined || b.explained > a.explained ? b : a),
    undefined,
  );
  // a part of the period that explains most of it has more seasons to be told from
  const first = all.find(
    ({ period, explained }) => best !== undefined && best.period % period === 0 && explained >= 0.5 * best.explained,
  );
  if (first === undefined) return [];
  const rest = sumsOf(values.map((value, t) => value - first.values[t % first.period]));
  const multiples = Array.from({ length: Math.floor(longest / first.period) - 1 }, (_, i) => (i + 2) * first.period);
  const second = multiples
    .flatMap((period) => believed(period, rest))
    .reduce<SeasonalPattern | undefined>((a, b) => (a === undefined || b.explained > a.explained ? b : a), undefined);
  return second === undefined ? [first] : [first, second];
}
