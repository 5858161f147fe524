import { quantileOfSorted } from '@einlab/numerics';
import { itWithShared } from '@einlab/testkit';
import { describe, expect } from 'vitest';
import { interpolateQuantiles, levelMasses, weightedQuantiles } from '../forecast/interpolate-quantiles.ts';
import { expectClose, flat, golden } from '../golden.test-helper.ts';
import { pointErrors } from './point-errors.ts';
import { mase, meanQuantileLoss, type ScoredWindow, scaledQuantileLoss, weightedQuantileLoss } from './scores.ts';

interface Metrics {
  past: number[][];
  y_true: number[][];
  quantiles: number[][][];
  levels: number[];
  seasonality: number;
  scores: Record<string, number>;
}

interface Utilities {
  interpolate: { levels: number[]; values: number[][]; query: number[]; out: number[][] };
  interpolate_21: Utilities['interpolate'];
  weighted: { weights: number[]; samples: number[][]; query: number[]; out: number[][] };
  torch_quantile: { samples: number[][]; q: number[]; out: number[][] };
  prob_mass_9: number[];
  prob_mass_21: number[];
}

describe('scores against the reference', () => {
  itWithShared('all eleven metrics of the benchmark', () => {
    const { past, y_true: actuals, quantiles, levels, seasonality, scores } = golden<Metrics>('metrics');
    const windows = actuals.map((actual, i): ScoredWindow => {
      const rows = levels.map((_, q) => Float64Array.from(quantiles[i], (step) => step[q]));
      return { actual, history: past[i], forecast: { levels, quantiles: rows, mean: rows[4] } };
    });
    const points = pointErrors(windows, seasonality);
    const got = {
      MASE: mase(windows, seasonality),
      WQL: weightedQuantileLoss(windows),
      SQL: scaledQuantileLoss(windows, seasonality),
      MQL: meanQuantileLoss(windows),
      MAE: points.mae,
      MSE: points.mse,
      RMSE: points.rmse,
      RMSSE: points.rmsse,
      WAPE: points.wape,
      MAPE: points.mape,
      SMAPE: points.smape,
    };
    expect(Object.keys(got).sort()).toEqual(Object.keys(scores).sort());
    for (const [name, value] of Object.entries(got)) expectClose([value], [scores[name]], 1e-5, name);
  });

  itWithShared('quantiles between levels, of weighted samples, and the masses of levels', () => {
    const u = golden<Utilities>('quantile_utils');
    for (const { levels, values, query, out } of [u.interpolate, u.interpolate_21]) {
      expectClose(
        values.flatMap((row) => [...interpolateQuantiles(levels, row, query)]),
        flat(out),
        1e-5,
        'interpolate',
      );
    }
    const total = u.weighted.weights.reduce((a, b) => a + b, 0);
    const weights = u.weighted.weights.map((weight) => weight / total);
    const weighted = u.weighted.samples.flatMap((row) => [...weightedQuantiles(row, weights, u.weighted.query)]);
    expectClose(weighted, flat(u.weighted.out), 1e-5, 'weighted');
    const plain = u.torch_quantile.samples.flatMap((row) => {
      const sorted = Float64Array.from(row).sort();
      return u.torch_quantile.q.map((level) => quantileOfSorted(sorted, level));
    });
    expectClose(plain, flat(u.torch_quantile.out), 1e-5, 'plain');
    const nine = Array.from({ length: 9 }, (_, i) => (i + 1) / 10);
    expectClose(levelMasses(nine), u.prob_mass_9, 1e-6, 'masses of 9');
    expectClose(levelMasses(twentyOne), u.prob_mass_21, 1e-6, 'masses of 21');
  });
});

const twentyOne = [0.01, ...Array.from({ length: 19 }, (_, i) => (i + 1) / 20), 0.99];
