import { optionFailure } from '../base/check.ts';
import { axes, element, type Frame, label, picture, scaleOf, ticksOf } from './svg.ts';

/** A bound in a plot. */
export interface PlottedBound {
  readonly name: string;
  /** Where it stands along the axis: bits of code, or characters of context. */
  readonly x: number;
  readonly risk: number;
  readonly complexity: number;
  readonly sampling?: number;
}

/** How bounds are plotted. */
export interface BoundPlotOptions {
  readonly title: string;
  /** With the unit: `code, bits`. */
  readonly x: string;
  readonly y?: string;
  /** The loss of guessing, above which a bound says nothing. */
  readonly randomGuess: number;
}

const width = 760;
const height = 420;
const frame: Frame = { left: 64, top: 44, width: 660, height: 310 };

/** Blue for the risk, orange for what is paid (Okabe, Ito 2008). */
const colors = { risk: '#0072B2', complexity: '#E69F00', sampling: '#CC79A7' } as const;

function range(values: readonly number[]): readonly [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return low === high ? [low / 2, high * 2] : [low / (high / low) ** 0.08, high * (high / low) ** 0.08];
}

function assertBounds(where: string, bounds: readonly PlottedBound[]): void {
  if (bounds.length === 0) throw optionFailure(where, 'the number of bounds', 0, 'at least one');
  for (const { name, x, risk, complexity } of bounds) {
    if (!(x > 0 && Number.isFinite(x))) throw optionFailure(where, `x of "${name}"`, x, 'a finite number > 0');
    if (!Number.isFinite(risk + complexity))
      throw optionFailure(where, `the bound of "${name}"`, risk + complexity, 'a finite number');
  }
}

/** A line across the frame at the loss of guessing. */
const guessLine = (at: number, text: string): string =>
  [
    element('line', {
      x1: frame.left,
      x2: frame.left + frame.width,
      y1: at,
      y2: at,
      class: 'limit',
      'stroke-dasharray': '6 5',
    }),
    label(text, frame.left + 6, at - 6),
  ].join('\n');

/**
 * Bounds as bars, risk and complexity stacked, along a logarithmic axis; the bar's height is the bound.
 *
 * @returns an SVG document
 * @throws {EinlabError} `option` for no bounds, or numbers that cannot be drawn
 */
export function stackedBoundPlot(bounds: readonly PlottedBound[], options: BoundPlotOptions): string {
  assertBounds('stackedBoundPlot', bounds);
  const { title, x: xName, y: yName = 'bits per token', randomGuess } = options;
  const sorted = [...bounds].sort((a, b) => a.x - b.x);
  const [low, high] = range(sorted.map(({ x }) => x));
  const top =
    1.08 * Math.max(randomGuess, ...sorted.map(({ risk, complexity, sampling = 0 }) => risk + complexity + sampling));
  const x = scaleOf(low, high, frame.left, frame.left + frame.width, true);
  const y = scaleOf(0, top, frame.top + frame.height, frame.top, false);
  const places = sorted.map((bound) => x(bound.x));
  const gap = Math.min(60, ...places.slice(1).map((place, i) => place - (places[i] ?? 0)));
  const bar = Math.max(6, Math.min(38, 0.7 * gap));
  const bars = sorted.map((bound, i) => {
    const center = places[i] ?? 0;
    let base = 0;
    const parts = (['risk', 'complexity', 'sampling'] as const).flatMap((part) => {
      const size = bound[part] ?? 0;
      if (size <= 0) return [];
      const piece = element('rect', {
        x: center - bar / 2,
        width: bar,
        y: y(base + size),
        height: y(base) - y(base + size),
        fill: colors[part],
      });
      base += size;
      return [piece];
    });
    return parts.join('\n');
  });
  // a name goes a line higher for every name before it that it would touch, and hides the lines behind it
  const taken: { readonly left: number; readonly right: number; readonly at: number }[] = [];
  const names = sorted.map((bound, i) => {
    const half = 3.4 * bound.name.length + 3;
    const [left, right] = [(places[i] ?? 0) - half, (places[i] ?? 0) + half];
    let at = y(bound.risk + bound.complexity + (bound.sampling ?? 0)) - 6;
    while (taken.some((other) => other.left < right && left < other.right && Math.abs(other.at - at) < 13)) at -= 1;
    taken.push({ left, right, at });
    return label(bound.name, places[i] ?? 0, at, { 'text-anchor': 'middle', 'font-size': 11, class: 'halo' });
  });
  const legend = (['risk', 'complexity'] as const).map((part, i) =>
    [
      element('rect', { x: frame.left + 90 * i, y: 16, width: 12, height: 12, fill: colors[part] }),
      label(part, frame.left + 18 + 90 * i, 27),
    ].join('\n'),
  );
  return picture(
    width,
    height,
    title,
    [
      axes(
        frame,
        { name: xName, ticks: ticksOf(low, high, true), scale: x },
        { name: yName, ticks: ticksOf(0, top, false), scale: y },
      ),
      ...bars,
      guessLine(y(randomGuess), 'guessing evenly'),
      ...names,
      ...legend,
    ].join('\n'),
  );
}

/**
 * Bounds and the risks below them as two lines along a logarithmic axis.
 *
 * @returns an SVG document
 * @throws {EinlabError} `option` for no bounds, or numbers that cannot be drawn
 */
export function boundLinePlot(bounds: readonly PlottedBound[], options: BoundPlotOptions): string {
  assertBounds('boundLinePlot', bounds);
  const { title, x: xName, y: yName = 'bits per token', randomGuess } = options;
  const sorted = [...bounds].sort((a, b) => a.x - b.x);
  const [low, high] = range(sorted.map(({ x }) => x));
  const total = ({ risk, complexity, sampling = 0 }: PlottedBound): number => risk + complexity + sampling;
  const top = 1.05 * Math.max(randomGuess, ...sorted.map(total));
  const bottom = 0.9 * Math.min(...sorted.map(({ risk }) => risk));
  const x = scaleOf(low, high, frame.left, frame.left + frame.width, true);
  const y = scaleOf(bottom, top, frame.top + frame.height, frame.top, false);
  const line = (of: (bound: PlottedBound) => number, color: string): string =>
    [
      element('polyline', {
        points: sorted.map((bound) => `${x(bound.x).toFixed(1)},${y(of(bound)).toFixed(1)}`).join(' '),
        fill: 'none',
        stroke: color,
        'stroke-width': 2,
      }),
      ...sorted.map((bound) => element('circle', { cx: x(bound.x), cy: y(of(bound)), r: 4, fill: color })),
    ].join('\n');
  return picture(
    width,
    height,
    title,
    [
      axes(
        frame,
        { name: xName, ticks: [...new Set(sorted.map((bound) => bound.x))], scale: x },
        { name: yName, ticks: ticksOf(bottom, top, false), scale: y },
      ),
      line(({ risk }) => risk, colors.risk),
      line(total, colors.complexity),
      guessLine(y(randomGuess), 'guessing evenly'),
      label('● bound', frame.left, 27, { fill: colors.complexity }),
      label('● risk on the text', frame.left + 90, 27, { fill: colors.risk }),
    ].join('\n'),
  );
}
