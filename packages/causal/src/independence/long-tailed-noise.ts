import { bitsAt, type RandomKey } from '@einlab/numerics';

/**
 * Long-tailed noise that hides a variable: a Laplace draw ℓ whose size is raised to the power 1.1 beyond 1, halved. Its tail
 * exp(−(2t)^(1/1.1)) falls more slowly than any exponential, which is what makes soft subsets equivalent to sets; Gaussian noise is not
 * long-tailed.
 *
 * @returns `f32[count]`, a function of the key and the position alone.
 */
export function longTailedNoise(key: RandomKey, count: number): Float32Array {
  const noise = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const u = (bitsAt(key, i) + 0.5) * 2 ** -32;
    const size = -Math.log(2 * Math.min(u, 1 - u) + 1e-10);
    noise[i] = (u < 0.5 ? -0.5 : 0.5) * (size > 1 ? size ** 1.1 : size);
  }
  return noise;
}
