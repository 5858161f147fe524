import { EinlabError } from '@einlab/einsum-core';
import { assertLevels } from '../forecast/interpolate-quantiles.ts';
import { deciles } from '../forecast/quantile-forecast.ts';
import type { PredictOptions } from './family.ts';

/** Longest horizon that is not a mistake. */
const longestHorizon = 100_000;

/** Refuses options that no forecast can have. @returns the levels */
export function checkedLevels({ horizon, levels = deciles }: PredictOptions): readonly number[] {
  if (!(Number.isInteger(horizon) && horizon >= 1 && horizon <= longestHorizon)) {
    throw new EinlabError(
      'option',
      `predict: horizon is ${horizon}; expected a whole number from 1 to ${longestHorizon}`,
      { horizon },
    );
  }
  assertLevels('predict', levels);
  return levels;
}

/** Refuses a series that no forecast can start from. @param at - its number in the call */
export function assertSeries(values: ArrayLike<number>, at: number): void {
  for (let t = 0; t < values.length; t++) {
    if (values[t] === Infinity || values[t] === -Infinity) {
      throw new EinlabError(
        'data',
        `predict: value ${t} of series ${at} is ${values[t]}; expected finite numbers, NaN where missing`,
        { series: at, at: t },
      );
    }
  }
}
