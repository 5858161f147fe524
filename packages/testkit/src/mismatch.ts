import { type ToleranceDtype, toleranceFor } from './tolerance.ts';

/** How values are compared. */
export interface AssertCloseOptions {
  /** The dtype the values were computed in; `f32` by default. */
  readonly dtype?: ToleranceDtype;
  /** Terms summed into one value; 1 by default. */
  readonly reductionLength?: number;
  /**
   * The magnitude that absolute errors are measured against: Σ|x||w| for a contraction whose terms may cancel. By
   * default the largest finite |expected|, or 1 when that is 0.
   */
  readonly scale?: number;
  /** What was being compared; the first words of the failure. */
  readonly message?: string;
}

/**
 * What `assertClose` says of values that do not agree, or undefined where they do. It needs neither Node nor vitest, so
 * that a page in a browser can compare too.
 */
export function mismatch(
  got: ArrayLike<number>,
  expected: ArrayLike<number>,
  options: AssertCloseOptions = {},
): string | undefined {
  const { dtype = 'f32', reductionLength = 1, message } = options;
  const subject = message ?? 'values';
  if (got.length !== expected.length) return `${subject}: got ${got.length} values, expected ${expected.length}`;
  const scale = options.scale ?? defaultScale(expected);
  if (!(scale >= 0 && scale < Infinity))
    throw new RangeError(`assertClose: scale must be finite and ≥ 0, got ${scale}`);

  const { absolute, relative } = toleranceFor(dtype, reductionLength);
  let worst = 0;
  let worstExcess = -1;
  let wrong = 0;
  for (let i = 0; i < expected.length; i += 1) {
    const excess = excessOf(Number(got[i]), Number(expected[i]), absolute * scale, relative);
    if (excess > 1) wrong += 1;
    if (excess > worstExcess) {
      worstExcess = excess;
      worst = i;
    }
  }
  if (wrong === 0) return undefined;
  const [g, e] = [Number(got[worst]), Number(expected[worst])];
  return [
    `${subject}: ${wrong} of ${expected.length} values are off; the worst is at index ${worst}`,
    `  got        ${g}`,
    `  expected   ${e}`,
    `  difference ${Math.abs(g - e)}`,
    `  tolerance  ${absolute * scale + relative * Math.abs(e)} (${dtype}, reduction ${reductionLength}, scale ${scale})`,
  ].join('\n');
}

/** |got − expected| in units of the tolerance: at most 1 is close. Exact where the tolerance is 0. */
function excessOf(got: number, expected: number, absolute: number, relative: number): number {
  if (got === expected || (Number.isNaN(got) && Number.isNaN(expected))) return 0;
  if (!Number.isFinite(got) || !Number.isFinite(expected)) return Infinity;
  return Math.abs(got - expected) / (absolute + relative * Math.abs(expected));
}

function defaultScale(expected: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < expected.length; i += 1) {
    const size = Math.abs(Number(expected[i]));
    if (size > largest && size < Infinity) largest = size;
  }
  return largest === 0 ? 1 : largest;
}
