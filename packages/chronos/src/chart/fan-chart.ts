import type { QuantileForecast } from '../forecast/quantile-forecast.ts';

const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

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

/** Round numbers inside a range. */
function ticksOf(low: number, high: number): number[] {
  const rough = (high - low) / 5;
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  const step = magnitude * ([1, 2, 5, 10].find((each) => each * magnitude >= rough) ?? 10);
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.max(0, Math.floor(high / step) - first + 1) }, (_, i) =>
    Number(((first + i) * step).toPrecision(12)),
  );
}

/**
 * A forecast as SVG: the past as a line, the median beyond it, and a band between each pair of quantiles on either side of it.
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
  const middle = quantiles[Math.floor(levels.length / 2)] ?? forecast.mean;
  const grid = ticksOf(low, high).map(
    (tick) =>
      `<line class="grid" x1="${left}" x2="${width - right}" y1="${y(tick)}" y2="${y(tick)}"/><text x="${left - 8}" y="${y(tick)}" text-anchor="end" dominant-baseline="middle">${tick}</text>`,
  );
  const texts = [
    `<text class="title" x="${left}" y="24">${escaped(title)}</text>`,
    `<text x="${left}" y="${height - 12}">${escaped(labels[0])}</text>`,
    `<text x="${x(now)}" y="${height - 12}" text-anchor="middle">${escaped(labels[1])}</text>`,
    `<text x="${width - right}" y="${height - 12}" text-anchor="end">${escaped(labels[2])}</text>`,
  ];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="12">`,
    '<style>.band{fill:#1d4ed8;opacity:.16}.past{fill:none;stroke:#222;stroke-width:1.5}.ahead{fill:none;stroke:#1d4ed8;stroke-width:2}.grid{stroke:#ddd}text{fill:#555}.title{font-size:15px;fill:#222}</style>',
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    ...grid,
    ...bands,
    ...pieces
      .filter((piece) => piece.length > 0)
      .map((piece) => `<polyline class="past" points="${piece.join(' ')}"/>`),
    `<polyline class="ahead" points="${ahead(middle).join(' ')}"/>`,
    ...texts,
    '</svg>\n',
  ].join('\n');
}
