/**
 * Reads a factor from the text of `EINLAB_EFFORT`.
 *
 * @param text - decimal digits of an integer from 1 to 10 000, or `undefined` for 1.
 * @throws {RangeError} when the text is not such an integer.
 */
export function parseEffort(text: string | undefined): number {
  if (text === undefined || text === '') return 1;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > 10_000) {
    throw new RangeError(`EINLAB_EFFORT: expected an integer from 1 to 10000, got "${text}"`);
  }
  return value;
}

/** How many times the usual cases every property tries, in as many times the usual time: `EINLAB_EFFORT`, else 1. */
export const EFFORT: number = parseEffort(process.env['EINLAB_EFFORT']);
