import { type ForecastTable, fanChart, type SeriesForecast } from '@einlab/chronos';
import { escapeHtml, htmlTable } from '../report/html.ts';
import { pageStyle } from '../report/page-style.ts';
import { scoreTable, stepTable, titleOf } from './forecast-output.ts';
import type { MethodScores } from './method-scores.ts';

/** Series that are drawn on the page; results.json has all. */
const mostDrawn = 40;

const list = (lines: readonly string[]): string =>
  `<ul>${lines.map((line) => `<li>${escapeHtml(line)}</li>`).join('')}</ul>`;

const remarks = (all: ForecastTable['refused']): string =>
  list(all.map(({ id, reason }) => (id === '' ? reason : `${id}: ${reason}`)));

/** The chart of one forecast. */
export function chartOf(each: SeriesForecast): string {
  const { history, forecast, times, last } = each;
  return fanChart({
    title: titleOf(each),
    history,
    forecast,
    labels: ['', last, times.at(-1) ?? ''],
  });
}

function section(each: SeriesForecast): string {
  const { columns, rows } = stepTable(each);
  return `<section><h2>${escapeHtml(titleOf(each))}</h2><div class="wide">${chartOf(each)}</div><details><summary>Quantiles</summary>${htmlTable(columns, rows)}</details></section>`;
}

/** A forecast as one page that needs nothing else. */
export function forecastPage(
  title: string,
  result: ForecastTable,
  { model, scores }: { readonly model: string; readonly scores: readonly MethodScores[] | undefined },
): string {
  const { forecasts, refused, notes, inferred } = result;
  const scored = scores === undefined ? undefined : scoreTable(scores);
  const more = forecasts.length - mostDrawn;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>${escapeHtml(title)}</title>
<style>${pageStyle} svg { max-width: 100%; height: auto; }</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
<p>Forecast by ${escapeHtml(model)}: a band reaches from a low quantile to the high one opposite, the line in it is the median.</p>
${list(inferred)}
${refused.length > 0 ? `<h2>Not forecast</h2>${remarks(refused)}` : ''}
${notes.length > 0 ? `<h2>To know about</h2>${remarks(notes)}` : ''}
${scored === undefined ? '' : `<h2>Backtest</h2><p>Errors on the last windows of every series; lower is better.</p>${htmlTable(scored.columns, scored.rows)}`}
${forecasts.slice(0, mostDrawn).map(section).join('\n')}
${more > 0 ? `<p>And ${more} more series, which results.json has.</p>` : ''}
</main>
</body>
</html>
`;
}
