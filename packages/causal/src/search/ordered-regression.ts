import { cholesky, choleskySolve, subMatrix } from '../linalg/cholesky.ts';
import type { CompiledKnowledge } from './knowledge.ts';
import { adaptiveLasso } from './lasso.ts';

/**
 * Weights of every variable on those before it in an order, by the adaptive lasso with the BIC.
 *
 * @param order - positions, causes first.
 * @returns `f64[node, node]`, entry (i, j) for i → j.
 */
export function orderedRegression(
  covariance: Float64Array,
  size: number,
  samples: number,
  order: readonly number[],
  { forbidden }: CompiledKnowledge,
): Float64Array {
  const weights = new Float64Array(size * size);
  order.forEach((target, at) => {
    const predictors = order.slice(0, at).filter((m) => forbidden[m * size + target] === 0);
    const p = predictors.length;
    if (p === 0) return;
    const square = subMatrix(covariance, size, predictors).map((value, i) =>
      i % (p + 1) === 0 ? value * (1 + 1e-8) : value,
    );
    const lower = cholesky(square, p);
    const right = predictors.map((m) => covariance[m * size + target]);
    const first = lower === undefined ? Float64Array.from(right) : choleskySolve(lower, p, right);
    adaptiveLasso(covariance, size, samples, target, predictors, first).forEach((weight, m) => {
      weights[predictors[m] * size + target] = weight;
    });
  });
  return weights;
}

/** An order that agrees with required edges and tiers, as near to a wished one as picking the first possible each time makes it. */
export function allowedOrder(wished: readonly number[], { required, forbidden, size }: CompiledKnowledge): number[] {
  const left = [...wished];
  const order: number[] = [];
  while (left.length > 0) {
    const isFree = (node: number): boolean =>
      left.every((other) => other === node || required[other * size + node] === 0);
    // A tier puts all of an earlier group before: those rule out every edge back.
    const isEarly = (node: number): boolean =>
      left.every(
        (other) => other === node || forbidden[node * size + other] === 0 || forbidden[other * size + node] === 1,
      );
    const at = Math.max(
      0,
      [left.findIndex((node) => isFree(node) && isEarly(node)), left.findIndex(isFree)].find((found) => found >= 0) ??
        0,
    );
    order.push(...left.splice(at, 1));
  }
  return order;
}
