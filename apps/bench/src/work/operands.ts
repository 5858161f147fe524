import { keyFromSeed, rngFromKey, splitKey, uniform24 } from '@einlab/numerics';
import { elementCount, operandShapes, type Work } from './work.ts';

/** Operands of a work with elements in [-1, 1): the same numbers in every run. */
export function operandsOf(work: Work, seed: number = 0): Float32Array[] {
  const shapes = operandShapes(work);
  const keys = splitKey(keyFromSeed(seed), shapes.length);
  return shapes.map((shape, i) => {
    const rng = rngFromKey(keys[i] ?? keyFromSeed(seed));
    return Float32Array.from({ length: elementCount(shape) }, () => 2 * uniform24(rng) - 1);
  });
}
