import type { ContractionKernel } from '../../../kernels/contraction.ts';

/** What contractions with batch axes, and those of operands that lie along a summed axis, need besides: other products of matrices do without. */
type SpecialSchedules = typeof import('./special-schedules.ts');

let loaded: SpecialSchedules | undefined;

/** Whether a contraction could be carried out in other ways than with lanes along the columns of a matrix. */
export const needsSpecialSchedules = ({ batch, contracted }: ContractionKernel): boolean =>
  batch.length > 0 || contracted.some(({ left, right }) => Math.abs(left) === 1 && Math.abs(right) === 1);

/** Loads them; to be awaited before a contraction that needs them is scheduled. */
export async function loadSpecialSchedules(): Promise<void> {
  loaded ??= await import('./special-schedules.ts');
}

/** What was loaded. */
export function specialSchedules(): SpecialSchedules {
  if (loaded === undefined) throw new RangeError('this contraction needs loadSpecialSchedules() first');
  return loaded;
}
