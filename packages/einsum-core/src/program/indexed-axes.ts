import type { LoopKernel } from '../kernels/kernel.ts';
import { leavesOf } from './rewrite-leaves.ts';

/** Axes whose coordinate one of the kernel's expressions asks for. */
export function indexedAxes({ folds, stores }: LoopKernel): ReadonlySet<number> {
  const leaves = leavesOf([...folds, ...stores].map(({ value }) => value));
  return new Set([...leaves].filter(({ op }) => op === 'index').map(({ value }) => value));
}
