import { type DType, roundTo } from '../base/dtype.ts';
import { expression, type Expression } from '../kernels/expression.ts';
import type { PrimitiveParameters } from '../tensor/parameters.ts';
import type { Primitive } from '../tensor/primitive.ts';
import { ANY, elementwisePrimitive } from './elementwise-primitive.ts';

type Parameters = PrimitiveParameters['cast'];

/** f32 to an integer truncates toward zero and saturates, NaN gives 0; between integers the bits stay. */
function convert(value: number, from: DType, to: DType): number {
  if (from !== 'f32' || to === 'f32' || to === 'bool') return to === 'f32' ? value : roundTo(to, value);
  if (Number.isNaN(value)) return 0;
  const [low, high] = to === 'i32' ? [-(2 ** 31), 2 ** 31 - 1] : [0, 2 ** 32 - 1];
  return Math.min(high, Math.max(low, Math.trunc(value)));
}

function convertExpression(x: Expression, to: DType): Expression {
  if (x.type === to) return x;
  if (to === 'f32') return expression('toFloat', 'f32', x);
  if (to === 'bool') return expression('toBool', 'bool', x);
  if (x.type === 'f32' || x.type === 'bool') return expression(to === 'i32' ? 'toInt' : 'toUint', to, x);
  return expression(to === 'i32' ? 'bitsToInt' : 'bitsToUint', to, x);
}

/** The same values as another element type. Its derivative is zero unless both are f32. */
export const cast: Primitive<Parameters> = elementwisePrimitive<Parameters>({
  name: 'cast',
  accepts: [ANY],
  dtype: (_inputs, { dtype }) => dtype,
  scalar: ([x], from, { dtype }) => convert(x, from, dtype),
  expression: ([x], { dtype }) => convertExpression(x, dtype),
  scale: (_call, _input, factor) => factor, // asked only where both types are f32
  examples: [{ domain: [-5, 5], awkward: [0, -0, 0.5, -0.5, 1e30, -1e30, Number.NaN] }],
  exampleParameters: [{ dtype: 'f32' }, { dtype: 'i32' }, { dtype: 'u32' }, { dtype: 'bool' }],
});
