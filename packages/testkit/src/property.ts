import { it } from 'vitest';
import type { Arbitrary } from 'fast-check';
import type {} from './meta.ts';
import { checkProperty, type PropertyOptions, type PropertyPredicate } from './check-property.ts';
import { EFFORT } from './effort.ts';

/** The test's own limit. Far above the time cap, because the case under way at the cap is finished, not cut off. */
const testTimeoutMilliseconds = 60_000;

/**
 * Declares a vitest test that a law holds for every value of an arbitrary.
 *
 * Runs with the suite's seed, stops quietly after 4 s times the effort, and records the number of cases in the task's metadata.
 *
 * @param name - the law, as a sentence.
 * @param arbitrary - where the cases come from.
 * @param predicate - returns whether the law holds, or asserts it and returns nothing; may be async. A predicate that
 *   does neither fails: it could not have noticed anything.
 */
export function property<T>(
  name: string,
  arbitrary: Arbitrary<T>,
  predicate: PropertyPredicate<T>,
  options: PropertyOptions = {},
): void {
  it(name, { timeout: testTimeoutMilliseconds * EFFORT }, async ({ task }) => {
    task.meta.property = await checkProperty(arbitrary, predicate, options);
  });
}
