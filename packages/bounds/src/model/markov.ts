import { EinlabError } from '@einlab/einsum-core';
import { hashText } from '../base/bytes.ts';
import { assertCount, dataFailure, optionFailure } from '../base/check.ts';
import { type CodedGroup, decodeContainer, encodeContainer, groupValues, toHalf } from '../code/container.ts';
import { kMeansLevels } from '../quantize/levels.ts';
import { rankOf } from '../score/rank-score.ts';
import type { TextScore } from './score-text.ts';

/** What the decoder of a counting model knows beforehand. */
export interface MarkovRecipe {
  readonly compression: 'markov';
  /** Different ids. */
  readonly vocabulary: number;
  /** Ids that a prediction looks back at; 0 looks at none. */
  readonly order: number;
  /** How many sizes a count can have in the code; the first is that of what never occurred. */
  readonly levels: number;
}

/**
 * A Markov chain by counts: p(x | c) = w[c, x] / Σ_j w[c, j] for the `order` ids c before x. Before the beginning of a text stand zeros.
 *
 * `weights` are `f32[vocabulary^order, vocabulary]`, all above 0.
 */
export interface MarkovModel {
  readonly recipe: MarkovRecipe;
  readonly weights: Float32Array;
}

/** Entries of a table that are worth counting: each is a symbol of the code. */
const mostEntries = 2 ** 27;

/** What weighs a follower that never occurred, in occurrences: a row that never occurred predicts evenly. */
const unseen = 2 ** -10;

/**
 * A recipe whose table is small enough to be written.
 *
 * @throws {EinlabError} `option` for numbers outside their range, or a table of more than 2²⁷ entries
 */
export function markovRecipe(given: Omit<MarkovRecipe, 'compression'>): MarkovRecipe {
  const { vocabulary, order, levels } = given;
  assertCount('markovRecipe', 'vocabulary', vocabulary, 1);
  assertCount('markovRecipe', 'order', order, 0);
  assertCount('markovRecipe', 'levels', levels, 2);
  if (levels > 256) throw optionFailure('markovRecipe', 'levels', levels, 'at most 256');
  if (vocabulary ** (order + 1) > mostEntries)
    throw optionFailure(
      'markovRecipe',
      'order',
      order,
      `one whose table of ${vocabulary}^${order + 1} entries has at most ${mostEntries}`,
    );
  return { compression: 'markov', vocabulary, order, levels };
}

const configOf = async ({ vocabulary, order, levels }: MarkovRecipe): Promise<string> =>
  (await hashText(`markov ${vocabulary} ${order} ${levels}`)).slice(0, 16);

/** Calls back with the row of the table that each id but the first is predicted by, and the id. */
function eachStep(
  { vocabulary, order }: MarkovRecipe,
  ids: ArrayLike<number>,
  step: (row: number, id: number, at: number) => void,
): void {
  const rows = vocabulary ** order;
  let row = order === 0 ? 0 : (ids[0] ?? 0) % rows;
  for (let i = 1; i < ids.length; i++) {
    const id = ids[i] ?? 0;
    step(row, id, i - 1);
    if (order > 0) row = (row * vocabulary + id) % rows;
  }
}

function assertIds(where: string, ids: ArrayLike<number>, vocabulary: number): void {
  if (ids.length < 2) throw dataFailure(`${where}: the text has ${ids.length} ids; expected at least two`);
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i] ?? Number.NaN;
    if (!(Number.isInteger(id) && id >= 0 && id < vocabulary))
      throw dataFailure(`${where}: id ${i} is ${id}; expected a whole number below ${vocabulary}`);
  }
}

/** Counts as symbols: 0 for what never occurred, then the nearest of `levels` − 1 sizes, evenly good in the logarithm. */
function quantizeCounts(counts: Uint32Array, levels: number): CodedGroup {
  const present: number[] = [];
  for (const count of counts) if (count > 0) present.push(Math.log(count));
  const centers = kMeansLevels(present, levels - 1);
  const largest = Math.exp(Math.max(0, ...centers));
  // powers of two keep the weights of f16 in their range: up to 2^15, at least 2^-24
  const scale = 2 ** Math.min(0, 14 - Math.ceil(Math.log2(largest)));
  const sizes = Float32Array.from(
    [unseen * scale, ...Array.from(centers, (center) => Math.exp(center) * scale)],
    toHalf,
  );
  const symbols = new Uint8Array(counts.length);
  const symbolOf = new Map<number, number>();
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i] ?? 0;
    if (count === 0) continue;
    let symbol = symbolOf.get(count);
    if (symbol === undefined) {
      const log = Math.log(count);
      let nearest = 0;
      centers.forEach((center, j) => {
        if (Math.abs(center - log) < Math.abs((centers[nearest] ?? 0) - log)) nearest = j;
      });
      symbol = nearest + 1;
      symbolOf.set(count, symbol);
    }
    symbols[i] = symbol;
  }
  return { symbols, levels: sizes };
}

/**
 * Counts what follows what in a text, and writes the counts, rounded to few sizes, as a container.
 *
 * @param ids - whole numbers below the vocabulary
 * @throws {EinlabError} `data` for fewer than two ids, or ids outside the vocabulary
 */
export async function encodeMarkov(recipe: MarkovRecipe, ids: ArrayLike<number>): Promise<Uint8Array> {
  const { vocabulary, order, levels } = markovRecipe(recipe);
  assertIds('encodeMarkov', ids, vocabulary);
  const counts = new Uint32Array(vocabulary ** (order + 1));
  eachStep(recipe, ids, (row, id) => {
    const at = row * vocabulary + id;
    counts[at] = (counts[at] ?? 0) + 1;
  });
  return encodeContainer({ config: await configOf(recipe), groups: [quantizeCounts(counts, levels)] });
}

/**
 * Reads a counting model back.
 *
 * @throws {EinlabError} `file` for a damaged container, or one of another recipe
 */
export async function decodeMarkov(
  recipe: MarkovRecipe,
  bytes: Uint8Array,
  source: string = 'container',
): Promise<MarkovModel> {
  const wrong = (message: string): EinlabError => new EinlabError('file', `${source}: ${message}`, { source });
  const { config, groups } = decodeContainer(bytes, source);
  const expected = await configOf(recipe);
  if (config !== expected) throw wrong(`the container was written for ${config}; expected ${expected}`);
  const weights = groupValues(groups[0]);
  const entries = recipe.vocabulary ** (recipe.order + 1);
  if (groups.length !== 1 || weights.length !== entries)
    throw wrong(`the container has ${weights.length} counts in ${groups.length} groups; expected ${entries} in one`);
  const low = weights.findIndex((weight) => !(weight > 0));
  if (low >= 0) throw wrong(`count ${low} is ${weights[low]}; expected numbers > 0`);
  return { recipe, weights };
}

/**
 * What a counting model says about every id of a text but the first.
 *
 * @throws {EinlabError} `data` for fewer than two ids, or ids outside the vocabulary
 */
export function scoreMarkov({ recipe, weights }: MarkovModel, ids: ArrayLike<number>): TextScore {
  const { vocabulary } = recipe;
  assertIds('scoreMarkov', ids, vocabulary);
  const logProbabilities = new Float32Array(ids.length - 1);
  const ranks = new Uint16Array(ids.length - 1);
  const sums = new Float64Array(vocabulary ** recipe.order);
  eachStep(recipe, ids, (row, id, at) => {
    const first = row * vocabulary;
    if (sums[row] === 0) for (let j = 0; j < vocabulary; j++) sums[row] = (sums[row] ?? 0) + (weights[first + j] ?? 0);
    logProbabilities[at] = Math.min(0, Math.log((weights[first + id] ?? 0) / (sums[row] ?? 1)));
    ranks[at] = rankOf(weights, id, first, vocabulary);
  });
  return { logProbabilities, ranks };
}
