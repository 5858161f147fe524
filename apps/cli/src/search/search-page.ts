import { chartScripts, chartSections, chartStyle } from '../report/chart-page.ts';
import type { Chart, ChartLine } from '../report/charts.ts';
import { escapeHtml, htmlPage, htmlTable } from '../report/html.ts';
import type { Machine } from '../report/results.ts';
import type { SearchSettings } from './search-settings.ts';
import type { SearchSummary } from './search-summary.ts';
import { searchCells } from './search-table.ts';
import { panelScript, panelStyle, taxonomyPanels } from './taxonomy-panels.ts';

/** Everything that a search's report shows. */
export interface SearchResults extends SearchSummary {
  readonly settings: SearchSettings;
  readonly rungs: readonly { readonly steps: number; readonly candidates: number }[];
  readonly isComplete: boolean;
  readonly machine: Machine;
  readonly finishedAt: string;
}

/** Colors that keep apart for most eyes (Okabe, Ito 2008). */
const colors = ['#0072B2', '#D55E00', '#009E73', '#CC79A7', '#E69F00', '#56B4E9', '#8C6D31', '#7F7F7F'];

/** How many candidates the charts show: dense, and the best. */
const shownCurves = 7;

function chartsOf({ curves, rows, settings }: SearchResults): readonly Chart[] {
  const isDense = (name: string): boolean => rows.find((row) => row.name === name)?.point === 'dense';
  const dense = curves.filter(({ name }) => isDense(name));
  const others = curves.filter(({ name }) => !isDense(name)).slice(0, shownCurves - dense.length);
  const shown = [...dense, ...others];
  const y = settings.runs.task === 'text' ? 'validation loss, nats per character' : 'test error, mean square';
  const x = 'multiply-accumulates of the linear layers, forward, over the whole run';
  const line = (
    i: number,
    name: string,
    points: readonly { compute: number; loss: number }[],
    isMarks: boolean,
  ): ChartLine => ({
    name,
    color: colors[i % colors.length] ?? '#7F7F7F',
    isDashed: isDense(name),
    isMarks,
    points: points.map(({ compute, loss }) => [compute, loss] as const),
  });
  return [
    {
      title: 'Compute frontiers of dense and the best candidates',
      x,
      y,
      isLogX: true,
      lines: shown.map(({ name, frontier }, i) => line(i, name, frontier, false)),
    },
    {
      title: 'All runs of dense and the best candidates',
      x,
      y,
      isLogX: true,
      lines: shown.map(({ name, points }, i) => line(i, name, points, true)),
    },
  ];
}

/** The report of a search as one HTML page that needs nothing else. */
export function searchPage(results: SearchResults): string {
  const { rows, settings, rungs, machine, isComplete, finishedAt } = results;
  const { runs } = settings;
  const charts = chartsOf(results);
  const { columns, cells } = searchCells(rows);
  const task = runs.task === 'text' ? (runs.text?.name ?? 'a text') : 'a random function of 8 numbers';
  const title = 'Structures searched';
  const terms: readonly (readonly [string, string])[] = [
    ['task', task],
    [
      'space',
      `${settings.space}: ${settings.candidates.length - 1} points${settings.refined > 0 ? `, and ${settings.refined} near the best` : ''}`,
    ],
    ['halving', rungs.map(({ steps, candidates }) => `${candidates} for ${steps} steps`).join(', ')],
    ['seeds', runs.seeds === 1 ? String(runs.seed) : `${runs.seed} to ${runs.seed + runs.seeds - 1}`],
    ['dense widths', (runs.widths['dense'] ?? []).join(', ')],
    ['machine', `${machine.processor}, ${machine.cores} cores, ${machine.threads} threads, Node ${machine.node}`],
    ['finished', `${finishedAt.replace('T', ' ').slice(0, 19)} UTC, after ${machine.wallSeconds.toFixed(0)} s`],
  ];
  const notes = [
    ...(isComplete
      ? []
      : [
          'The time budget ended before the last rung did: candidates are ranked by the last rung of which they have all runs.',
        ]),
    'Ranked by the rung that a candidate reached, then by its loss against dense at equal compute: the mean over widths and seeds of the ratio to the power law through the dense runs of that rung.',
    `Intervals are 95 % bootstraps over ${runs.seeds > 1 ? 'seeds' : 'held-out units, for one seed'}; they say nothing about other tasks.`,
    'ω: parameter sharing, ψ: rank, ν: compute of a family of such maps; uses per parameter: exact, at the widest width.',
  ];
  return htmlPage({
    title,
    style: chartStyle() + panelStyle,
    content: `${htmlTable(columns, cells)}
<ul>${notes.map((line) => `<li>${escapeHtml(line)}</li>`).join('')}</ul>
<section><h2>Sharing ω, rank ψ, compute ν; blue is better than dense, orange worse</h2>${taxonomyPanels(rows)}</section>
${chartSections(charts)}
<h2>Settings</h2>
<dl>${terms.map(([term, text]) => `<dt>${escapeHtml(term)}</dt><dd>${escapeHtml(text)}</dd>`).join('')}</dl>`,
    scripts: chartScripts(charts, results, panelScript),
  });
}
