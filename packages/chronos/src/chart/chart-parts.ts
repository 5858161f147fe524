/** Text as SVG shows it. */
export const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

/** Round numbers inside a range. */
export function ticksOf(low: number, high: number): number[] {
  const rough = (high - low) / 5;
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  const step = magnitude * ([1, 2, 5, 10].find((each) => each * magnitude >= rough) ?? 10);
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.max(0, Math.floor(high / step) - first + 1) }, (_, i) =>
    Number(((first + i) * step).toPrecision(12)),
  );
}

/** Lines across a chart at round values, with the values on their left. */
export const yGrid = (
  ticks: readonly number[],
  y: (value: number) => string,
  { left, right }: { readonly left: number; readonly right: number },
): string[] =>
  ticks.map(
    (tick) =>
      `<line class="grid" x1="${left}" x2="${right}" y1="${y(tick)}" y2="${y(tick)}"/><text x="${left - 8}" y="${y(tick)}" text-anchor="end" dominant-baseline="middle">${tick}</text>`,
  );

/** A whole chart: its title, its own colors on white, and nothing from outside. */
export const picture = (
  { width, height }: { readonly width: number; readonly height: number },
  title: string,
  parts: readonly string[],
): string =>
  [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" font-family="sans-serif" font-size="12">`,
    `<title>${escaped(title)}</title>`,
    '<style>.band{fill:#1d4ed8;opacity:.16}.past{fill:none;stroke:#222;stroke-width:1.5}.ahead{fill:none;stroke:#1d4ed8;stroke-width:2}.dot{fill:#1d4ed8;opacity:.3}.grid{stroke:#ddd}text{fill:#555}.title{font-size:15px;fill:#222}</style>',
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<text class="title" x="72" y="24">${escaped(title)}</text>`,
    ...parts,
    '</svg>\n',
  ].join('\n');
