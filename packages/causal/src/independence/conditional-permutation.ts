import { permutation, type Rng } from '@einlab/numerics';
import { secondMoments } from '../data/covariance.ts';
import { cholesky, choleskySolve } from '../linalg/cholesky.ts';
import { hermiteFeatures } from './additive-neighborhood.ts';

/**
 * A way to draw x again as if it depended on some variables only: its prediction from their features stays with its row, and what is left over
 * goes to a random other row.
 *
 * @param x - `f64[sample]`
 * @param given - the variables, `f64[sample]` each; none makes it a plain permutation.
 */
export function residualPermuter(x: Float64Array, given: readonly Float64Array[]): (rng: Rng) => Float64Array {
  const n = x.length;
  const mean = x.reduce((sum, value) => sum + value, 0) / Math.max(1, n);
  const features = given.flatMap(hermiteFeatures);
  const p = features.length;
  const moments = secondMoments([...features, x.map((value) => value - mean)], n);
  const square = new Float64Array(p * p);
  const right = new Float64Array(p);
  for (let i = 0; i < p; i++) {
    for (let j = 0; j < p; j++) square[i * p + j] = moments[i * (p + 1) + j] + (i === j ? 1e-6 : 0);
    right[i] = moments[i * (p + 1) + p];
  }
  const lower = cholesky(square, p);
  const weights = lower === undefined ? new Float64Array(p) : choleskySolve(lower, p, right);
  const predicted = Float64Array.from({ length: n }, (_, i) => {
    let sum = mean;
    for (let f = 0; f < p; f++) sum += weights[f] * features[f][i];
    return sum;
  });
  return (rng) => {
    const order = permutation(rng, n);
    return predicted.map((value, i) => value + x[order[i]] - predicted[order[i]]);
  };
}
