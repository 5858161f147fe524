import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { boundLinePlot, type PlottedBound, stackedBoundPlot } from '@einlab/bounds';
import { exitStatus, failure, inputError, systemReason } from '../command-error.ts';
import { choice, flag, path } from '../options/option.ts';
import { parseArguments } from '../options/parse-arguments.ts';
import { escapeHtml, htmlPage, htmlTable } from '../report/html.ts';
import { write } from '../terminal/write.ts';
import { inputFault } from './certify.ts';
import { bestOf, runCells, runColumns, runNote, runTable, summaryOf } from './run-table.ts';
import { contextOf, type FinishedRun, isFinished, readRun } from './run-files.ts';
import type { CommandPart } from '../commands/command.ts';

const options = {
  x: choice(['size', 'context'], 'what the bounds are plotted against (size)'),
  output: path('FILE', 'where the plot goes: .html with the table, or .svg (bounds.html); opens offline'),
  force: flag('replace a file that is there'),
  json: flag('print the plotted runs as one JSON value'),
  help: flag('print this'),
};

/** Folders of finished runs: those given, or those inside them. */
function runFolders(places: readonly string[]): readonly string[] {
  const folders = places.flatMap((place) => {
    if (!existsSync(place) || !statSync(place).isDirectory())
      throw inputError(`einlab bound plot: ${place} is no folder; expected one that einlab bound train wrote`);
    if (isFinished(place)) return [place];
    return readdirSync(place)
      .sort()
      .map((name) => join(place, name))
      .filter((folder) => statSync(folder).isDirectory() && isFinished(folder));
  });
  if (folders.length === 0)
    throw inputError(
      `einlab bound plot: there is no finished run in ${places.join(', ') || 'nothing'}; expected folders that einlab bound train wrote`,
    );
  return folders;
}

/** Where a run stands along an axis. */
const placeOf = ({ record, certificate }: FinishedRun, x: 'size' | 'context'): number =>
  x === 'size' ? certificate.complexity.codeBits : contextOf(record);

/** The plot of some runs as SVG. */
export function plotOf(runs: readonly FinishedRun[], x: 'size' | 'context'): string {
  const bounds = runs.map((run): PlottedBound => {
    const token = bestOf(run, 'token');
    const { risk = 0, complexity = 0, sampling = 0 } = token?.terms ?? {};
    return {
      name: run.record.name,
      x: placeOf(run, x),
      risk,
      complexity,
      sampling,
    };
  });
  const randomGuess = runs[0] === undefined ? 0 : (bestOf(runs[0], 'token')?.randomGuess ?? 0);
  const shared = { y: 'bits per character', randomGuess };
  return x === 'size'
    ? stackedBoundPlot(bounds, { ...shared, title: 'Bound against code size', x: 'code, bits' })
    : boundLinePlot(bounds, { ...shared, title: 'Bound against context', x: 'context, characters' });
}

const page = (title: string, svg: string, runs: readonly FinishedRun[]): string =>
  htmlPage({
    title,
    style: 'svg { max-width: 100%; height: auto; }',
    content: `${svg}\n${htmlTable(runColumns, runs.map(runCells))}\n<p>${escapeHtml(runNote(runs))}</p>`,
  });

/** `einlab bound plot`: risk and complexity of certified runs. */
export const plotCommand: CommandPart = {
  name: 'plot',
  summary: 'plot certified runs: risk and complexity against size, or the bound against context',
  usage: 'FOLDER… [options]',
  options,
  run: async (argv) => {
    const { values, positionals } = parseArguments('bound plot', options, argv);
    const output = values.output ?? 'bounds.html';
    if (!/\.(html|svg)$/.test(output))
      throw inputError(`einlab bound plot: --output ${output}; expected a name that ends in .html or .svg`);
    if (existsSync(output) && values.force !== true)
      throw inputError(`einlab bound plot: ${output} is there already; --force replaces it`);
    const x = values.x ?? 'size';
    const place = (run: FinishedRun): number => placeOf(run, x);
    const runs = (await Promise.all(runFolders(positionals).map(readRun))).toSorted((a, b) => place(a) - place(b));
    const svg = await inputFault('bound plot', async () => plotOf(runs, x));
    const title = x === 'size' ? 'Bound against code size' : 'Bound against context';
    try {
      writeFileSync(output, output.endsWith('.svg') ? `${svg}\n` : page(title, svg, runs));
    } catch (error) {
      throw failure(`einlab bound plot: ${output} cannot be written: ${systemReason(error)}`);
    }
    await write(
      process.stdout,
      values.json === true
        ? `${JSON.stringify(runs.map(summaryOf), undefined, 2)}\n`
        : `${runTable(runs)}\n\nplot: ${output}\n`,
    );
    return exitStatus.done;
  },
};
