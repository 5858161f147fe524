import { expression } from '../kernels/expression.ts';
import type { None } from '../tensor/parameters.ts';
import type { Primitive } from '../tensor/primitive.ts';
import { elementwisePrimitive } from './elementwise-primitive.ts';

/** Both, of bool. */
export const logicalAnd: Primitive<None> = elementwisePrimitive<None>({
  name: 'logicalAnd',
  accepts: [['bool'], ['bool']],
  scalar: ([a, b]) => Number(a !== 0 && b !== 0),
  expression: ([a, b]) => expression('and', 'bool', a, b),
  examples: [{}],
});
