import { EinlabError } from '@einlab/einsum-core';
import { permutation, type RandomKey, rngFromKey, splitKey } from '@einlab/numerics';
import { standardized } from '../data/standardize.ts';
import { namesOf, type Table } from '../data/table.ts';
import type { RowSplit } from './dat-batches.ts';
import { type DatOutcome, type DatTask, type DatTraining, fullTraining } from './dat-options.ts';
import { trainDat } from './dat-train.ts';
import { type Decision, decide, defaultDecision, type PairDecision } from './decision.ts';

/** How the differentiable adjacency test is run. */
export interface DatTestOptions extends DatTraining {
  readonly key: RandomKey;
  /** By default two standard errors. */
  readonly decision?: Decision;
  /** Share of the rows that judge and do not train; 0.2 by default. */
  readonly heldOut?: number;
  readonly signal?: AbortSignal;
}

/** What the test says about a pair. */
export interface DatTestResult extends PairDecision {
  /** x → y and y → x. */
  readonly directions: readonly [DatOutcome, DatOutcome];
  /** ψ of each candidate, by name, averaged over the directions: near 1 belongs to the separating set. */
  readonly psi: Readonly<Record<string, number>>;
  /** The set that separates better, by name, of one of the directions or all of z: a separating set where the pair is not adjacent. */
  readonly separatingSet: readonly string[];
  /** What x explained of y along the game, and y of x. */
  readonly trace: readonly [readonly number[], readonly number[]];
}

/**
 * Splits rows at random into those that train and those that judge.
 *
 * @throws {EinlabError} `data`, where fewer than 20 rows would be left on either side.
 */
export function splitRows(rows: number, share: number, key: RandomKey): RowSplit {
  if (!(share > 0 && share < 1))
    throw new EinlabError('option', `dat: heldOut is ${share}; expected a number between 0 and 1`, { share });
  const order = Int32Array.from(permutation(rngFromKey(key), rows));
  const count = Math.round(rows * share);
  if (count < 20 || rows - count < 20)
    throw new EinlabError(
      'data',
      `dat: ${rows} rows leave ${rows - count} to train and ${count} to judge; expected at least 20 each`,
      { rows },
    );
  return { training: order.subarray(count), heldOut: order.subarray(0, count) };
}

/** Columns as the networks take them: z-scored, f32. */
export const networkColumns = ({ columns }: Table): Float32Array[] =>
  columns.map(({ values }) => Float32Array.from(standardized(values)));

/**
 * The differentiable adjacency test: is there a subset of other variables given which x and y are independent?
 *
 * Each variable z_m is mixed with long-tailed noise, ψ_m z_m + (1 − ψ_m) n_m. Two networks predict y and its squared residual, one without and one
 * with x; ψ descends what x explains (the difference of their losses) while the networks descend their losses. At the end ψ is rounded, so that it
 * is a set, the networks are fitted again, and what x explains is measured on rows that trained nothing; and once more given all of z. The smaller of the two counts. Both directions are tested.
 *
 * @param z - names of the variables that a separating set may hold.
 * @throws {EinlabError} `data` for unknown names or too few rows, `option` for settings out of range.
 * @see Amin and Wilson 2024, section 3. Departs from it: rounding, fitting again, a second certificate given all of z, and held-out rows, because at a fractional
 *   ψ x may explain nothing although the pair is adjacent.
 */
export async function datTest(
  table: Table,
  x: string,
  y: string,
  z: readonly string[],
  options: DatTestOptions,
): Promise<DatTestResult> {
  const names = namesOf(table);
  const place = (name: string): number => {
    const at = names.indexOf(name);
    if (at < 0)
      throw new EinlabError(
        'data',
        `datTest: there is no column ${JSON.stringify(name)}; the columns are ${names.join(', ')}`,
        { name },
      );
    return at;
  };
  if (x === y || z.includes(x) || z.includes(y)) {
    throw new EinlabError(
      'data',
      `datTest: x = ${JSON.stringify(x)}, y = ${JSON.stringify(y)} and z = ${z.join(', ')} must be different variables`,
    );
  }
  const [a, b, set] = [place(x), place(y), z.map(place)];
  const tasks: DatTask[] = [
    { x: a, y: b, z: set },
    { x: b, y: a, z: set },
  ];
  const { key, decision = defaultDecision, heldOut = 0.2, signal, ...training } = options;
  const [splitOwn, own] = splitKey(key, 2);
  const split = splitRows(table.rows, heldOut, splitOwn);
  const [forward, backward] = await trainDat(tasks, {
    columns: networkColumns(table),
    split,
    key: own,
    training: fullTraining(training),
    signal,
  });
  const better = forward.varianceExplained <= backward.varianceExplained ? forward : backward;
  const decided = decide([forward, backward], decision);
  return {
    ...decided,
    directions: [forward, backward],
    psi: Object.fromEntries(z.map((name, m) => [name, (forward.psi[m] + backward.psi[m]) / 2])),
    separatingSet: decided.at === 'whole' ? [...z] : better.set.map((node) => names[node]),
    trace: [forward.trace, backward.trace],
  };
}
