import { EinlabError } from '@einlab/einsum-core';
import type { QuantileForecast } from '../forecast/quantile-forecast.ts';

/** An outcome outside what was forecast. */
export interface Anomaly {
  /** Counted from 0. */
  readonly step: number;
  readonly actual: number;
  readonly side: 'below' | 'above';
  /** The quantile that was passed. */
  readonly limit: number;
}

/**
 * Outcomes below the lowest or above the highest quantile of a forecast.
 *
 * @remarks With levels 0.01 and 0.99 one in fifty outcomes of a calibrated forecast is flagged.
 * @throws {EinlabError} `shape` when there are not as many outcomes as steps
 */
export function anomaliesOf({ quantiles }: QuantileForecast, actual: ArrayLike<number>): Anomaly[] {
  const [low, high] = [quantiles[0], quantiles[quantiles.length - 1]];
  if (low.length !== actual.length) {
    throw new EinlabError('shape', `anomaliesOf: ${actual.length} outcomes for ${low.length} steps; expected as many`, {
      actual: actual.length,
      horizon: low.length,
    });
  }
  return Array.from({ length: low.length }, (_, step) => step).flatMap((step): Anomaly[] => {
    const value = actual[step];
    if (value < low[step]) return [{ step, actual: value, side: 'below', limit: low[step] }];
    return value > high[step] ? [{ step, actual: value, side: 'above', limit: high[step] }] : [];
  });
}
