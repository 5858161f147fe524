/** The seed when `EINLAB_SEED` is not set: fixed, so that a run without settings is the same run everywhere. */
const defaultSeed = 20261123;

/**
 * Reads a seed from the text of `EINLAB_SEED`.
 *
 * @param text - decimal digits of an integer in [−2³¹, 2³²), or `undefined` for the default.
 * @throws {RangeError} when the text is not such an integer.
 */
export function parseSeed(text: string | undefined): number {
  if (text === undefined || text === '') return defaultSeed;
  const value = Number(text);
  if (!/^-?\d+$/.test(text) || value < -(2 ** 31) || value >= 2 ** 32) {
    throw new RangeError(`EINLAB_SEED: expected an integer in [-2^31, 2^32), got "${text}"`);
  }
  return value;
}

/** The seed of every property in this run: `EINLAB_SEED`, else a fixed number. The reporter prints it. */
export const SEED: number = parseSeed(process.env['EINLAB_SEED']);
