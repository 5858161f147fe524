import { keyFromSeed, normal, normalQuantile, rngFromKey } from '@einlab/numerics';
import { float32, property } from '@einlab/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gaussianForecast, pointForecast } from '../baseline/gaussian-forecast.ts';
import { deciles } from '../forecast/quantile-forecast.ts';
import { aggregateScores } from './aggregate.ts';
import { anomaliesOf } from './anomalies.ts';
import { backtest, cutWindows, seasonalNaivePoint } from './backtest.ts';
import {
  coverage,
  crps,
  crpsOfSamples,
  mase,
  quantileLoss,
  type ScoredWindow,
  scaledQuantileLoss,
  seasonalError,
  weightedQuantileLoss,
} from './scores.ts';
import { seasonOf } from './season.ts';

const ramp = [1, 2, 3, 4, 5, 6];
const off: ScoredWindow = { history: ramp, actual: [7, 9], forecast: pointForecast([7, 7], deciles) };

describe('scores', () => {
  it('mase divides the error of the median by the in-sample error of the seasonal naive forecast', () => {
    expect(seasonalError(ramp, 2)).toBe(2);
    expect(mase([off], 2)).toBe(0.5);
    expect(mase([off], 1)).toBe(1);
  });

  it('mase takes season 1 where the history is shorter than a season', () => {
    expect(mase([off], 100)).toBe(mase([off], 1));
  });

  it('leaves out steps that nobody knows, and series without a scale', () => {
    const flat: ScoredWindow = { ...off, history: [3, 3, 3] };
    const unknown: ScoredWindow = { ...off, actual: [NaN, 9] };
    expect(mase([off, flat], 1)).toBe(1);
    expect(mase([unknown], 1)).toBe(2);
    expect(scaledQuantileLoss([off, flat], 1)).toBe(scaledQuantileLoss([off], 1));
  });

  it('weightedQuantileLoss of a point forecast is Σ|error| / Σ|y|', () => {
    expect(weightedQuantileLoss([off])).toBeCloseTo(2 / 16, 12);
  });

  it('coverage counts outcomes not above each quantile', () => {
    const spread: ScoredWindow = {
      ...off,
      actual: [0, 10],
      forecast: {
        levels: [0.1, 0.9],
        quantiles: [Float64Array.of(-1, 11), Float64Array.of(1, 12)],
        mean: Float64Array.of(0, 11),
      },
    };
    expect(coverage([spread])).toEqual([0.5, 1]);
    // an outcome on a quantile is not above it
    expect(coverage([{ ...spread, actual: [-1, 12] }])).toEqual([0.5, 1]);
  });

  it('crps of many levels comes near that of samples of the same distribution', () => {
    const levels = Array.from({ length: 199 }, (_, i) => (i + 1) / 200);
    const forecast = gaussianForecast([0], () => 1, levels);
    const rng = rngFromKey(keyFromSeed(1));
    const samples = Array.from({ length: 20_000 }, () => normal(rng));
    const got = crps([{ forecast, actual: [0.7], history: ramp }]);
    // y(2Φ(y) − 1) + 2φ(y) − 1/√π, Gneiting and Raftery 2007
    const phi = Math.exp(-0.245) / Math.sqrt(2 * Math.PI);
    const exact = 0.7 * (2 * 0.758036 - 1) + 2 * phi - 1 / Math.sqrt(Math.PI);
    expect(got).toBeCloseTo(exact, 2);
    expect(crpsOfSamples(samples, 0.7)).toBeCloseTo(exact, 1);
  });

  property(
    'the quantile loss is least, in the mean, at the quantile',
    fc.tuple(fc.integer({ min: 1, max: 19 }), float32({ min: -3, max: 3 })),
    ([twentieth, elsewhere]) => {
      const level = twentieth / 20;
      const draws = Array.from({ length: 400 }, (_, i) => normalQuantile((i + 0.5) / 400));
      const mean = (at: number): number => draws.reduce((total, y) => total + quantileLoss(y, at, level), 0);
      return mean(normalQuantile(level)) <= mean(elsewhere) + 1e-2;
    },
  );

  it('crpsOfSamples is mean |x − y| − ½ mean |x − x′|, in plain loops', () => {
    const samples = [3, -1, 4, 1, 5];
    const pairs = samples.flatMap((a) => samples.map((b) => Math.abs(a - b)));
    const distance = samples.reduce((total, a) => total + Math.abs(a - 2), 0) / 5;
    expect(crpsOfSamples(samples, 2)).toBeCloseTo(distance - pairs.reduce((a, b) => a + b, 0) / 50, 12);
  });

  it('refuses forecasts of another length, with both lengths', () => {
    expect(() => mase([{ ...off, actual: [1] }], 1)).toThrow('a forecast has 2 steps and what happened has 1');
    expect(() => mase([], 1)).toThrow('there are no forecasts to score');
  });
});

describe('backtest', () => {
  it('cuts the last windows one after the other, each with all that came before it', () => {
    const cuts = cutWindows({ name: 'ramp', series: [ramp], horizon: 2, season: 1, windows: 2 });
    expect(cuts.map(({ history, actual }) => [[...history], [...actual]])).toEqual([
      [
        [1, 2],
        [3, 4],
      ],
      [
        [1, 2, 3, 4],
        [5, 6],
      ],
    ]);
  });

  it('leaves out windows without a past, and refuses a set without any window', async () => {
    expect(cutWindows({ name: 'ramp', series: [ramp], horizon: 4, season: 1, windows: 3 }).length).toBe(1);
    const short = { name: 'short', series: [[1, 2, 3]], horizon: 4, season: 1 };
    await expect(backtest(short, seasonalNaivePoint, deciles)).rejects.toThrow(
      'backtest of short: the longest of 1 series has 3 values; expected at least 6',
    );
  });
});

describe('aggregateScores', () => {
  it('is the geometric mean of the ratios, with wins, ties counted half', () => {
    const scores = [
      { name: 'a', score: 1, baseline: 2 },
      { name: 'b', score: 2, baseline: 1 },
      { name: 'c', score: 3, baseline: 3 },
      { name: 'd', score: NaN, baseline: 3 },
    ];
    const { value, wins, count, low, high } = aggregateScores(scores, keyFromSeed(1));
    expect([value, wins, count]).toEqual([1, 2, 4]);
    expect(low).toBeLessThan(1);
    expect(high).toBeGreaterThan(1);
  });

  it('refuses a baseline of 0', () => {
    expect(() => aggregateScores([{ name: 'a', score: 1, baseline: 0 }], keyFromSeed(1))).toThrow(
      'the baseline of a is 0',
    );
  });
});

describe('anomaliesOf', () => {
  it('flags what lies outside the outermost quantiles', () => {
    const forecast = gaussianForecast([0, 0, 0], () => 1, [0.01, 0.5, 0.99]);
    expect(anomaliesOf(forecast, [0, -3, 4]).map(({ step, side }) => [step, side])).toEqual([
      [1, 'below'],
      [2, 'above'],
    ]);
    const [low, high] = [forecast.quantiles[0][0], forecast.quantiles[2][0]];
    expect(anomaliesOf(forecast, [low, high, NaN])).toEqual([]);
  });
});

describe('seasonOf', () => {
  it('has the seasons of the published tables, and refuses others', () => {
    expect(['h', 'D', 'W', 'ME', 'QE', 'B'].map(seasonOf)).toEqual([24, 1, 1, 12, 4, 5]);
    expect(() => seasonOf('fortnight')).toThrow('the frequency is "fortnight"; expected one of s, min');
  });
});
