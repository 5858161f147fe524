import { isStorage } from '../../base/dtype.ts';
import { dtypeError } from '../../base/errors.ts';
import type { Expression, MathOp } from '../expression.ts';
import { cos } from './cos.ts';
import { erf } from './erf.ts';
import { exp } from './exp.ts';
import { expm1 } from './expm1.ts';
import { log } from './log.ts';
import { log1p } from './log1p.ts';
import { argumentOfNormalDistribution, normalDistribution } from './normal-distribution.ts';
import { power } from './power.ts';
import { reciprocalSqrt } from './reciprocal-sqrt.ts';
import { sigmoid } from './sigmoid.ts';
import { sin } from './sin.ts';
import { narrow, widen } from './sixteen-bit.ts';
import { tanh } from './tanh.ts';

type Unary = (x: Expression) => Expression;
type Binary = (x: Expression, y: Expression) => Expression;

const unaryFunctions = { exp, expm1, log, log1p, tanh, sigmoid, erf, sin, cos, reciprocalSqrt } satisfies Record<
  Exclude<MathOp, 'power'>,
  Unary
>;
const functions: Readonly<Record<MathOp, Unary | Binary>> = { ...unaryFunctions, power };

/**
 * The same expression in machine operations alone: every elementary function replaced by its definition, and every
 * conversion to and from 16 bits by one of bits. ½·erf(x/√2) + ½ is one function, too.
 *
 * Nodes below which nothing changes are returned as they are, and shared nodes stay shared.
 *
 * @param memo - what earlier calls have rewritten; give the same map to share between several roots.
 * @throws {EinlabError} when an elementary function has an input that is not `f32`.
 */
export function lowerMath(expression: Expression, memo: Map<Expression, Expression> = new Map()): Expression {
  const known = memo.get(expression);
  if (known !== undefined) return known;
  const argument = argumentOfNormalDistribution(expression);
  if (argument !== undefined) {
    const lowered = normalDistribution(lowerMath(argument, memo));
    memo.set(expression, lowered);
    return lowered;
  }
  const inputs = expression.inputs.map((input) => lowerMath(input, memo));
  const isSame = inputs.every((input, i) => input === expression.inputs[i]);
  const same = isSame ? expression : { ...expression, inputs };
  const lowered = isMathOp(expression.op)
    ? lowerFunction(expression.op, inputs)
    : lowerStorage(same, expression.inputs);
  memo.set(expression, lowered);
  return lowered;
}

/** Lowered inputs may be bits already, so the 16-bit type is that of the input as it was. */
function lowerStorage(node: Expression, [original]: readonly Expression[]): Expression {
  if (node.op === 'widen' && isStorage(original.type)) return widen(node.inputs[0], original.type);
  if (node.op === 'narrow' && isStorage(node.type)) return narrow(node.inputs[0], node.type);
  return node;
}

function lowerFunction(op: MathOp, inputs: readonly Expression[]): Expression {
  const wrong = inputs.find((input) => input.type !== 'f32');
  if (wrong !== undefined) throw dtypeError(`${op} needs f32, got ${wrong.type}`, { op, type: wrong.type });
  const [x, y] = inputs;
  return functions[op](x, y);
}

const isMathOp = (op: Expression['op']): op is MathOp => op in functions;
