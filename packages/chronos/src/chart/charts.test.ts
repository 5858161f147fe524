import { describe, expect, it } from 'vitest';
import { gaussianForecast } from '../baseline/gaussian-forecast.ts';
import { fanChart } from './fan-chart.ts';
import { lossCurve } from './loss-curve.ts';

describe('charts', () => {
  it('fanChart stays inside its frame, whatever the values', () => {
    const forecast = gaussianForecast([1e9, -1e9], () => 1e8, [0.1, 0.5, 0.9]);
    const svg = fanChart({ title: '<&>', history: [1, NaN, 3], forecast, labels: ['a', 'b', 'c'] });
    expect(svg).toContain('&#60;&#38;&#62;');
    const numbers = [...svg.matchAll(/(\d+\.\d),(-?\d+\.\d)/g)].map(([, , y]) => Number(y));
    expect(numbers.length).toBeGreaterThan(8);
    expect(numbers.every((y) => y >= 0 && y <= 360)).toBe(true);
  });

  it('fanChart draws the median, and the mean where no median was asked for', () => {
    const draw = (levels: readonly number[]): string => {
      const forecast = gaussianForecast([1, 2, 3], () => 1, levels);
      return (
        /class="ahead" points="([^"]*)"/.exec(
          fanChart({ title: '', history: [0, 4], forecast, labels: ['', '', ''] }),
        )?.[1] ?? ''
      );
    };
    const heights = (text: string): number[] => text.split(' ').map((point) => Number(point.split(',')[1]));
    // the frame is that of the bands, which are the same
    expect(heights(draw([0.1, 0.9]))).toEqual(heights(draw([0.1, 0.5, 0.9])));
  });

  it('lossCurve goes through a running mean that lags nowhere', () => {
    const losses = Array.from({ length: 41 }, (_, i) => ({ step: 10 * (i + 1), loss: 100 - i }));
    const svg = lossCurve({ title: '<t>', losses, unit: 'nats' });
    expect(svg).toContain('&#60;t&#62;');
    const [, line = ''] = /class="ahead" points="([^"]*)"/.exec(svg) ?? [];
    const dots = [...svg.matchAll(/cx="([\d.]+)" cy="([\d.]+)"/g)].map(([, x, y]) => `${x},${y}`);
    // a straight line is its own mean
    expect(line.split(' ')).toEqual(dots);
    const jumps = losses.map((each, i) => ({ ...each, loss: i % 2 }));
    const [, smooth = ''] = /class="ahead" points="([^"]*)"/.exec(lossCurve({ title: '', losses: jumps })) ?? [];
    const inner = smooth
      .split(' ')
      .slice(3, -3)
      .map((point) => Number(point.split(',')[1]));
    // two on each side of each: means of 2/5 and 3/5
    expect(Math.max(...inner) - Math.min(...inner)).toBeLessThan(0.25 * 268);
    expect(() => lossCurve({ title: '', losses: [] })).toThrow('there are 0 losses');
    expect(() => lossCurve({ title: '', losses: [{ step: 3, loss: NaN }] })).toThrow('the loss at step 3 is NaN');
  });
});
