import { discoverMethods, graphEndings } from '@einlab/causal';
import { choice, flag, integer, type Option, path, positive } from '../options/option.ts';

const names: Option<readonly string[]> = {
  metavar: 'NAMES',
  help: 'columns to leave out, separated by commas',
  expected: 'names of columns, separated by commas',
  read: (text) =>
    text.split(',').some((name) => name.trim() === '') ? undefined : text.split(',').map((name) => name.trim()),
};

const column: Option<string> = {
  metavar: 'COLUMN',
  help: "the column that names each row's intervention targets (several joined by +); empty, none or observed for plain observation",
  expected: 'the name of a column',
  read: (text) => (text === '' ? undefined : text),
};

const heldOut: Option<readonly string[]> = {
  ...names,
  help: 'conditions of --interventions that the search does not see, separated by commas: the found graph is scored by how well it predicts them',
  expected: 'names of conditions, separated by commas',
};

/** The options of `einlab discover`. */
export const discoverOptions = {
  method: choice(discoverMethods, 'how to search; pc by default, dat-graph tests with networks and takes minutes'),
  interventions: column,
  'hold-out': heldOut,
  knowledge: path('FILE', "what is known before: tiers, forbidden and required edges, in Tetrad's format"),
  ignore: names,
  missing: choice(
    ['refuse', 'drop'],
    'rows with missing values: refuse the file (the default), or drop them and say how many',
  ),
  alpha: positive('level of the tests (0.01): smaller means fewer edges'),
  orientation: choice(
    ['constraints', 'hybrid'],
    'how dat-graph and dat-lin direct edges: by separating sets (the default), or by a differentiable fit under the tested skeleton',
  ),
  steps: integer(
    "training steps of dat-graph's tests (3000, two thirds of them the game; the last third is made twice)",
    30,
    1_000_000,
  ),
  hidden: integer("units in the layer of dat-graph's networks (16)", 1, 4096),
  bootstrap: integer(
    'search again on this many tables of rows drawn with replacement, and count how often each edge is found',
    1,
    10_000,
  ),
  truth: path('FILE', 'a graph to compare with: DOT, dagitty, GraphML, GML, BIF, Tetrad, JSON or CSV by its ending'),
  'truth-direction': choice(['row-to-column', 'column-to-row'], 'what the rows of an adjacency matrix in --truth mean'),
  out: path(
    'FILE',
    `write the graph, in the format of the name's ending: .json (with scores and certificates), .svg, .png, or one of ${graphEndings.map((each) => `.${each}`).join(', ')}`,
  ),
  report: path('DIR', 'write a report: index.html with the drawing, edges, certificates, and results.json'),
  state: path(
    'DIR',
    'where dat-graph keeps finished tests, and sdcd its fits, so that the same command goes on after an interruption',
  ),
  force: flag('replace what --out and --report would write over'),
  seed: integer('seed of everything random (0)', 0),
  json: flag('print the result as one JSON value'),
  help: flag('print this'),
};

/** What the help of `einlab discover` says after its options. */
export const discoverNotes = `Columns of numbers are continuous unless they take at most 5 whole values; text columns are categories. The types are shown. Continuous columns are
z-scored, so that no method reads the order off the variances. An edge without a direction is one that the data cannot direct.

  einlab discover data.csv
  einlab discover data.csv --method dat-graph --out graph.svg --report my-report
  einlab discover data.csv --method ges --knowledge tiers.txt --bootstrap 50 --out graph.dot
  einlab discover data.csv --interventions target --method dat-graph --truth truth.dot
  einlab discover data.csv --interventions target --method ges --hold-out geneA,geneB`;
