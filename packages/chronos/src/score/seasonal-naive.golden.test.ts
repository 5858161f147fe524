import { readFileSync } from 'node:fs';
import { itWithShared, sharedPath } from '@einlab/testkit';
import { describe, expect } from 'vitest';
import { deciles } from '../forecast/quantile-forecast.ts';
import { backtest, seasonalNaivePoint } from './backtest.ts';

/** The series of an M4 file. */
function m4Series(name: string): { series: Float32Array[]; horizon: number } {
  const bytes = readFileSync(sharedPath('fixtures', 'timeseries', `${name}.f32`));
  const values = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  const index: { series: [string, number, number, number][] } = JSON.parse(
    readFileSync(sharedPath('fixtures', 'timeseries', `${name}.json`), 'utf8'),
  );
  return {
    series: index.series.map(([, offset, before, after]) => values.subarray(offset, offset + before + after)),
    horizon: index.series[0][3],
  };
}

/** The columns of the exchange rates. */
function exchangeRates(): number[][] {
  const [head, ...lines] = readFileSync(sharedPath('fixtures', 'timeseries', 'exchange_rate_daily.csv'), 'utf8')
    .trim()
    .split('\n');
  return head.split(',').map((_, i) => lines.map((line) => Number(line.split(',')[i])));
}

describe('published scores of the seasonal naive forecast', () => {
  // The published figures: results of the reference implementation's evaluation, to all digits.
  itWithShared('m4_hourly: WQL 0.0483092, MASE 1.1932', async () => {
    const { series, horizon } = m4Series('m4_hourly');
    const scores = await backtest({ name: 'm4_hourly', series, horizon, season: 24 }, seasonalNaivePoint, deciles);
    expect(scores.windows).toBe(414);
    expect(scores.wql).toBeCloseTo(0.0483092, 6);
    expect(scores.mase).toBeCloseTo(1.1932, 3);
  });

  itWithShared('m4_weekly: WQL 0.0633986, MASE 2.7773', async () => {
    const { series, horizon } = m4Series('m4_weekly');
    const scores = await backtest({ name: 'm4_weekly', series, horizon, season: 1 }, seasonalNaivePoint, deciles);
    expect(scores.wql).toBeCloseTo(0.0633986, 6);
    expect(scores.mase).toBeCloseTo(2.7773, 3);
  });

  itWithShared('exchange_rate: WQL 0.0129841, MASE 1.7402', async () => {
    const data = { name: 'exchange_rate', series: exchangeRates(), horizon: 30, season: 5 };
    const scores = await backtest(data, seasonalNaivePoint, deciles);
    expect(scores.wql).toBeCloseTo(0.0129841, 6);
    expect(scores.mase).toBeCloseTo(1.7402, 3);
  });
});
