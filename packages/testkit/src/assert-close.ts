import { AssertionError } from 'node:assert';
import { expect } from 'vitest';
import { type AssertCloseOptions, mismatch } from './mismatch.ts';
import { SEED } from './seed.ts';

/**
 * Asserts that values agree within the tolerance of their dtype and reduction length.
 *
 * NaN equals NaN; an infinity equals only itself. A failure names the worst index, both values and the tolerance.
 *
 * @throws {AssertionError} when the lengths differ or any value is off.
 */
export function assertClose(
  got: ArrayLike<number>,
  expected: ArrayLike<number>,
  options: AssertCloseOptions = {},
): void {
  const found = mismatch(got, expected, options);
  if (found !== undefined) {
    const message = `${found}\n  seed       ${SEED}`;
    throw new AssertionError({ message, actual: got, expected, operator: 'assertClose' });
  }
  // Counted as an assertion, so that vitest and `property` know that something was checked.
  expect(found).toBeUndefined();
}
