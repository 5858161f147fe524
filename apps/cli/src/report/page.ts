import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename } from 'node:path';
import { comparisonCells, frontierCells } from '../compare/comparison-table.ts';
import { formatCount } from '../terminal/format.ts';
import type { Column } from '../terminal/table.ts';
import { chartsOf } from './chart-data.ts';
import { chartScript } from './charts.ts';
import { pageStyle } from './page-style.ts';
import type { Results } from './results.ts';

/** Text as HTML shows it. */
export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

/** JSON inside a script element: no text in it can end the element. */
export const embeddedJson = (value: unknown): string => JSON.stringify(value).replaceAll('<', '\\u003c');

/** A file of the npm package uPlot. */
export const uplotFile = (name: string): string =>
  readFileSync(createRequire(import.meta.url).resolve(`uplot/dist/${name}`), 'utf8');

const cell = (tag: 'td' | 'th', { align }: Column, text: string): string =>
  `<${tag}${align === 'right' ? ' class="number"' : ''}>${escapeHtml(text).replaceAll('\n', '<br>')}</${tag}>`;

/** A table with scroll bars of its own where the page is narrow. */
export function htmlTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const line = (tag: 'td' | 'th', cells: readonly string[]): string =>
    `<tr>${columns.map((column, i) => cell(tag, column, cells[i] ?? '')).join('')}</tr>`;
  const head = line(
    'th',
    columns.map((column) => column.head),
  );
  return `<div class="wide"><table><thead>${head}</thead><tbody>${rows.map((row) => line('td', row)).join('')}</tbody></table></div>`;
}

/** Tasks in words. */
export const taskNames: Readonly<Record<Results['settings']['task'], string>> = {
  text: 'the next character of a text',
  teacher: 'a random function of 8 numbers',
  images: 'classes of synthetic images, pixels shuffled',
};

/** Settings as a list of terms. */
function settingsList({ settings, steps, machine, finishedAt }: Results): string {
  const { task, text, seed, seeds, batch, rate, context, layers, heads, budgetSeconds } = settings;
  const entries: readonly (readonly [string, string])[] = [
    ['task', taskNames[task]],
    ...(text === undefined
      ? []
      : [
          [
            'text',
            `${text.name}: ${formatCount(text.characters)} characters, an alphabet of ${text.vocabulary}; the last tenth is held out`,
          ] as const,
        ]),
    [
      'steps',
      `${steps} of ${batch} ${task === 'text' ? `windows of ${context} characters` : 'points'}${budgetSeconds === undefined ? '' : `, as many as fit into ${budgetSeconds} s`}`,
    ],
    ['model', task === 'text' ? `${layers} blocks, ${heads} heads` : `${layers} residual blocks`],
    [
      'learning rate',
      `${rate} at width 64, ${settings.naiveRates ? 'the dense rule for every core' : 'structure-aware'}`,
    ],
    ['seeds', seeds === 1 ? String(seed) : `${seed} to ${seed + seeds - 1}`],
    [
      'machine',
      `${machine.processor}, ${machine.cores} cores, ${machine.threads} threads, Node ${machine.node}, ${settings.device} device`,
    ],
    ['finished', `${finishedAt.replace('T', ' ').slice(0, 19)} UTC, after ${machine.wallSeconds.toFixed(0)} s`],
  ];
  return `<dl>${entries.map(([term, text]) => `<dt>${escapeHtml(term)}</dt><dd>${escapeHtml(text)}</dd>`).join('')}</dl>`;
}

/** How the figures are to be read. */
function notes({ settings, frontiers }: Results): string {
  const isText = settings.task === 'text';
  const several = settings.seeds > 1;
  const lines = [
    `Errors are standard errors ${several ? 'over seeds' : `over the held-out ${isText ? 'windows' : 'groups of points'}, for one seed`}; that of a gap is smaller because both models are scored on the same ${several ? 'seeds and ' : ''}${isText ? 'windows' : 'points'}.`,
    'A gap refers to the dense model with the nearest compute; below 0 is better than dense.',
    isText
      ? 'Multiply-accumulates are of the linear layers in the blocks, forward, per character. The head and attention are counted beside them, attention over the whole context.'
      : 'Multiply-accumulates are of all linear layers, forward, per example.',
    ...(frontiers.length > 0
      ? [
          'A compute multiplier of 2 means that dense layers need twice the compute for the same loss; the interval is a 95 % bootstrap over seeds, or over held-out units for one seed, and too narrow for fewer than ten seeds.',
        ]
      : []),
  ];
  return `<ul>${lines.map((line) => `<li>${escapeHtml(line)}</li>`).join('')}</ul>`;
}

/** uPlot asks for number formats in the browser's language, and some headless browsers name one that does not exist. */
export const knownLanguage = `try { new Intl.NumberFormat(navigator.language) } catch { Object.defineProperty(navigator, 'language', { value: 'en' }) }`;

/** The report as one HTML page that needs nothing else: scripts, styles and data are in it. */
export function reportPage(results: Results): string {
  const charts = chartsOf(results);
  const table = comparisonCells(results.rows, results.settings.task);
  const frontierTable = frontierCells(results.frontiers);
  const { text } = results.settings;
  const title = `Structures compared on ${text === undefined ? taskNames[results.settings.task] : basename(text.name)}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>${escapeHtml(title)}</title>
<style>${uplotFile('uPlot.min.css')}${pageStyle}</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
${htmlTable(table.columns, table.cells)}
${results.frontiers.length > 0 ? htmlTable(frontierTable.columns, frontierTable.cells) : ''}
${notes(results)}
${charts.map(({ title: name }, i) => `<section><h2>${escapeHtml(name)}</h2><div id="chart-${i}"></div></section>`).join('\n')}
<h2>Settings</h2>
${settingsList(results)}
</main>
<script type="application/json" id="charts">${embeddedJson(charts)}</script>
<script type="application/json" id="results">${embeddedJson(results)}</script>
<script>${knownLanguage}
${uplotFile('uPlot.iife.min.js')}
${chartScript}</script>
</body>
</html>
`;
}
