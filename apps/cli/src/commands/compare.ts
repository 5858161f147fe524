import { existsSync, statfsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, dirname, relative, resolve } from 'node:path';
import { CommandError, exitStatus, failure, inputError } from '../command-error.ts';
import { printSummary } from '../compare/comparison-table.ts';
import { keepModel } from '../compare/keep-model.ts';
import { costOf, planRuns } from '../compare/plan-runs.ts';
import { createPool, type Pool } from '../compare/pool.ts';
import { createProgress, type Progress } from '../compare/progress.ts';
import type { RunResult } from '../compare/result.ts';
import { type PlannedRun, runComparison, stepsWithin } from '../compare/run-comparison.ts';
import { type Settings, taskDefaults } from '../compare/settings.ts';
import { type CompareState, openState, readStateSettings, stateFolder } from '../compare/state.ts';
import { summarize } from '../compare/summary.ts';
import type { OptionValues } from '../options/option.ts';
import { parseArguments } from '../options/parse-arguments.ts';
import { reportPage, taskNames } from '../report/page.ts';
import { assertReportFolder, writeReport } from '../report/report-folder.ts';
import { resultsOf } from '../report/results.ts';
import { catchStop } from '../terminal/catch-stop.ts';
import { write } from '../terminal/write.ts';
import type { Command } from './command.ts';
import { compareNotes, compareOptions } from './compare-options.ts';
import { type ReadySettings, resumedSettings, settingsFrom } from './compare-settings.ts';

type Values = OptionValues<typeof compareOptions>;

/** Options that go with `--resume`; the others are settings, which an unfinished comparison has already. */
const withResume: ReadonlySet<string> = new Set(['resume', 'threads', 'json', 'force', 'models']);

/** `einlab compare`: trains the same model with different structures at equal compute. */
export const compareCommand: Command = {
  name: 'compare',
  summary: 'train the same model with different structures at equal compute, and compare what they learn',
  usage: '[options]',
  options: compareOptions,
  notes: compareNotes,
  run: async (argv) => {
    const { values, positionals } = parseArguments('compare', compareOptions, argv);
    if (positionals[0] !== undefined)
      throw inputError(
        `einlab compare: ${JSON.stringify(positionals[0])} belongs to no option; expected options only (a text goes with --file)`,
      );
    return compare(values);
  },
};

async function compare(values: Values): Promise<number> {
  const { report, ready } = prepare(values);
  const { settings, text } = ready;
  assertReportFolder(report, values.force === true);
  assertSpace(report);
  const state = openState(stateFolder(report), settings, values.force === true);
  const stop = catchStop();
  const setup = { ids: text?.ids, device: settings.device };
  const pool = createPool(values.threads ?? availableParallelism(), setup, stop.signal);
  try {
    const began = performance.now();
    const done = await trainAll(settings, pool, state, stop.signal, values.models);
    if (done === undefined) {
      process.stderr.write(
        `stopped; the same command goes on from here, and so does: ${invocation()} --resume ${shown(report)}\n`,
      );
      return exitStatus.stopped;
    }
    const summary = summarize(done.results, settings.seed);
    const machine = { threads: pool.threads, wallSeconds: (performance.now() - began) / 1000 };
    const results = resultsOf(settings, done.steps, summary, done.results, machine);
    writeReport(report, reportPage(results), `${JSON.stringify(results, undefined, 1)}\n`);
    state.remove();
    await write(
      process.stdout,
      values.json === true ? `${JSON.stringify(results)}\n` : printSummary(summary, settings.task),
    );
    process.stderr.write(`report: ${shown(report)}/index.html\n`);
    return exitStatus.done;
  } catch (error) {
    throw afterFailure(error, state);
  } finally {
    stop.release();
    await pool.close();
  }
}

/** How the user started this: `npm start` hands its arguments on. */
const invocation = (): string => (process.env['npm_lifecycle_event'] === 'start' ? 'npm start --' : 'einlab compare');

/** After a failure, finished runs are kept and the message says so; with none, nothing is left behind. */
function afterFailure(error: unknown, state: CompareState): unknown {
  if (state.results.size === 0) {
    state.remove();
    return error;
  }
  const kept = `finished runs are kept in ${shown(state.folder)}, and the same command goes on from there`;
  return error instanceof CommandError ? new CommandError(error.status, `${error.message}; ${kept}`) : error;
}

/** Where the report goes, and what is to be done: from the options, or from an unfinished comparison. */
function prepare(values: Values): { readonly report: string; readonly ready: ReadySettings } {
  if (values.resume === undefined)
    return { report: resolve(values.report ?? 'einlab-report'), ready: settingsFrom(values) };
  const other = Object.keys(values).find((name) => !withResume.has(name));
  if (other !== undefined) {
    throw inputError(
      `einlab compare: --${other} does not go with --resume, which keeps the settings it began with; expected only ${[...withResume].map((name) => `--${name}`).join(', ')}`,
    );
  }
  const asked = resolve(values.resume);
  const report = asked.endsWith(stateFolder('')) ? asked.slice(0, -stateFolder('').length) : asked;
  return { report, ready: resumedSettings(readStateSettings(stateFolder(report))) };
}

/** A path as the user would write it. */
const shown = (path: string): string => relative(process.cwd(), path) || basename(path);

/** Bytes that a comparison writes, at least: the report with its plots, and the checkpoints of small models. */
const leastSpace = 4 * 2 ** 20;

/** Refuses to train for minutes when the disk has no room for the result. */
function assertSpace(report: string): void {
  let folder = dirname(report);
  while (!existsSync(folder)) folder = dirname(folder);
  const { bavail, bsize, blocks } = statfsSync(folder);
  // Some file systems do not count their blocks at all.
  if (blocks > 0 && bavail * bsize < leastSpace) {
    throw failure(
      `einlab compare: the disk of ${shown(report)} has ${Math.floor((bavail * bsize) / 1024)} KiB left; the report and its checkpoints need at least ${leastSpace / 1024} KiB`,
    );
  }
}

/** Trains what is not trained yet; undefined when it was stopped. */
async function trainAll(
  settings: Settings,
  pool: Pool,
  state: CompareState,
  stopped: AbortSignal,
  models: string | undefined,
): Promise<{ readonly results: readonly RunResult[]; readonly steps: number } | undefined> {
  const steps = settings.steps ?? state.steps ?? (await decideSteps(settings, pool, state));
  if (steps === undefined) return undefined;
  const runs = planned(settings, steps);
  const progress = createProgress(process.stderr, runs, pool.threads);
  stopped.addEventListener('abort', () => progress.note('stopping at the next step; Ctrl-C once more ends at once'));
  announce(settings, steps, runs, progress);
  try {
    const results = await runComparison(
      runs,
      pool,
      state,
      progress,
      models === undefined ? undefined : keepModel(resolve(models)),
    );
    return results === undefined ? undefined : { results, steps };
  } finally {
    progress.end();
  }
}

/** The steps that fit into the time budget, written down, so that a resumed comparison makes as many. */
async function decideSteps(settings: Settings, pool: Pool, state: CompareState): Promise<number | undefined> {
  if (settings.budgetSeconds === undefined) return taskDefaults[settings.task].steps;
  process.stderr.write('timing a few steps of each run\n');
  const trial = taskDefaults[settings.task].steps;
  const steps = await stepsWithin(settings.budgetSeconds, planned(settings, trial), pool);
  if (steps !== undefined) state.record({ kind: 'steps', steps });
  return steps;
}

function planned(settings: Settings, steps: number): readonly PlannedRun[] {
  const sizes = { ...settings, vocabulary: settings.text?.vocabulary ?? 0 };
  return planRuns(settings, steps).map((spec) => ({ spec, macs: costOf(spec.structure, spec.width, sizes).totalMacs }));
}

/** Says what is about to happen, and what to be careful about. */
function announce(settings: Settings, steps: number, runs: readonly PlannedRun[], progress: Progress): void {
  const { task, text, device } = settings;
  const what =
    text === undefined
      ? taskNames[task]
      : `${text.name}, ${text.characters.toLocaleString('en-US')} characters, an alphabet of ${text.vocabulary}`;
  progress.note(`learning ${what}`);
  progress.note(`${runs.length} runs of ${steps} steps on the ${device} device`);
  if (steps < taskDefaults[task].trustedSteps) {
    progress.note(
      `note: with fewer than ${taskDefaults[task].trustedSteps} steps the structures can be ranked wrongly: small and wide models look best early`,
    );
  }
}
