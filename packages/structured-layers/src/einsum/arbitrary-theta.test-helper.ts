import fc from 'fast-check';
import type { Theta } from './theta.ts';

/** Three exponents that sum to 1, often with some of them 0. */
const side = (): fc.Arbitrary<readonly [number, number, number]> =>
  fc
    .tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 4 }))
    .filter(([a, b, c]) => a + b + c > 0)
    .map(([a, b, c]) => [a / (a + b + c), b / (a + b + c), c / (a + b + c)]);

/** Points of the einsum space, the borders included. */
export const thetaArbitrary = (): fc.Arbitrary<Theta> =>
  fc
    .tuple(side(), side(), fc.constantFrom(0, 0.25, 0.5, 1))
    .map(([[alpha, beta, gamma], [delta, epsilon, phi], share]) => {
      const limit = Math.max(Math.min(alpha, epsilon), Math.min(beta, delta));
      return { alpha, beta, gamma, delta, epsilon, phi, rho: share * limit };
    });
