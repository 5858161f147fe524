import { existsSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { basename, relative, resolve } from 'node:path';
import { keyFromSeed, rngFromKey } from '@einlab/numerics';
import { denseCandidate, gridCandidates, randomCandidates, type SearchCandidate } from '@einlab/structured-layers';
import { asInput, CommandError, exitStatus, inputError } from '../command-error.ts';
import { chooseWidths } from '../compare/plan-runs.ts';
import { createPool } from '../compare/pool.ts';
import { type Settings, taskDefaults } from '../compare/settings.ts';
import { labelOf } from '../compare/structures.ts';
import { type LoadedText, loadText } from '../data/load-text.ts';
import type { OptionValues } from '../options/option.ts';
import { parseArguments } from '../options/parse-arguments.ts';
import { assertReportFolder, searchReportFiles, writeReport } from '../report/report-folder.ts';
import { runSearch } from '../search/run-search.ts';
import { type SearchResults, searchPage } from '../search/search-page.ts';
import type { SearchSettings } from '../search/search-settings.ts';
import { headerLine, openSearchState } from '../search/search-state.ts';
import { summarizeSearch } from '../search/search-summary.ts';
import { printRanking } from '../search/search-table.ts';
import { catchStop } from '../terminal/catch-stop.ts';
import { write } from '../terminal/write.ts';
import type { Command } from './command.ts';
import { searchNotes, searchOptions } from './search-options.ts';

type Values = OptionValues<typeof searchOptions>;

/** `einlab search`: trains points of the einsum space, fits scaling laws, and ranks them. */
export const searchCommand: Command = {
  name: 'search',
  summary: 'search the space of einsum structures: train, halve, fit scaling laws, rank by ω, ψ, ν',
  usage: '[options]',
  options: searchOptions,
  notes: searchNotes,
  run: async (argv) => {
    const { values, positionals } = parseArguments('search', searchOptions, argv);
    if (positionals[0] !== undefined)
      throw inputError(`einlab search: ${JSON.stringify(positionals[0])} belongs to no option; expected options only`);
    return runCommand(values);
  },
};

/** Part of the budget after which no run is waited for any more: what is left is for the report. */
const lastCall = 0.96;

async function runCommand(values: Values): Promise<number> {
  const began = performance.now();
  const report = resolve(values.report ?? 'einlab-search');
  const { settings, text } = settingsFrom(values);
  assertReportFolder(report, values.force === true, 'search', searchReportFiles);
  const state = openSearchState(`${report}.state`, settings, values.force === true);
  const stop = catchStop();
  const { budgetSeconds } = settings.runs;
  const signal =
    budgetSeconds === undefined
      ? stop.signal
      : AbortSignal.any([stop.signal, AbortSignal.timeout(Math.ceil(1000 * budgetSeconds * lastCall))]);
  const pool = createPool(
    values.threads ?? availableParallelism(),
    { ids: text?.ids, device: settings.runs.device },
    signal,
  );
  try {
    const found = await runSearch(settings, pool, state, process.stderr, began);
    if (stop.signal.aborted) {
      process.stderr.write('stopped; the same command goes on from here\n');
      return exitStatus.stopped;
    }
    if (found === undefined)
      throw inputError(
        `einlab search: --budget of ${budgetSeconds} s fits no run; expected a larger budget, fewer --candidates, or smaller --widths`,
      );
    const results: SearchResults = {
      settings,
      rungs: found.rungs,
      isComplete: found.isComplete,
      ...summarizeSearch(found, settings.runs.seed),
      machine: {
        processor: cpus()[0]?.model.trim() ?? 'unknown',
        cores: availableParallelism(),
        node: process.versions.node,
        threads: pool.threads,
        wallSeconds: (performance.now() - began) / 1000,
      },
      finishedAt: new Date().toISOString(),
    };
    const lines = found.runs.map(({ unitLosses: _, ...result }) => `${JSON.stringify({ kind: 'result', result })}\n`);
    const ranking = results.rows.map((row) => `${JSON.stringify({ kind: 'row', row })}\n`);
    writeReport(report, searchPage(results), [headerLine(settings), ...lines, ...ranking].join(''), searchReportFiles);
    if (found.isComplete) state.remove();
    await write(process.stdout, values.json === true ? `${JSON.stringify(results)}\n` : printRanking(results.rows));
    if (!found.isComplete) {
      process.stderr.write(
        'the budget ended before the last rung; the ranking is that of the runs there are, and the same command with --force goes on from them\n',
      );
    }
    process.stderr.write(`report: ${relative(process.cwd(), report) || basename(report)}/index.html\n`);
    return exitStatus.done;
  } catch (error) {
    if (state.results.size === 0) {
      state.remove();
      throw error;
    }
    throw error instanceof CommandError
      ? new CommandError(
          error.status,
          `${error.message}; finished runs are kept in ${relative(process.cwd(), state.folder)}, and the same command goes on from there`,
        )
      : error;
  } finally {
    stop.release();
    await pool.close();
  }
}

/** Complete settings from the options. @throws {CommandError} status 2, for options that do not go together or cannot be met. */
function settingsFrom(values: Values): { readonly settings: SearchSettings; readonly text: LoadedText | undefined } {
  const task = values.task ?? 'teacher';
  if (values.steps !== undefined && values.budget !== undefined)
    throw inputError(
      `einlab search: --steps ${values.steps} and --budget are both given; a budget decides the steps, so give one of them`,
    );
  if (task === 'teacher' && values.file !== undefined)
    throw inputError('einlab search: --file belongs to --task text; --task teacher has no text');
  if (values.file !== undefined && !existsSync(values.file))
    throw inputError(`einlab search: --file ${values.file}: no such file`);
  const defaults = taskDefaults[task];
  const space = values.space ?? 'grid';
  const limits = {
    ...(values['max-omega'] === undefined ? {} : { maxOmega: values['max-omega'] }),
    ...(values['min-psi'] === undefined ? {} : { minPsi: values['min-psi'] }),
    ...(values['max-nu'] === undefined ? {} : { maxNu: values['max-nu'] }),
  };
  if (space === 'grid' && Object.keys(limits).length > 0)
    throw inputError(
      'einlab search: --max-omega, --min-psi and --max-nu go with --space random or refined; the grid has its points',
    );
  const seed = values.seed ?? 0;
  const { first, refined } = candidatesOf(space, values.candidates, seed, limits);
  const candidates = [denseCandidate, ...first];
  const text = task === 'text' ? loadText(values.file === undefined ? undefined : resolve(values.file)) : undefined;
  const layers = values.layers ?? defaults.layers;
  const structures = candidates.map(labelOf);
  const sizes = { task, layers, heads: 4, context: 64, vocabulary: text?.info.vocabulary ?? 0 };
  const dense = values.widths === undefined ? (task === 'teacher' ? [16, 32, 64] : [32, 64]) : values.widths.all;
  if (dense.length === 0)
    throw inputError('einlab search: --widths names structures; expected dense widths alone, such as 16,32,64');
  const widths = {
    ...chooseWidths(structures, undefined, { ...sizes, denseWidths: dense }),
    ...chooseWidths(['dense'], { all: dense, of: {} }, sizes),
  };
  const runs: Settings = {
    task,
    text: text?.info,
    structures,
    widths,
    seed,
    seeds: values.seeds ?? 1,
    steps: values.budget === undefined ? (values.steps ?? defaults.steps) : undefined,
    budgetSeconds: values.budget,
    batch: values.batch ?? defaults.batch,
    rate: values.rate ?? defaults.rate,
    context: 64,
    layers,
    heads: 4,
    naiveRates: false,
    device: values.device === undefined || values.device === 'auto' ? 'wasm' : values.device,
  };
  const settings: SearchSettings = { runs, space, candidates, refined, limits, rungs: values.rungs ?? 3, factor: 3 };
  return { settings, text };
}

/** The points that a search begins with, and how many join later. */
function candidatesOf(
  space: SearchSettings['space'],
  asked: number | undefined,
  seed: number,
  limits: SearchSettings['limits'],
): { readonly first: readonly SearchCandidate[]; readonly refined: number } {
  if (space === 'grid') return { first: gridCandidates().slice(0, asked ?? 23), refined: 0 };
  const count = asked ?? 12;
  const refined = space === 'refined' ? Math.floor(count / 2) : 0;
  const rng = rngFromKey(keyFromSeed(seed));
  return { first: asInput('einlab search', () => randomCandidates(count - refined, rng, limits)), refined };
}
