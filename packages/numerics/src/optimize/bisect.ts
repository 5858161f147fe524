/** Options of `bisect`. */
export interface BisectOptions {
  /** Width of the bracket at which to stop; by default the bracket shrinks until f64 has no number inside it. */
  readonly tolerance?: number;
}

/**
 * A root of a continuous function in a bracket, by halving it.
 *
 * @param bracket - `[low, high]` with f(low) and f(high) of opposite signs, or one of them 0.
 * @throws {RangeError} when the bracket is not finite and ascending, or f has the same sign (or NaN) at both ends.
 */
export function bisect(
  f: (x: number) => number,
  bracket: readonly [low: number, high: number],
  options: BisectOptions = {},
): number {
  const { tolerance = 0 } = options;
  let [low, high] = bracket;
  if (!(low <= high && Number.isFinite(low) && Number.isFinite(high))) {
    throw new RangeError(`bisect: the bracket must be finite and ascending, got [${low}, ${high}]`);
  }
  const atLow = f(low);
  const atHigh = f(high);
  if (atLow === 0) return low;
  if (atHigh === 0) return high;
  if (!(atLow < 0 ? atHigh > 0 : atLow > 0 && atHigh < 0)) {
    throw new RangeError(
      `bisect: f must change sign in the bracket, but f(${low}) = ${atLow} and f(${high}) = ${atHigh}`,
    );
  }
  while (high - low > tolerance) {
    const middle = low / 2 + high / 2;
    if (middle <= low || middle >= high) break;
    const value = f(middle);
    if (value === 0) return middle;
    if (value < 0 === atLow < 0) low = middle;
    else high = middle;
  }
  return low / 2 + high / 2;
}
