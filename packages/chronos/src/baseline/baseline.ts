import { EinlabError } from '@einlab/einsum-core';
import { deciles, type QuantileForecast } from '../forecast/quantile-forecast.ts';

/** What a baseline is asked for. */
export interface BaselineOptions {
  readonly horizon: number;
  /** Steps of a season; default 1. */
  readonly season?: number;
  /** Default the deciles. */
  readonly levels?: readonly number[];
}

/** A classical forecast of one series from its history alone; NaN is missing. */
export type Baseline = (history: ArrayLike<number>, options: BaselineOptions) => QuantileForecast;

/** Options that make sense, with their defaults. @throws {EinlabError} `option` */
export function checkedOptions(
  where: string,
  { horizon, season = 1, levels = deciles }: BaselineOptions,
): Required<BaselineOptions> {
  for (const [name, value] of [
    ['horizon', horizon],
    ['season', season],
  ] as const) {
    if (!(Number.isInteger(value) && value >= 1)) {
      throw new EinlabError('option', `${where}: ${name} is ${value}; expected a whole number ≥ 1`, { [name]: value });
    }
  }
  return { horizon, season, levels };
}

/** The observed values with gaps filled by the last value before them; empty where nothing was observed. */
export function filled(history: ArrayLike<number>): Float64Array {
  const values = Float64Array.from(history);
  const first = values.findIndex((value) => !Number.isNaN(value));
  if (first < 0) return new Float64Array(0);
  for (let t = first + 1; t < values.length; t++) if (Number.isNaN(values[t])) values[t] = values[t - 1];
  return values.subarray(first);
}
