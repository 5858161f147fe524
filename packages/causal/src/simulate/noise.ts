import { normal, type Rng, uniform } from '@einlab/numerics';

/** Distributions of noise, all with standard deviation or scale 1. */
export type NoiseKind = 'gaussian' | 'exponential' | 'gumbel' | 'uniform' | 'laplace';

/**
 * One draw. Gaussian N(0, 1); exponential with mean 1; Gumbel(0, 1); uniform on [−1, 1]; Laplace with scale 1: the choices of
 * Zheng et al. 2018, appendix C.
 */
export function drawNoise(rng: Rng, kind: NoiseKind): number {
  switch (kind) {
    case 'gaussian':
      return normal(rng);
    case 'exponential':
      return -Math.log(1 - uniform(rng));
    case 'gumbel':
      return -Math.log(-Math.log((uniform(rng) + 2 ** -54) / (1 + 2 ** -53)));
    case 'uniform':
      return 2 * uniform(rng) - 1;
    case 'laplace': {
      const u = uniform(rng) - 0.5;
      return -Math.sign(u) * Math.log(1 - 2 * Math.abs(u) + 2 ** -60);
    }
  }
}

/** A number of either sign whose size is even on [low, high): ±U[low, high). */
export function signedUniform(rng: Rng, low: number, high: number): number {
  const size = low + (high - low) * uniform(rng);
  return uniform(rng) < 0.5 ? -size : size;
}
