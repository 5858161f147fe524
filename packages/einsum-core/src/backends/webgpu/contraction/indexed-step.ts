import { normalizeContraction } from '../../../kernels/contraction.ts';
import type { IndexedContraction, KernelCall } from '../../../kernels/kernel.ts';
import type { Target } from '../target.ts';
import type { ScheduledContraction } from './contraction-steps.ts';

/** A call of an indexed contraction. */
export interface IndexedCall extends KernelCall {
  readonly kernel: IndexedContraction;
}

/**
 * An indexed contraction of matrices as one shader: its steps are batch elements, and what a step looks up it finds at an address of its own.
 * The schedule is that of the contraction that copies would be read by, whose sum is never split.
 */
export function indexedStep(
  { kernel: { contraction, offsets, steps, lookups }, reads, writes }: IndexedCall,
  { planOf }: Pick<Target, 'planOf'>,
): ScheduledContraction {
  const { batch, ...groups } = normalizeContraction(contraction);
  const { schedule } = planOf({ ...groups, batch: [...steps, ...batch] });
  return { kernel: { kind: 'contract', contraction, offsets, indexing: { steps, lookups } }, schedule, reads, writes };
}
