import { quantileOfSorted, type Rng, uniformInteger } from '@einlab/numerics';
import { computeAtLoss, frontier, type ScalingPoint } from './frontier.ts';

/**
 * How much less compute a structure needs than the baseline for the same loss: baseline's compute / structure's compute,
 * the geometric mean over the losses of both frontiers' vertices that both reach. Above 1, the structure is ahead.
 *
 * @returns undefined where the two frontiers have no loss in common.
 */
export function computeMultiplier(
  baseline: readonly ScalingPoint[],
  structure: readonly ScalingPoint[],
): number | undefined {
  const lines = [frontier(baseline), frontier(structure)] as const;
  const logarithms = lines.flat().flatMap(({ loss }) => {
    const [theirs, ours] = lines.map((line) => computeAtLoss(line, loss));
    return theirs === undefined || ours === undefined ? [] : [Math.log(theirs / ours)];
  });
  if (logarithms.length === 0) return undefined;
  return Math.exp(logarithms.reduce((total, each) => total + each, 0) / logarithms.length);
}

/** Trained models whose loss is a mean over units: the same held-out windows, or the same seeds, for every model. */
export interface SampledPoint {
  readonly compute: number;
  /** Loss of each unit; the same units in the same order for every point of a comparison. */
  readonly losses: ArrayLike<number>;
}

/** A compute multiplier with its bootstrap interval. */
export interface MultiplierEstimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Options of `estimateMultiplier`. */
export interface MultiplierOptions {
  readonly rng: Rng;
  /** Samples drawn with replacement; 1000 by default. */
  readonly resamples?: number;
  /** Probability that the interval is meant to hold; 0.95 by default. */
  readonly confidence?: number;
}

/**
 * The compute multiplier with a percentile bootstrap interval over the units that both sides were scored on.
 *
 * @returns undefined where the frontiers have no loss in common, or have none in more than a tenth of the resamples.
 * @see Efron, Tibshirani 1993, An introduction to the bootstrap, §13.3.
 */
export function estimateMultiplier(
  baseline: readonly SampledPoint[],
  structure: readonly SampledPoint[],
  options: MultiplierOptions,
): MultiplierEstimate | undefined {
  const { rng, resamples = 1000, confidence = 0.95 } = options;
  const units = baseline[0]?.losses.length ?? 0;
  const multiplier = (drawn: readonly number[]): number | undefined =>
    computeMultiplier(pointsOf(baseline, drawn), pointsOf(structure, drawn));
  const value = multiplier(Array.from({ length: units }, (_, unit) => unit));
  if (value === undefined) return undefined;
  const values = Array.from({ length: resamples }, () =>
    multiplier(Array.from({ length: units }, () => uniformInteger(rng, units))),
  ).filter((each) => each !== undefined);
  if (values.length < 0.9 * resamples) return undefined;
  const sorted = Float64Array.from(values).sort();
  const outside = (1 - confidence) / 2;
  return { value, low: quantileOfSorted(sorted, outside), high: quantileOfSorted(sorted, 1 - outside) };
}

/** The points whose losses are means over the drawn units. */
const pointsOf = (points: readonly SampledPoint[], drawn: readonly number[]): readonly ScalingPoint[] =>
  points.map(({ compute, losses }) => ({
    compute,
    loss: drawn.reduce((total, unit) => total + (losses[unit] ?? Number.NaN), 0) / drawn.length,
  }));
