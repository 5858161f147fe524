import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Chart, chartScript } from './charts.ts';
import { embeddedJson, escapeHtml } from './html.ts';

/** A file of the npm package uPlot. */
const uplotFile = (name: string): string =>
  readFileSync(createRequire(import.meta.url).resolve(`uplot/dist/${name}`), 'utf8');

/** uPlot asks for number formats in the browser's language, and some headless browsers name one that does not exist. */
const knownLanguage = `try { new Intl.NumberFormat(navigator.language) } catch { Object.defineProperty(navigator, 'language', { value: 'en' }) }`;

/** The style of charts. */
export const chartStyle = (): string => uplotFile('uPlot.min.css');

/** A section for each chart; `chartScripts` draws them. */
export const chartSections = (charts: readonly Chart[]): string =>
  charts
    .map(({ title }, i) => `<section><h2>${escapeHtml(title)}</h2><div id="chart-${i}"></div></section>`)
    .join('\n');

/** The scripts of a page with charts, and its results as data for whoever reads the page by program. */
export const chartScripts = (
  charts: readonly Chart[],
  results: unknown,
  script: string = '',
): string => `<script type="application/json" id="charts">${embeddedJson(charts)}</script>
<script type="application/json" id="results">${embeddedJson(results)}</script>
<script>${knownLanguage}
${script}${uplotFile('uPlot.iife.min.js')}
${chartScript}</script>
`;
