import type { QuantileForecast } from '../forecast/quantile-forecast.ts';
import { escaped, picture, ticksOf, yGrid } from './chart-parts.ts';

/** What a chart shows. */
export interface FanChart {
  readonly title: string;
  /** The past, NaN where missing; the last part of it is drawn. */
  readonly history: ArrayLike<number>;
  readonly forecast: QuantileForecast;
  /** Labels of the first drawn value, the last value of the past, and the last forecast one. */
  readonly labels: readonly [first: string, now: string, end: string];
}

const [width, height, left, right, top, bottom] = [880, 360, 72, 16, 40, 36];

/**
 * A forecast as SVG: the past as a line, the median beyond it (the mean where it was not asked for), and a band between each pair of quantiles on either side of it.
 */
export function fanChart({ title, history, forecast, labels }: FanChart): string {
  const { levels, quantiles } = forecast;
  const horizon = forecast.mean.length;
  const past = Array.from(history).slice(-Math.max(32, 4 * horizon));
  const all = [...past, ...quantiles.flatMap((row) => [...row])].filter(Number.isFinite);
  const [least, most] = [Math.min(...all), Math.max(...all)];
  const margin = least === most ? Math.max(1, Math.abs(least) / 10) : (most - least) * 0.05;
  const [low, high] = [least - margin, most + margin];
  const steps = past.length + horizon - 1;
  const x = (step: number): string => (left + ((width - left - right) * step) / Math.max(1, steps)).toFixed(1);
  const y = (value: number): string => (top + ((height - top - bottom) * (high - value)) / (high - low)).toFixed(1);
  const now = past.length - 1;
  const last = past.findLast((value) => !Number.isNaN(value)) ?? 0;
  const ahead = (row: ArrayLike<number>): string[] =>
    [last, ...Array.from(row)].map((value, step) => `${x(now + step)},${y(value)}`);
  const bands = levels
    .map((level, q) => ({ level, low: quantiles[q], high: quantiles[levels.length - 1 - q] }))
    .filter(({ level }) => level < 0.5)
    .map(({ low: lower, high: upper }) =>
      lower === undefined || upper === undefined
        ? ''
        : `<polygon class="band" points="${[...ahead(lower), ...ahead(upper).reverse()].join(' ')}"/>`,
    );
  const pieces: string[][] = [[]];
  past.forEach((value, step) => {
    if (Number.isNaN(value)) pieces.push([]);
    else pieces.at(-1)?.push(`${x(step)},${y(value)}`);
  });
  const middle = quantiles[levels.findIndex((level) => Math.abs(level - 0.5) < 1e-9)] ?? forecast.mean;
  const grid = yGrid(ticksOf(low, high), y, { left, right: width - right });
  const texts = [
    `<text x="${left}" y="${height - 12}">${escaped(labels[0])}</text>`,
    `<text x="${x(now)}" y="${height - 12}" text-anchor="middle">${escaped(labels[1])}</text>`,
    `<text x="${width - right}" y="${height - 12}" text-anchor="end">${escaped(labels[2])}</text>`,
  ];
  return picture({ width, height }, title, [
    ...grid,
    ...bands,
    ...pieces
      .filter((piece) => piece.length > 0)
      .map((piece) => `<polyline class="past" points="${piece.join(' ')}"/>`),
    `<polyline class="ahead" points="${ahead(middle).join(' ')}"/>`,
    ...texts,
  ]);
}
