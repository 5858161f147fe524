import { existsSync } from 'node:fs';
import { basename, dirname, relative, resolve } from 'node:path';
import {
  type Discovery,
  discover,
  formatOfName,
  type Graph,
  graphToSvg,
  type InterventionScores,
  type KnowledgeText,
  type ReadTable,
  type Stability,
  stability,
  writeGraph,
} from '@einlab/causal';
import { EinlabError } from '@einlab/einsum-core';
import { foldIn, keyFromSeed } from '@einlab/numerics';
import { asInput, exitStatus, failure, inputError, systemReason } from '../command-error.ts';
import { type HeldOut, holdOut, scoreHeldOut } from '../discover/hold-out.ts';
import { createSearchView, type SearchView } from '../discover/progress.ts';
import { readInput, readKnown, readTruth } from '../discover/read-input.ts';
import { discoveryPage } from '../discover/report.ts';
import { printResult, resultValue } from '../discover/result.ts';
import { folderCheckpoint } from '../discover/state.ts';
import type { OptionValues } from '../options/option.ts';
import { parseArguments } from '../options/parse-arguments.ts';
import { replaceFile } from '../report/atomic-write.ts';
import { pngOfSvg } from '../report/png.ts';
import { assertReportFolder, writeReport } from '../report/report-folder.ts';
import { catchStop } from '../terminal/catch-stop.ts';
import { write } from '../terminal/write.ts';
import type { Command } from './command.ts';
import { discoverNotes, discoverOptions } from './discover-options.ts';

type Values = OptionValues<typeof discoverOptions>;

/** Everything that was read before the search begins. */
interface Input extends ReadTable {
  readonly file: string;
  readonly truth?: Graph;
  readonly knowledge?: KnowledgeText;
  /** The whole table, where the search sees only a part of it. */
  readonly held?: HeldOut;
}

/** `einlab discover FILE`: the causal graph of a table. */
export const discoverCommand: Command = {
  name: 'discover',
  summary: 'find the causal graph of a table: edges with scores, absent edges with what separates them',
  usage: 'FILE [options]',
  options: discoverOptions,
  notes: discoverNotes,
  run: async (argv) => {
    const { values, positionals } = parseArguments('discover', discoverOptions, argv);
    const [file, extra] = positionals;
    if (file === undefined)
      throw inputError('einlab discover: the file is missing; expected FILE, a CSV with names in its first line');
    if (extra !== undefined)
      throw inputError(`einlab discover: ${JSON.stringify(extra)} is one file too many; expected one`);
    return run(file, values);
  },
};

/** Whether a name asks for a drawing. */
const isDrawing = (name: string): boolean => /\.(svg|png)$/i.test(name);

/** Refuses what could not be written at the end. */
function assertTargets({
  out,
  report,
  force,
  alpha,
  bootstrap,
  method = 'pc',
  orientation,
  steps,
  hidden,
  state,
}: Values): void {
  if (report !== undefined) assertReportFolder(report, force === true);
  if (alpha !== undefined && alpha >= 1)
    throw inputError(`einlab discover: --alpha is ${alpha}; expected a number between 0 and 1`);
  const isDat = method === 'dat-graph' || method === 'dat-lin';
  for (const [name, value] of Object.entries({ orientation, steps, hidden })) {
    if (value !== undefined && !isDat)
      throw inputError(`einlab discover: --${name} goes with --method dat-graph; the method is ${method}`);
  }
  if (state !== undefined && !isDat && method !== 'sdcd')
    throw inputError(`einlab discover: --state goes with --method dat-graph or sdcd; the method is ${method}`);
  if (bootstrap !== undefined && state !== undefined)
    throw inputError('einlab discover: --state does not go with --bootstrap, whose tables are drawn anew');
  if (out === undefined) return;
  if (!isDrawing(out)) {
    const format = asInput('einlab discover: --out', () => formatOfName(out));
    if (format === 'bif')
      throw inputError(
        `einlab discover: --out ${out}: a BIF needs probabilities, which a graph has not; expected another ending`,
      );
  }
  if (existsSync(out) && force !== true) throw inputError(`einlab discover: --out ${out} exists; --force replaces it`);
  if (!existsSync(dirname(resolve(out))))
    throw inputError(`einlab discover: --out ${out}: there is no folder ${dirname(out)}; expected one that exists`);
}

function readAll(file: string, values: Values): Input {
  const { ignore, interventions, missing, truth, knowledge } = values;
  const read = readInput(file, {
    ...(ignore === undefined ? {} : { ignore }),
    ...(interventions === undefined ? {} : { interventions }),
    ...(missing === undefined ? {} : { missing }),
  });
  const nodes = read.table.columns.map(({ name }) => name);
  const names = values['hold-out'];
  if (names !== undefined && read.interventions === undefined)
    throw inputError(
      'einlab discover: --hold-out needs --interventions, the column that names the conditions; expected both',
    );
  const parted =
    names === undefined || read.interventions === undefined
      ? undefined
      : holdOut(read.table, read.interventions, names);
  return {
    ...read,
    ...(parted === undefined ? {} : { ...parted.rest, held: parted.held }),
    file,
    ...(truth === undefined ? {} : { truth: readTruth(truth, nodes, values['truth-direction']) }),
    ...(knowledge === undefined ? {} : { knowledge: readKnown(knowledge) }),
  };
}

/** The search, and again on drawn tables where that was asked for. */
async function search(
  input: Input,
  values: Values,
  view: SearchView,
  signal: AbortSignal,
): Promise<{ found: Discovery; stable: Stability | undefined; effects: InterventionScores | undefined }> {
  const { method = 'pc', alpha, seed = 0, orientation, steps, hidden, bootstrap, state } = values;
  const key = keyFromSeed(seed);
  const training = {
    ...(steps === undefined ? {} : { gameSteps: Math.ceil((2 * steps) / 3), refitSteps: Math.floor(steps / 3) }),
    ...(hidden === undefined ? {} : { hidden }),
  };
  const settings = {
    method,
    signal,
    training,
    ...(alpha === undefined ? {} : { alpha }),
    ...(orientation === undefined ? {} : { orientation }),
    ...(input.knowledge === undefined ? {} : { knowledge: input.knowledge }),
  };
  const found = await discover(input.table, {
    ...settings,
    key,
    ...(input.interventions === undefined ? {} : { interventions: input.interventions }),
    ...(state === undefined ? {} : { checkpoint: folderCheckpoint(state) }),
    onProgress: (progress) => view.show(progress),
  });
  const effects =
    input.held === undefined
      ? undefined
      : await scoreHeldOut(found, input.held, foldIn(key, 0x4e11), {
          signal,
          onProgress: (progress) => view.show(progress),
        });
  if (bootstrap === undefined) return { found, stable: undefined, effects };
  const stable = await stability(
    input.table,
    (table, interventions, round) =>
      discover(table, {
        ...settings,
        key: foldIn(key, round + 1),
        ...(interventions === undefined ? {} : { interventions }),
      }),
    {
      key,
      rounds: bootstrap,
      signal,
      onProgress: (progress) => view.show(progress),
      ...(input.interventions === undefined ? {} : { interventions: input.interventions }),
    },
  );
  return { found, stable, effects };
}

const shown = (path: string): string => relative(process.cwd(), path) || basename(path);

/** Writes the graph in the format of the name's ending. */
async function writeOut(out: string, found: Discovery, value: object, truth: Graph | undefined): Promise<void> {
  const format = isDrawing(out) ? 'drawing' : formatOfName(out);
  if (format === 'bif') return;
  const content =
    format === 'drawing'
      ? await drawingOf(out, found, truth)
      : format === 'json'
        ? `${JSON.stringify(value, undefined, 1)}\n`
        : asInput('einlab discover: --out', () => writeGraph(found.graph, format));
  try {
    replaceFile(out, content);
  } catch (error) {
    throw failure(`einlab discover: --out ${out} cannot be written: ${systemReason(error)}`);
  }
}

/** The graph as SVG or PNG. */
async function drawingOf(
  out: string,
  { graph, scores }: Discovery,
  truth: Graph | undefined,
): Promise<string | Uint8Array> {
  const svg = graphToSvg(graph, { scores, ...(truth === undefined ? {} : { truth }) });
  return /\.png$/i.test(out) ? pngOfSvg(svg) : svg;
}

async function run(file: string, values: Values): Promise<number> {
  assertTargets(values);
  const input = readAll(file, values);
  const view = createSearchView(process.stderr);
  for (const note of input.notes) view.note(note);
  const stop = catchStop();
  try {
    const { found, stable, effects } = await search(input, values, view, stop.signal);
    view.end();
    for (const warning of found.warnings.slice(0, 20)) view.note(`note: ${warning}`);
    if (found.warnings.length > 20)
      view.note(`note: ${found.warnings.length - 20} more, which --json and --report list`);
    const value = resultValue(found, input.notes, values.seed ?? 0, stable, input.truth, effects);
    if (values.out !== undefined) await writeOut(values.out, found, value, input.truth);
    if (values.report !== undefined) {
      const title = `Causal graph of ${basename(file)} (${found.method})`;
      writeReport(
        values.report,
        discoveryPage(title, found, input.notes, stable, input.truth),
        `${JSON.stringify(value, undefined, 1)}\n`,
      );
      view.note(`report: ${shown(values.report)}/index.html`);
    }
    await write(
      process.stdout,
      values.json === true ? `${JSON.stringify(value)}\n` : printResult(found, stable, input.truth, effects),
    );
    return exitStatus.done;
  } catch (error) {
    view.end();
    if (stop.signal.aborted) {
      process.stderr.write(`stopped${values.state === undefined ? '' : '; the same command goes on from here'}\n`);
      return exitStatus.stopped;
    }
    // What the search refuses is the table's or the knowledge's fault.
    if (error instanceof EinlabError && ['data', 'file', 'option'].includes(error.code))
      throw inputError(`einlab discover: ${error.message}`);
    throw error;
  } finally {
    stop.release();
  }
}
