import { internNodes } from '../../../kernels/expression-graph.ts';
import type { LoopKernel } from '../../../kernels/kernel.ts';

/**
 * Whether every operation of a kernel must be rounded by itself: where it takes the largest or smallest of values, or asks which are equal to
 * another. A value that is not stored is computed in every kernel and pass that needs it, and whether a product there goes into a sum unrounded depends on
 * what else needs the product. The gradient of a maximum would then find no element that equals it, and divide by the number of those.
 */
export function roundsEachOperation({ folds, stores }: LoopKernel): boolean {
  if (folds.some(({ operation }) => operation !== 'sum')) return true;
  const { nodes } = internNodes([...folds, ...stores].map(({ value }) => value));
  return nodes.some(({ op }) => op === 'equal' || op === 'notEqual');
}
