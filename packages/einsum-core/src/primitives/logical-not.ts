import { expression } from '../kernels/expression.ts';
import type { None } from '../tensor/parameters.ts';
import type { Primitive } from '../tensor/primitive.ts';
import { elementwisePrimitive } from './elementwise-primitive.ts';

/** Not, of bool. */
export const logicalNot: Primitive<None> = elementwisePrimitive<None>({
  name: 'logicalNot',
  accepts: [['bool']],
  scalar: ([a]) => Number(a === 0),
  expression: ([a]) => expression('not', 'bool', a),
  examples: [{}],
});
