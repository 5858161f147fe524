import { isRowAccess } from '../../../kernels/expression-facts.ts';
import type { LoopKernel } from '../../../kernels/kernel.ts';

/** Whether a loop does more than compute elements or add up rows: it walks over rows again, adds to what is stored, or looks for extremes. */
export const needsRowPasses = ({ folds, stores, rowRank }: LoopKernel): boolean =>
  folds.length > 1 ||
  folds.some(({ operation }) => operation !== 'sum') ||
  stores.some((store) => store.accumulate || (folds.length > 0 && !isRowAccess(store, rowRank)));
