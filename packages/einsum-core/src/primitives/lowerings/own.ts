import { type DType, isStorage } from '../../base/dtype.ts';
import {
  constant,
  type Expression,
  expression,
  type MachineOp,
  type MathOp,
  greaterE,
  lessE,
  selectE,
  shiftRightE,
} from '../../kernels/expression.ts';
import type { ElementwiseName, PrimitiveParameters } from '../../tensor/parameters.ts';
import type { Lowering } from '../../tensor/primitive.ts';

function convertExpression(x: Expression, to: DType): Expression {
  if (x.type === to) return x;
  if (isStorage(x.type)) return convertExpression(expression('widen', 'f32', x), to);
  if (isStorage(to)) return expression('narrow', to, convertExpression(x, 'f32'));
  if (to === 'f32') return expression('toFloat', 'f32', x);
  if (to === 'bool') return expression('toBool', 'bool', x);
  if (x.type === 'f32' || x.type === 'bool') return expression(to === 'i32' ? 'toInt' : 'toUint', to, x);
  return expression(to === 'i32' ? 'bitsToInt' : 'bitsToUint', to, x);
}

/** Elementwise primitives whose value is their operand. */
export type OperandName = 'stopGradient' | 'identity' | 'barrier';

/** Elementwise primitives that are neither the scalar operation of their own name nor their operand. */
export type OwnName = Exclude<ElementwiseName, MachineOp | MathOp | OperandName> | 'shiftRight';

const elementwise = <Name extends OwnName>(
  compute: (inputs: readonly Expression[], parameters: PrimitiveParameters[Name]) => Expression,
): Lowering<PrimitiveParameters[Name]> => ({ kind: 'elementwise', expression: compute });

/** How those are computed. */
export const ownLowerings: { readonly [Name in OwnName]: Lowering<PrimitiveParameters[Name]> } = {
  sign: elementwise<'sign'>(([x]) =>
    selectE(greaterE(x, constant(0)), constant(1), selectE(lessE(x, constant(0)), constant(-1), x)),
  ),
  logicalAnd: elementwise<'logicalAnd'>((inputs) => expression('and', 'bool', ...inputs)),
  logicalOr: elementwise<'logicalOr'>((inputs) => expression('or', 'bool', ...inputs)),
  logicalNot: elementwise<'logicalNot'>((inputs) => expression('not', 'bool', ...inputs)),
  isNaN: elementwise<'isNaN'>(([x]) => expression('notEqual', 'bool', x, x)),
  cast: elementwise<'cast'>(([x], { dtype }) => convertExpression(x, dtype)),
  shiftRight: elementwise<'shiftRight'>(([x], { amount }) => shiftRightE(x, constant(amount, x.type))),
};
