import fc from 'fast-check';
import { expect } from 'vitest';
import { EFFORT } from './effort.ts';
import type { PropertyMeta } from './meta.ts';
import { SEED } from './seed.ts';

/** No single property runs longer than this times the effort; the cases done by then are what it reports. */
const timeCapMilliseconds = 4000;

const defaultRuns = 100;

/** Options of `property`. */
export interface PropertyOptions {
  /** Cases to try at the usual effort; 100 by default. */
  readonly runs?: number;
  /** The seed of the cases; the suite's seed by default. */
  readonly seed?: number;
}

/** Says whether a law holds for a value, by its answer or by assertions. */
// biome-ignore lint/suspicious/noConfusingVoidType: a predicate may assert and return nothing, which is not `undefined` to TypeScript.
export type PropertyPredicate<T> = (value: T) => boolean | void | Promise<boolean | void>;

/**
 * Tries a law on values of an arbitrary; what `property` runs inside its test.
 *
 * @returns how many cases were tried.
 * @throws {Error} with the shrunk counterexample and the seed when the law fails, and when the predicate neither
 *   answered nor asserted anything.
 */
export async function checkProperty<T>(
  arbitrary: fc.Arbitrary<T>,
  predicate: PropertyPredicate<T>,
  options: PropertyOptions = {},
): Promise<PropertyMeta> {
  const { seed = SEED } = options;
  const runs = (options.runs ?? defaultRuns) * EFFORT;
  let answers = 0;
  const law = fc.asyncProperty(arbitrary, async (value) => {
    const result = await predicate(value);
    if (result !== undefined) answers += 1;
    return result;
  });
  const assertionsBefore = expect.getState().assertionCalls;
  let details = await fc.check(law, {
    seed,
    numRuns: runs,
    interruptAfterTimeLimit: timeCapMilliseconds * EFFORT,
    markInterruptAsFailure: false,
  });
  // one case is finished however long it takes: on a busy machine, shaders alone may take as long as the cap
  if (details.interrupted && details.numRuns === 0) details = await fc.check(law, { seed, numRuns: 1 });
  if (details.failed) {
    throw new Error(`${fc.defaultReportMessage(details)}\nTo repeat: EINLAB_SEED=${seed}`, {
      cause: details.errorInstance,
    });
  }
  const assertions = expect.getState().assertionCalls - assertionsBefore;
  if (details.numRuns > 0 && answers + assertions === 0) {
    throw new Error('property: the predicate must return a boolean or make an assertion; it did neither in any case');
  }
  // Also tells vitest, where it demands assertions, that something was checked.
  expect(details.numRuns, 'no case was finished within the time cap').toBeGreaterThan(0);
  return { runs: details.numRuns, requested: runs };
}
