import { describe, expect, it } from 'vitest';
import { addE, constant, type Expression, expression, load, multiplyE } from '../expression.ts';
import { lowerMath } from './lower-math.ts';

const x = load(0, 'f32');
const opsOf = (root: Expression, found: Set<string> = new Set()): Set<string> => {
  found.add(root.op);
  for (const input of root.inputs) opsOf(input, found);
  return found;
};

describe('lowerMath(expression)', () => {
  it('returns an expression without elementary functions as it is', () => {
    const root = addE(multiplyE(x, x), constant(1));
    expect(lowerMath(root)).toBe(root);
  });

  it('replaces functions of functions, wherever they stand', () => {
    const inner = expression('exp', 'f32', expression('log1p', 'f32', x));
    const lowered = lowerMath(addE(inner, x));
    const ops = opsOf(lowered);
    expect(ops.has('fma')).toBe(true);
    expect(['exp', 'log1p'].filter((op) => ops.has(op))).toStrictEqual([]);
    expect(lowered.inputs[1]).toBe(x);
  });

  it('keeps shared nodes shared, and between roots when they share a memo', () => {
    const shared = expression('exp', 'f32', x);
    const lowered = lowerMath(addE(shared, shared));
    expect(lowered.inputs[0]).toBe(lowered.inputs[1]);
    const memo = new Map<Expression, Expression>();
    expect(lowerMath(shared, memo)).toBe(lowerMath(addE(shared, x), memo).inputs[0]);
  });

  it('turns power by a small constant into multiplications', () => {
    expect(lowerMath(expression('power', 'f32', x, constant(2)))).toStrictEqual(multiplyE(x, x));
    expect(lowerMath(expression('power', 'f32', x, constant(1)))).toBe(x);
  });

  it('names a function and the type it does not take', () => {
    expect(() => lowerMath(expression('tanh', 'i32', load(0, 'i32')))).toThrow('tanh needs f32, got i32');
    expect(() => lowerMath(expression('power', 'f32', x, load(1, 'bool')))).toThrow('power needs f32, got bool');
  });
});
