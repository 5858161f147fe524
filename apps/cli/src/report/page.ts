import { basename } from 'node:path';
import { comparisonCells, frontierCells } from '../compare/comparison-table.ts';
import { formatCount } from '../terminal/format.ts';
import { chartsOf } from './chart-data.ts';
import { chartScripts, chartSections, chartStyle } from './chart-page.ts';
import { escapeHtml, htmlPage, htmlTable } from './html.ts';
import type { Results } from './results.ts';

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

/** The report as one HTML page that needs nothing else: scripts, styles and data are in it. */
export function reportPage(results: Results): string {
  const charts = chartsOf(results);
  const table = comparisonCells(results.rows, results.settings.task);
  const frontierTable = frontierCells(results.frontiers);
  const { text } = results.settings;
  return htmlPage({
    title: `Structures compared on ${text === undefined ? taskNames[results.settings.task] : basename(text.name)}`,
    style: chartStyle(),
    content: `${htmlTable(table.columns, table.cells)}
${results.frontiers.length > 0 ? htmlTable(frontierTable.columns, frontierTable.cells) : ''}
${notes(results)}
${chartSections(charts)}
<h2>Settings</h2>
${settingsList(results)}`,
    scripts: chartScripts(charts, results),
  });
}
