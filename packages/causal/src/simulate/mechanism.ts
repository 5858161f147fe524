import { normal, type Rng, uniform } from '@einlab/numerics';
import { signedUniform } from './noise.ts';

/** The noise-free part of a variable from its parents: `parents` has one column each, the result is `f64[sample]`. */
export type Mechanism = (parents: readonly Float64Array[], rows: number) => Float64Array;

/** Kinds of mechanisms that are drawn at random. */
export type MechanismKind = 'linear' | 'mlp' | 'multiple-index' | 'fourier';

/** Σ w·parent, with the given weights. */
export const linearMechanism =
  (weights: ArrayLike<number>): Mechanism =>
  (parents, rows) => {
    const mean = new Float64Array(rows);
    parents.forEach((values, p) => {
      for (let i = 0; i < rows; i++) mean[i] += weights[p] * values[i];
    });
    return mean;
  };

const dots = (parents: readonly Float64Array[], weights: ArrayLike<number>, from: number, i: number): number => {
  let sum = 0;
  for (let p = 0; p < parents.length; p++) sum += weights[from + p] * parents[p][i];
  return sum;
};

/** w₂ · sigmoid(W₁ · parents) with `hidden` units, no biases, all weights ±U[½, 2]: the mechanism of SDCD and DAT-Graph. */
function mlp(rng: Rng, count: number, hidden: number): Mechanism {
  const first = Float64Array.from({ length: hidden * count }, () => signedUniform(rng, 0.5, 2));
  const second = Float64Array.from({ length: hidden }, () => signedUniform(rng, 0.5, 2));
  return (parents, rows) => {
    const mean = new Float64Array(rows);
    for (let i = 0; i < rows; i++) {
      for (let h = 0; h < hidden; h++) mean[i] += second[h] / (1 + Math.exp(-dots(parents, first, h * count, i)));
    }
    return mean;
  };
}

/** tanh(a·parents) + cos(b·parents) + sin(c·parents), weights ±U[½, 2]: the multiple index model of Zheng et al. 2020. */
function multipleIndex(rng: Rng, count: number): Mechanism {
  const weights = Float64Array.from({ length: 3 * count }, () => signedUniform(rng, 0.5, 2));
  return (parents, rows) =>
    Float64Array.from(
      { length: rows },
      (_, i) =>
        Math.tanh(dots(parents, weights, 0, i)) +
        Math.cos(dots(parents, weights, count, i)) +
        Math.sin(dots(parents, weights, 2 * count, i)),
    );
}

/** A draw from a Gaussian process with a squared exponential kernel of length 1, by `features` random Fourier features. */
function fourier(rng: Rng, count: number, features: number): Mechanism {
  const frequencies = Float64Array.from({ length: features * count }, () => normal(rng));
  const phases = Float64Array.from({ length: features }, () => 2 * Math.PI * uniform(rng));
  const weights = Float64Array.from({ length: features }, () => normal(rng) * Math.sqrt(2 / features));
  return (parents, rows) => {
    const mean = new Float64Array(rows);
    for (let i = 0; i < rows; i++) {
      for (let f = 0; f < features; f++)
        mean[i] += weights[f] * Math.cos(dots(parents, frequencies, f * count, i) + phases[f]);
    }
    return mean;
  };
}

/** A mechanism of a kind, drawn at random for `count` parents. */
export function drawMechanism(rng: Rng, kind: MechanismKind, count: number): Mechanism {
  if (count === 0) return (_, rows) => new Float64Array(rows);
  switch (kind) {
    case 'linear':
      return linearMechanism(Float64Array.from({ length: count }, () => signedUniform(rng, 0.5, 2)));
    case 'mlp':
      return mlp(rng, count, 100);
    case 'multiple-index':
      return multipleIndex(rng, count);
    case 'fourier':
      return fourier(rng, count, 100);
  }
}
