import { readWidths } from '../compare/widths.ts';
import { choice, duration, flag, integer, type Option, path, positive } from '../options/option.ts';

const exponent = (help: string): Option<number> => ({
  metavar: 'X',
  help,
  expected: 'an exponent from 0 to 1',
  read: (text) => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    return value >= 0 && value <= 1 ? value : undefined;
  },
});

/** The options of `einlab search`. */
export const searchOptions = {
  task: choice(
    ['teacher', 'text'],
    'what is learned: a random function of 8 numbers (the default), or the next character of a text',
  ),
  file: path('PATH', 'the text to learn, in UTF-8; Moby-Dick without it'),
  space: choice(
    ['grid', 'random', 'refined'],
    "the candidates: the paper's 23 points (the default), random points, or random points and others near the best of them",
  ),
  candidates: integer('how many points to draw (12); for the grid, how many of its points, from the first', 1, 500),
  'max-omega': exponent('draw only points with at most this much parameter sharing'),
  'min-psi': exponent('draw only points with at least this rank exponent'),
  'max-nu': exponent('draw only points with at most this compute exponent'),
  budget: duration(
    'time for everything, such as 90s or 10m: a few steps of each model are timed first; the search ends in time with a report of what there is',
  ),
  steps: integer('training steps of the last rung, instead of --budget (text 2000, teacher 1500)', 1),
  rungs: integer(
    'stages of successive halving (3); in each the better third goes on for three times as many steps',
    1,
    6,
  ),
  widths: {
    metavar: 'LIST',
    help: 'dense widths, 16,32,64; candidates are trained at the widths that cost the same',
    expected: 'a list',
    read: readWidths,
  } satisfies Option<ReturnType<typeof readWidths>>,
  seeds: integer('train everything this often, with seeds SEED, SEED+1, … (1)', 1, 100),
  seed: integer('the first seed (0), which also draws points and the function to learn', 0),
  rate: positive("Adam's learning rate at width 64 (0.003)"),
  batch: integer('windows of text, or points, in a step (text 16, teacher 256)', 1, 65536),
  layers: integer('residual blocks (2)', 1, 64),
  threads: integer('runs that train at the same time (as many as there are processor cores)', 1, 256),
  device: choice(['auto', 'wasm', 'webgpu', 'reference'], 'where tensors are computed'),
  report: path(
    'DIR',
    'where the report goes (einlab-search): index.html and results.jsonl; DIR.state beside it holds an unfinished search',
  ),
  force: flag('replace a report, and discard an unfinished search with other settings'),
  json: flag('print the results as one JSON value instead of the table'),
  help: flag('print this'),
};

/** What the help of `einlab search` says after its options. */
export const searchNotes = `Every candidate, a point θ = (α β γ δ ε φ ρ) of the space of two-factor einsum layers, is trained at several widths under
structure-aware rates; the better third is trained longer, twice over. Candidates are ranked by their loss against dense layers at equal
compute, with their sharing ω, rank ψ and compute ν, and a power law with a bootstrap interval.
Ctrl-C stops at the next step; the same command goes on from there.

  einlab search --budget 10m
  einlab search --space refined --candidates 12 --max-omega 0 --min-psi 1 --budget 10m
  einlab search --steps 300 --widths 16,32 --seeds 3 --json`;
