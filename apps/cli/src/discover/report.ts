import { type Discovery, type Graph, graphToSvg, type Stability } from '@einlab/causal';
import { escapeHtml, htmlPage, htmlTable } from '../report/html.ts';
import { comparison, edgeRows } from './result.ts';

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  htmlTable(
    head.map((name) => ({ head: name, align: 'left' })),
    rows,
  );

const list = (lines: readonly string[]): string =>
  `<ul>${lines.map((line) => `<li>${escapeHtml(line)}</li>`).join('')}</ul>`;

const shown = (value: number | undefined): string =>
  value === undefined ? '' : Number.isInteger(value) ? String(value) : value.toPrecision(3);

/** At most this many certificates go onto the page; results.json has all. */
const mostCertificates = 2000;

/** The report as one page that needs nothing else. */
export function discoveryPage(
  title: string,
  found: Discovery,
  notes: readonly string[],
  stable: Stability | undefined,
  truth: Graph | undefined,
): string {
  const d = found.graph.nodes.length;
  const label = (i: number, j: number): string =>
    stable === undefined
      ? ''
      : `${Math.round(100 * ((stable.directed[i * d + j] ?? 0) + (stable.directed[j * d + i] ?? 0) + (stable.undirected[i * d + j] ?? 0)))} %`;
  const drawing = graphToSvg(found.graph, { scores: found.scores, label, ...(truth === undefined ? {} : { truth }) });
  const edges = edgeRows(found, stable).map(({ from, to, arrow, score, found: often, directed }) => [
    `${from} ${arrow} ${to}`,
    shown(score),
    ...(stable === undefined ? [] : [shown(often), shown(directed)]),
  ]);
  const absences = found.absences
    .slice(0, mostCertificates)
    .map(({ between, separatingSet, statistic, pValue, by }) => [
      between.join(' ⊥ '),
      separatingSet === undefined
        ? 'ruled out beforehand'
        : separatingSet.length === 0
          ? 'nothing'
          : separatingSet.join(', '),
      shown(statistic),
      shown(pValue),
      by,
    ]);
  return htmlPage({
    title,
    style: 'svg { max-width: 100%; height: auto; }',
    content: `<div class="wide">${drawing}</div>
<p>An arrow points from cause to effect; a dashed line is an edge that the data cannot direct.${truth === undefined ? '' : ' Green: as in the truth; orange: turned; red: not in the truth; blue: there, but undirected; dotted: missing.'}</p>
${
  truth === undefined
    ? ''
    : `<h2>Against the truth</h2>${table(
        ['figure', 'value'],
        Object.entries(comparison(truth, found)).map(([name, value]) => [name, shown(value)]),
      )}`
}
<h2>Edges</h2>
<p>Score: ${escapeHtml(found.scoreName)}.</p>
${table(['edge', 'score', ...(stable === undefined ? [] : ['found in', 'so directed in'])], edges)}
${found.warnings.length > 0 ? `<h2>To be careful about</h2>${list(found.warnings)}` : ''}
<h2>Absent edges</h2>
<p>Each pair without an edge, with what separates it.${found.absences.length > mostCertificates ? ` The first ${mostCertificates} of ${found.absences.length}; results.json has all.` : ''}</p>
${table(['pair', 'given', 'statistic', 'p', 'by'], absences)}
<h2>The table</h2>
${list(notes)}`,
  });
}
