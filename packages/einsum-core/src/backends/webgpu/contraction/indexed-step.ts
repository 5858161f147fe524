import { normalizeContraction } from '../../../kernels/contraction.ts';
import type { IndexedContraction, KernelCall } from '../../../kernels/kernel.ts';
import type { Target } from '../target.ts';
import { slicesOf } from './contraction-layout.ts';
import type { ScheduledContraction } from './contraction-steps.ts';

/** A call of an indexed contraction. */
export interface IndexedCall extends KernelCall {
  readonly kernel: IndexedContraction;
}

/**
 * An indexed contraction of matrices as one shader: its steps are batch elements, and what a step looks up it finds at an address of its own.
 * Where results are added to slices, these are batch elements, and go through the steps that are theirs. The schedule is that of the contraction that copies would be read by, whose sum is never split.
 */
export function indexedStep(
  { kernel: { contraction, offsets, steps, lookups }, reads, writes }: IndexedCall,
  { planOf }: Pick<Target, 'planOf'>,
): ScheduledContraction {
  const { batch, ...groups } = normalizeContraction(contraction);
  const added = lookups.find(({ tensor }) => tensor === 'out');
  const { schedule } = planOf({ ...groups, batch: [...(added === undefined ? steps : [slicesOf(added)]), ...batch] });
  return { kernel: { kind: 'contract', contraction, offsets, indexing: { steps, lookups } }, schedule, reads, writes };
}
