import { contest, type Timing } from '../../harness/contest.ts';
import { contestants, exactCheck } from '../../harness/contraction-contest.ts';
import { operandsOf } from '../../work/operands.ts';
import type { Work } from '../../work/work.ts';
import { type Lab, opened, withMissing } from './lab.ts';

/** A contraction on some engines, each in the form that suits it best. */
export async function timeContraction(lab: Lab, names: readonly string[], work: Work): Promise<Record<string, Timing>> {
  const operands = operandsOf(work);
  const entered = contestants(opened(lab, names), work, operands);
  return withMissing(lab, names, await contest(entered, exactCheck(work, operands), lab.turns));
}
