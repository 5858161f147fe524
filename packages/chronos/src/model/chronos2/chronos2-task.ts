import { EinlabError } from '@einlab/einsum-core';
import type { Chronos2Row } from './chronos2-rows.ts';

/** A column beside the target: numbers, or categories as texts and flags; `null` and NaN are missing. */
export type Covariate = readonly (number | string | boolean | null)[];

/** Something to forecast with Chronos-2. */
export interface Chronos2Task {
  /** One series, or several that are forecast together; NaN is missing. */
  readonly target: ArrayLike<number> | readonly ArrayLike<number>[];
  /** The past of every covariate, as long as the target. */
  readonly pastCovariates?: Readonly<Record<string, Covariate>>;
  /** The future of those covariates whose future is known, as long as the horizon. */
  readonly futureCovariates?: Readonly<Record<string, Covariate>>;
}

/** The rows of a task: targets, covariates known in the past only, covariates known in the future too, the latter two by name. */
export interface TaskRows {
  readonly rows: readonly Omit<Chronos2Row, 'group'>[];
  readonly targets: number;
}

const isSeries = (target: Chronos2Task['target']): target is ArrayLike<number> =>
  target.length === 0 || typeof target[0] === 'number';

/** The targets of a task as a list. */
export const targetsOf = ({ target }: Pick<Chronos2Task, 'target'>): readonly ArrayLike<number>[] =>
  isSeries(target) ? [target] : target;

const isMissing = (value: Covariate[number]): boolean =>
  value === null || (typeof value === 'number' && Number.isNaN(value));

/** True for a column with texts or flags. */
const isCategorical = (column: Covariate): boolean =>
  column.some((value) => typeof value === 'string' || typeof value === 'boolean');

const numbersOf = (column: Covariate): number[] => column.map((value) => (value === null ? NaN : Number(value)));

/** Categories by what the target was where they held: (mean + Σ y)/(1 + count); a category never seen is the mean. Missing is a category too. */
function targetEncoding(past: Covariate, target: ArrayLike<number>): (value: Covariate[number]) => number {
  const groups = new Map<string, { sum: number; count: number }>();
  let [total, known] = [0, 0];
  past.forEach((category, t) => {
    const y = target[t];
    const group = groups.get(nameOf(category)) ?? { sum: 0, count: 0 };
    if (!Number.isNaN(y)) {
      total += y;
      known += 1;
      group.sum += y;
      group.count += 1;
    }
    groups.set(nameOf(category), group);
  });
  const mean = known === 0 ? 0 : total / known;
  return (value) => {
    const group = groups.get(nameOf(value));
    return group === undefined ? mean : (mean + group.sum) / (1 + group.count);
  };
}

const nameOf = (value: Covariate[number]): string => (isMissing(value) ? '\u0000missing' : String(value));

/** Categories by their place in the alphabet; one never seen is missing. */
function ordinalEncoding(past: Covariate): (value: Covariate[number]) => number {
  const names = [...new Set(past.filter((value) => !isMissing(value)).map(nameOf))].sort();
  return (value) => {
    const place = names.indexOf(nameOf(value));
    return place < 0 ? NaN : place;
  };
}

/**
 * Checks a task and turns its covariates into numbers.
 *
 * @param where - names the task in errors
 * @throws {EinlabError} `shape` for columns of another length than the target or the horizon, `data` for a future without a past
 */
export function taskRows(task: Chronos2Task, horizon: number, where: string): TaskRows {
  const targets = targetsOf(task);
  const { pastCovariates: past = {}, futureCovariates: future = {} } = task;
  const length = targets[0]?.length ?? 0;
  const wrongLength = (what: string, got: number, expected: number): EinlabError =>
    new EinlabError('shape', `${where}: ${what} has ${got} values; expected ${expected}`, { got, expected });
  targets.forEach((series, i) => {
    if (series.length !== length) throw wrongLength(`target ${i}`, series.length, length);
  });
  for (const [name, column] of Object.entries(past)) {
    if (column.length !== length) throw wrongLength(`the covariate "${name}"`, column.length, length);
  }
  for (const [name, column] of Object.entries(future)) {
    if (!Object.hasOwn(past, name)) {
      throw new EinlabError(
        'data',
        `${where}: the covariate "${name}" has a future but no past; expected one of ${Object.keys(past).join(', ') || 'none'}`,
        { name, known: Object.keys(past) },
      );
    }
    if (column.length !== horizon) throw wrongLength(`the future of the covariate "${name}"`, column.length, horizon);
  }
  const encoderOf = (column: Covariate): ((value: Covariate[number]) => number) =>
    targets.length === 1 ? targetEncoding(column, targets[0]) : ordinalEncoding(column);
  const row = (name: string): Omit<Chronos2Row, 'group'> => {
    const [before, after] = [past[name], future[name]];
    const encode = isCategorical(before) ? encoderOf(before) : undefined;
    const encoded = (column: Covariate): number[] => (encode === undefined ? numbersOf(column) : column.map(encode));
    return { context: encoded(before), future: after === undefined ? undefined : encoded(after) };
  };
  const names = Object.keys(past).sort();
  const ordered = [...names.filter((name) => !(name in future)), ...names.filter((name) => name in future)];
  return { targets: targets.length, rows: [...targets.map((context) => ({ context })), ...ordered.map(row)] };
}
