import { type DType, isFloat, isStorage, roundTo } from '../base/dtype.ts';
import { expression, type Expression } from '../kernels/expression.ts';
import type { PrimitiveParameters } from '../tensor/parameters.ts';
import type { Primitive } from '../tensor/primitive.ts';
import { ANY, elementwisePrimitive } from './elementwise-primitive.ts';

type Parameters = PrimitiveParameters['cast'];

/**
 * A floating type to an integer truncates toward zero and saturates, NaN gives 0; between integers the bits stay. To 16
 * bits an integer goes by way of f32.
 */
function convert(value: number, from: DType, to: DType): number {
  if (to === 'f32') return value;
  if (isStorage(to)) return roundTo(to, isFloat(from) ? value : Math.fround(value));
  if (!isFloat(from) || to === 'bool') return roundTo(to, value);
  if (Number.isNaN(value)) return 0;
  const [low, high] = to === 'i32' ? [-(2 ** 31), 2 ** 31 - 1] : [0, 2 ** 32 - 1];
  return Math.min(high, Math.max(low, Math.trunc(value)));
}

function convertExpression(x: Expression, to: DType): Expression {
  if (x.type === to) return x;
  if (isStorage(x.type)) return convertExpression(expression('widen', 'f32', x), to);
  if (isStorage(to)) return expression('narrow', to, convertExpression(x, 'f32'));
  if (to === 'f32') return expression('toFloat', 'f32', x);
  if (to === 'bool') return expression('toBool', 'bool', x);
  if (x.type === 'f32' || x.type === 'bool') return expression(to === 'i32' ? 'toInt' : 'toUint', to, x);
  return expression(to === 'i32' ? 'bitsToInt' : 'bitsToUint', to, x);
}

// with ties, and the numbers around which 16 bits become infinite or subnormal
const AWKWARD = [
  0,
  -0,
  0.5,
  -0.5,
  1e30,
  -1e30,
  Number.NaN,
  65519,
  65520,
  2049,
  257,
  3.4e38,
  2 ** -25,
  -(3 * 2 ** -25),
  6e-5,
];

/**
 * The same values as another element type, rounded to it. Its derivative is zero unless both types are floating, where it
 * is 1: rounding has none.
 */
export const cast: Primitive<Parameters> = elementwisePrimitive<Parameters>({
  name: 'cast',
  accepts: [ANY],
  dtype: (_inputs, { dtype }) => dtype,
  scalar: ([x], from, { dtype }) => convert(x, from, dtype),
  expression: ([x], { dtype }) => convertExpression(x, dtype),
  scale: (_call, _input, factor) => factor, // asked only where both types are floating
  moves: true,
  examples: [{ domain: [-5, 5], awkward: AWKWARD }],
  exampleParameters: ANY.map((dtype) => ({ dtype })),
});
