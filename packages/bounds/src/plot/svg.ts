/** Text as SVG shows it. */
export const escapeText = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

/** A rectangle that data are drawn in, with a scale on each side. */
export interface Frame {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Where a value lies along an axis, in pixels. */
export type Scale = (value: number) => number;

/** A scale from [low, high] to [from, to], by logarithms where it is asked for. */
export function scaleOf(low: number, high: number, from: number, to: number, isLog: boolean): Scale {
  const of = (value: number): number => (isLog ? Math.log(value) : value);
  const span = of(high) - of(low) || 1;
  return (value) => from + ((of(value) - of(low)) / span) * (to - from);
}

/** Round values in [low, high]: 1, 2 and 5 times powers of ten. */
export function ticksOf(low: number, high: number, isLog: boolean): readonly number[] {
  const ticks: number[] = [];
  if (isLog) {
    const digits = high / low > 300 ? [1] : [1, 2, 5];
    for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++)
      for (const digit of digits) ticks.push(digit * 10 ** power);
  } else {
    const rough = (high - low) / 6;
    const magnitude = 10 ** Math.floor(Math.log10(rough));
    const step = magnitude * ([1, 2, 5, 10].find((each) => each * magnitude >= rough) ?? 10);
    for (let i = Math.ceil(low / step); i * step <= high; i++) ticks.push(Number((i * step).toPrecision(12)));
  }
  return ticks.filter((tick) => tick >= low * (1 - 1e-12) && tick <= high * (1 + 1e-12));
}

const round = (value: number): string => String(Math.round(value * 100) / 100);

/** A number on an axis: `1.2k`, `3M`. */
export function shortNumber(value: number): string {
  for (const [size, letter] of [
    [1e9, 'G'],
    [1e6, 'M'],
    [1e3, 'k'],
  ] as const)
    if (Math.abs(value) >= size) return `${Number((value / size).toPrecision(3))}${letter}`;
  return String(Number(value.toPrecision(3)));
}

/** An element with attributes; numbers are rounded to hundredths of a pixel. */
export const element = (
  name: string,
  attributes: Readonly<Record<string, string | number>>,
  content: string = '',
): string => {
  const text = Object.entries(attributes)
    .map(([key, value]) => ` ${key}="${typeof value === 'number' ? round(value) : escapeText(value)}"`)
    .join('');
  return content === '' ? `<${name}${text}/>` : `<${name}${text}>${content}</${name}>`;
};

/** A text at a place. */
export const label = (
  text: string,
  x: number,
  y: number,
  attributes: Readonly<Record<string, string | number>> = {},
): string => element('text', { x, y, ...attributes }, escapeText(text));

/** Axes with ticks and names. */
export function axes(
  frame: Frame,
  x: { readonly name: string; readonly ticks: readonly number[]; readonly scale: Scale },
  y: { readonly name: string; readonly ticks: readonly number[]; readonly scale: Scale },
): string {
  const { left, top, width, height } = frame;
  const bottom = top + height;
  const parts = [
    element('rect', { x: left, y: top, width, height, fill: 'none', class: 'frame' }),
    ...x.ticks.flatMap((tick) => [
      element('line', { x1: x.scale(tick), x2: x.scale(tick), y1: bottom, y2: bottom + 5, class: 'frame' }),
      label(shortNumber(tick), x.scale(tick), bottom + 18, { 'text-anchor': 'middle' }),
    ]),
    ...y.ticks.flatMap((tick) => [
      element('line', { x1: left, x2: left + width, y1: y.scale(tick), y2: y.scale(tick), class: 'grid' }),
      label(shortNumber(tick), left - 8, y.scale(tick) + 4, { 'text-anchor': 'end' }),
    ]),
    label(x.name, left + width / 2, bottom + 40, { 'text-anchor': 'middle' }),
    label(y.name, 16, top + height / 2, {
      'text-anchor': 'middle',
      transform: `rotate(-90 16 ${round(top + height / 2)})`,
    }),
  ];
  return parts.join('\n');
}

/** A whole picture: its own colors, light or dark as the reader's system is, and nothing from outside. */
export const picture = (width: number, height: number, title: string, content: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" font-family="system-ui, sans-serif" font-size="13">
<title>${escapeText(title)}</title>
<style>
text { fill: #1c1c1e; } .frame { stroke: #6a6a72; } .grid { stroke: #d9d9de; } .limit { stroke: #b3261e; } .halo { stroke: #ffffff; stroke-width: 4px; paint-order: stroke; }
@media (prefers-color-scheme: dark) { text { fill: #e8e8ec; } .frame { stroke: #a0a0a8; } .grid { stroke: #3a3b41; } .limit { stroke: #ff8a80; } .halo { stroke: #17181b; } }
</style>
${content}
</svg>`;
