import { expression, load, type MathOp } from '../../../kernels/expression.ts';
import { lowerMath } from '../../../kernels/math/lower-math.ts';
import type { WgslFunction } from './wgsl-function.ts';
import { createExpressionPrinter, emptyBlock, mathFunctionName } from './print-expressions.ts';

/** Inputs of each elementary function. */
const ARITY: Readonly<Record<MathOp, 1 | 2>> = {
  exp: 1,
  expm1: 1,
  log: 1,
  log1p: 1,
  tanh: 1,
  sigmoid: 1,
  erf: 1,
  sin: 1,
  cos: 1,
  reciprocalSqrt: 1,
  power: 2,
};

/**
 * The elementary functions by their definitions in machine operations, as on every backend. WGSL's own may be wrong by
 * thousands of units in the last place.
 */
export const MATH_FUNCTIONS: Readonly<Record<string, () => WgslFunction>> = Object.fromEntries(
  (Object.keys(ARITY) as MathOp[]).map((op) => [mathFunctionName(op), () => mathFunction(op)]),
);

function mathFunction(op: MathOp): WgslFunction {
  const names = ['x', 'y'].slice(0, ARITY[op]);
  const inputs = names.map((_, n) => load(n, 'f32'));
  const uses = new Set<string>();
  const block = emptyBlock();
  const leaves = { load: (n: number): string => names[n], index: noLeaf, reduced: noLeaf };
  const definition = lowerMath(expression(op, 'f32', ...inputs));
  const printer = createExpressionPrinter([definition], leaves, (name) => uses.add(name), true);
  const result = printer.print(0, () => block);
  const parameters = names.map((name) => `${name}: f32`).join(', ');
  const text = `fn ${mathFunctionName(op)}(${parameters}) -> f32 {\n${block.lines.map((line) => `  ${line}\n`).join('')}  return ${result};\n}`;
  return { text, uses: [...uses] };
}

function noLeaf(): never {
  throw new RangeError('wgsl: an elementary function has inputs alone');
}
