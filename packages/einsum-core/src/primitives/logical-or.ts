import { expression } from '../kernels/expression.ts';
import type { None } from '../tensor/parameters.ts';
import type { Primitive } from '../tensor/primitive.ts';
import { elementwisePrimitive } from './elementwise-primitive.ts';

/** Either, of bool. */
export const logicalOr: Primitive<None> = elementwisePrimitive<None>({
  name: 'logicalOr',
  accepts: [['bool'], ['bool']],
  scalar: ([a, b]) => Number(a !== 0 || b !== 0),
  expression: ([a, b]) => expression('or', 'bool', a, b),
  examples: [{}],
});
