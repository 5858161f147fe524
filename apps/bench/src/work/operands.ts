import { keyFromSeed, rngFromKey, splitKey, uniform24 } from '@einlab/numerics';
import type { TaskInput } from './task.ts';
import { elementCount, operandShapes, type Work } from './work.ts';

/** Elements in [-1, 1), the same numbers in every run. */
function drawn(count: number, key: ReturnType<typeof keyFromSeed>): Float32Array {
  const rng = rngFromKey(key);
  return Float32Array.from({ length: count }, () => 2 * uniform24(rng) - 1);
}

/** Elements in [-scale, scale), different for each seed. */
export function inputOf(shape: readonly number[], seed: number, scale: number = 1): TaskInput {
  return { shape, values: drawn(elementCount(shape), keyFromSeed(seed)).map((value) => scale * value) };
}

/** Operands of a work with elements in [-1, 1): the same numbers in every run. */
export function operandsOf(work: Work, seed: number = 0): Float32Array[] {
  const shapes = operandShapes(work);
  const keys = splitKey(keyFromSeed(seed), shapes.length);
  return shapes.map((shape, i) => drawn(elementCount(shape), keys[i] ?? keyFromSeed(seed)));
}
