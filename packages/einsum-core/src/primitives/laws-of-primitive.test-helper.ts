import type { PrimitiveName } from '../tensor/parameters.ts';
import type { DefinedPrimitive } from '../tensor/primitive.ts';
import type { Law } from '../testing/law.ts';
import { primitiveLaws } from '../testing/primitive-laws.ts';

/** What each primitive claims: the groups of inputs in which it is linear. */
const linearIn: Partial<Record<PrimitiveName, readonly (readonly number[])[]>> = {
  add: [[0, 1]],
  subtract: [[0, 1]],
  multiply: [[0], [1]],
  divide: [[0]],
  negate: [[0]],
  identity: [[0]],
  barrier: [[0]],
  customRule: [[0]],
  select: [[1, 2]],
  reshape: [[0]],
  broadcast: [[0]],
  slice: [[0]],
  concatenate: [[0, 1, 2]],
  window: [[0]],
  windowSum: [[0]],
  gather: [[0]],
  scatterAdd: [[1]],
  cumulativeSum: [[0]],
  takeAlongAxis: [[0]],
  scatterAddAlongAxis: [[1]],
};

/** Steps, and the barrier: zero derivatives by definition. */
const zeroDerivative: readonly string[] = ['sign', 'floor', 'ceil', 'round', 'stopGradient'];

/** The laws of a primitive of the engine, with what it claims. */
export function lawsOfPrimitive(primitive: DefinedPrimitive, seed: number): Law[] {
  const groups = Object.entries(linearIn).find(([name]) => name === primitive.name)?.[1] ?? [];
  const derivative = zeroDerivative.includes(primitive.name) ? 'zero' : 'exact';
  return primitiveLaws(primitive, { seed, linearIn: groups, derivative });
}
