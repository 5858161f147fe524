import { type SeasonalPattern, seasonalPatterns } from './seasonal-pattern.ts';

/** A series without its seasons, and the way back. */
export interface SeasonalAdjustment {
  /** The last values of the series, adjusted; NaN is missing. */
  readonly adjusted: Float64Array;
  /** The patterns that were taken away, none where nothing repeats. */
  readonly patterns: readonly SeasonalPattern[];
  /** Patterns were found in logarithms: seasons grow with the level. */
  readonly isLogarithmic: boolean;
  /** A value of the adjusted series, `step` steps after the last one, as a value of the series. Keeps the order of values. */
  readonly restore: (value: number, step: number) => number;
  /** A value of the series as one of the adjusted series. */
  readonly adjust: (value: number, step: number) => number;
}

/** Values that are looked at. */
const reach = 1024;

/** Logarithms of forecasts stay within this much of the largest that was seen: e³ times as large. */
const headroom = 3;

/**
 * Takes from a series what repeats in it, so that a small model need only forecast the rest. Logarithms are used where a series is above 0 and its seasons explain more
 * of it there.
 *
 * @param series - NaN is missing
 */
export function seasonalAdjustment(series: ArrayLike<number>): SeasonalAdjustment {
  const start = Math.max(0, series.length - reach);
  const values = Float64Array.from({ length: series.length - start }, (_, t) => series[start + t]);
  const linear = seasonalPatterns(values);
  const isPositive = linear.length > 0 && values.every((value) => Number.isNaN(value) || value > 0);
  const logs = isPositive ? values.map(Math.log) : values;
  const logarithmic = isPositive ? seasonalPatterns(logs) : [];
  const isLogarithmic = logarithmic.length > 0 && logarithmic[0].explained > linear[0].explained + 0.01;
  const [patterns, chosen] = isLogarithmic ? [logarithmic, logs] : [linear, values];
  const season = (t: number): number => patterns.reduce((total, { period, values: own }) => total + own[t % period], 0);
  const highest = isLogarithmic ? Math.max(...logs.filter((value) => !Number.isNaN(value))) + headroom : Infinity;
  const last = values.length - 1;
  return {
    adjusted: chosen.map((value, t) => value - season(t)),
    patterns,
    isLogarithmic,
    restore: (value, step) => {
      const whole = value + season(last + step);
      return isLogarithmic ? Math.exp(Math.min(whole, highest)) : whole;
    },
    adjust: (value, step) => (isLogarithmic ? Math.log(value) : value) - season(last + step),
  };
}
