import { EinlabError } from '@einlab/einsum-core';
import { wholeNumber } from '../options.ts';
import type { EinsumSizes } from './einsum-sizes.ts';
import { thetaNames } from './theta.ts';

/**
 * Refuses sizes given by hand that are no whole numbers, cannot hold the features, or have a bond that its blocks cannot use.
 * @throws {EinlabError} `option`, naming the size
 */
export function assertSizes(where: string, sizes: EinsumSizes, inSize: number, outSize: number): void {
  for (const name of thetaNames) wholeNumber(where, `sizes.${name}`, sizes[name], 1);
  const { alpha, beta, gamma, delta, epsilon, phi, rho } = sizes;
  for (const [axes, holds, size, side] of [
    [`alpha · beta · gamma = ${alpha} · ${beta} · ${gamma}`, alpha * beta * gamma, inSize, 'inputs'],
    [`delta · epsilon · phi = ${delta} · ${epsilon} · ${phi}`, delta * epsilon * phi, outSize, 'outputs'],
  ] as const) {
    if (holds < size) {
      throw new EinlabError(
        'option',
        `${where}: sizes ${axes} hold ${holds} features, but the map has ${size} ${side}; expected a product ≥ ${size}`,
        { sizes, size },
      );
    }
  }
  const [left, right] = [alpha * delta, beta * epsilon];
  if (rho > Math.min(left, right)) {
    const [name, limit] = left <= right ? ['alpha · delta', left] : ['beta · epsilon', right];
    throw new EinlabError(
      'option',
      `${where}: sizes.rho is ${rho}, above its maximum ${limit}, which is ${name}: with it every block is any matrix already`,
      { rho, limit },
    );
  }
}
