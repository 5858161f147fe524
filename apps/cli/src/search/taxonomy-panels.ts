import { escapeHtml } from '../report/html.ts';
import type { SearchRow } from './search-summary.ts';

/** A panel shows two of the three exponents. */
const panels: readonly (readonly [x: 'omega' | 'psi' | 'nu', y: 'omega' | 'psi' | 'nu'])[] = [
  ['omega', 'nu'],
  ['psi', 'nu'],
  ['omega', 'psi'],
];
const letters = { omega: 'ω', psi: 'ψ', nu: 'ν' } as const;

/** Size of a panel and its margins, in the units of its view box. */
const size = 260;
const margin = 36;
const place = (value: number): number => margin + value * (size - 2 * margin);

/** Blue below 0, orange above, both stronger with the distance, which is cut at the largest. */
function colorOf(gap: number, largest: number): string {
  const share = Math.max(-1, Math.min(1, largest > 0 ? gap / largest : 0));
  const hue = share < 0 ? 210 : 25;
  return `hsl(${hue} ${Math.round(20 + 75 * Math.abs(share))}% ${Math.round(65 - 20 * Math.abs(share))}%)`;
}

/** Places that coincide are drawn side by side on a small circle. */
function offsets(rows: readonly SearchRow[], [x, y]: (typeof panels)[number]): readonly (readonly [number, number])[] {
  const nameOf = (row: SearchRow): string => `${row[x].toFixed(3)} ${row[y].toFixed(3)}`;
  return rows.map((row, i) => {
    const together = rows.flatMap((other, k) => (nameOf(other) === nameOf(row) ? [k] : []));
    if (together.length === 1) return [0, 0];
    const angle = (2 * Math.PI * together.indexOf(i)) / together.length;
    return [7 * Math.cos(angle), 7 * Math.sin(angle)];
  });
}

/**
 * Three linked panels of the exponents, one circle for each candidate, colored by its loss against dense at equal compute. Pointing at a
 * circle marks the same candidate in all panels and in the table, and shows its name.
 */
export function taxonomyPanels(rows: readonly SearchRow[]): string {
  const finite = rows.filter(({ gap }) => Number.isFinite(gap));
  const largest = Math.max(...finite.map(({ gap }) => Math.abs(gap)), 0.01);
  const drawn = panels.map((axes) => {
    const [x, y] = axes;
    const moved = offsets(rows, axes);
    const grid = [0, 0.25, 0.5, 0.75, 1]
      .map(
        (tick) =>
          `<path d="M${place(tick)} ${margin}V${size - margin}M${margin} ${place(tick)}H${size - margin}"/><text x="${place(tick)}" y="${size - margin + 14}">${tick}</text><text class="side" x="${margin - 6}" y="${size - place(tick) + 4}">${tick}</text>`,
      )
      .join('');
    const circles = rows
      .map((row, i) => {
        const [dx, dy] = moved[i] ?? [0, 0];
        const label = `${row.name}: ω ${row.omega.toFixed(2)}, ψ ${row.psi.toFixed(2)}, ν ${row.nu.toFixed(2)}, loss ${(100 * (Math.exp(row.gap) - 1)).toFixed(1)} % against dense`;
        return `<circle data-candidate="${i}" cx="${(place(row[x]) + dx).toFixed(1)}" cy="${(size - place(row[y]) + dy).toFixed(1)}" r="5" fill="${colorOf(row.gap, largest)}"><title>${escapeHtml(label)}</title></circle>`;
      })
      .join('');
    return `<svg viewBox="0 0 ${size} ${size}" role="img" aria-label="${letters[y]} over ${letters[x]}"><g class="grid">${grid}</g><text class="name" x="${size / 2}" y="${size - 4}">${letters[x]}</text><text class="name" x="10" y="${size / 2}">${letters[y]}</text>${circles}</svg>`;
  });
  return `<div class="panels">${drawn.join('')}</div><p class="pointed" aria-live="polite">&nbsp;</p>`;
}

/** The look of the panels. */
export const panelStyle = `
.panels { display: grid; grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr)); gap: 1rem; }
.panels .grid path { stroke: var(--grid); stroke-width: 0.5; fill: none; }
.panels text { fill: var(--faint); font-size: 9px; text-anchor: middle; }
.panels text.side { text-anchor: end; }
.panels text.name { fill: var(--ink); font-size: 13px; font-style: italic; }
.panels circle { stroke: var(--paper); stroke-width: 1; cursor: pointer; }
.panels circle.marked { stroke: var(--ink); stroke-width: 2.5; }
tr.marked td { background: color-mix(in srgb, var(--ink) 12%, transparent); }
.pointed { color: var(--faint); min-height: 1.5em; }
`;

/** Marks a candidate everywhere at once. The first table of the page has a row for each candidate, in the same order. */
export const panelScript = `
const circles = [...document.querySelectorAll('.panels circle')];
const rows = [...document.querySelectorAll('table tbody')[0].rows];
const told = document.querySelector('.pointed');
function mark(candidate) {
  for (const circle of circles) circle.classList.toggle('marked', circle.dataset.candidate === candidate);
  rows.forEach((row, i) => row.classList.toggle('marked', String(i) === candidate));
  const one = circles.find((circle) => circle.dataset.candidate === candidate);
  told.textContent = one === undefined ? '\\u00a0' : one.textContent;
}
for (const circle of circles) circle.addEventListener('pointerenter', () => mark(circle.dataset.candidate));
rows.forEach((row, i) => row.addEventListener('pointerenter', () => mark(String(i))));
`;
