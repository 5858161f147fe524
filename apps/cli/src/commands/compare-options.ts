import { readStructures, structureHelp, structureNames } from '../compare/structures.ts';
import { readWidths } from '../compare/widths.ts';
import { choice, duration, flag, integer, type Option, path, positive } from '../options/option.ts';

/** A list that its own reader checks, with errors that say more than a table could. */
const list = <Value>(metavar: string, help: string, read: (text: string) => Value): Option<Value> => ({
  metavar,
  help,
  expected: 'a list',
  read,
});

/** The options of `einlab compare`. */
export const compareOptions = {
  task: choice(
    ['text', 'teacher', 'images'],
    'what is learned: the next character of a text (the default), a random function of 8 numbers, or the classes of synthetic images',
  ),
  file: path('PATH', 'the text to learn, in UTF-8; Moby-Dick without it'),
  structures: list('LIST', `what is compared, out of ${structureNames.join(', ')}; ${structureHelp}`, readStructures),
  widths: list(
    'LIST',
    'widths for every structure, 64,128, or for single ones, dense=48,64,btt=144,196; without it, models cost about the same multiply-accumulates; several widths add frontiers and compute multipliers',
    readWidths,
  ),
  steps: integer('training steps of every run (1500); shorter runs can rank the structures wrongly', 1),
  budget: duration(
    'time for everything, such as 90s or 5m, instead of --steps: a few steps of each run are timed first, and all runs make as many steps as fit',
  ),
  seeds: integer('train everything this often, with seeds SEED, SEED+1, …', 1, 1000),
  seed: integer('the first seed (0); equal seeds and options give equal losses', 0),
  rate: positive("Adam's learning rate at width 64 (0.003)"),
  batch: integer('windows of text, or points, in a step (text 16, teacher 256)', 1, 65536),
  context: integer('characters that a model sees at once (64)', 1, 4096),
  layers: integer('residual blocks (2)', 1, 64),
  heads: integer('attention heads (4); widths are multiples of it', 1, 256),
  'naive-rates': flag('train every core with the learning rate of a dense layer'),
  threads: integer('runs that train at the same time (as many as there are processor cores); changes no loss', 1, 256),
  device: choice(
    ['auto', 'wasm', 'webgpu', 'reference'],
    'where tensors are computed; webgpu needs the npm package webgpu, reference is the slow definition in f64',
  ),
  report: path(
    'DIR',
    'where the report goes (einlab-report): index.html and results.json; DIR.state beside it holds an unfinished comparison',
  ),
  resume: path(
    'DIR',
    'go on with an interrupted comparison: its report folder, or the .state folder beside it; the same command with the same --report does so too',
  ),
  models: path('DIR', 'keep the trained weights there, one file for each run; einlab bound score reads them'),
  force: flag('replace a report, and discard an unfinished comparison with other settings'),
  json: flag('print the results as one JSON value instead of the table'),
  help: flag('print this'),
};

/** What the help of `einlab compare` says after its options. */
export const compareNotes = `Every run trains the same model with another structure in its linear layers, under structure-aware initialization and
learning rates. The cost is counted in multiply-accumulates of the linear layers, per token, without the head.
Ctrl-C stops at the next step and keeps what is needed to go on.

  einlab compare                                   the default: five structures on Moby-Dick
  einlab compare --file my.txt --budget 90s
  einlab compare --structures dense,btt --widths dense=48,64,96,btt=100,196,324 --seeds 3
  einlab compare --task teacher --seeds 3 --json`;
