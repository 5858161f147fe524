import { describe, expect, it } from 'vitest';
import { einsum } from '../operations/einsum.ts';
import { abs, cast, exp, floor, multiply, relu, stopGradient, tanh } from '../operations/elementwise.ts';
import { sum } from '../operations/reductions.ts';
import { primitives } from './defined-primitives.ts';
import { tensor } from '../tensor/create.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checkGradients } from './check-gradients.ts';
import { checkOneSidedDerivatives } from './one-sided-derivatives.ts';
import { primitiveLaws } from './primitive-laws.ts';

const x = tensor([0.5, -1.25, 2]);

describe('checkGradients', () => {
  it('accepts right derivatives of functions of trees, with integers and other leaves among the arguments', async () => {
    const f = ({ w, scale }: { w: Tensor; scale: number }, picks: Tensor): { a: Tensor; b: Tensor } => ({
      a: tanh(multiply(einsum('i,j->ij', w, w), scale)),
      b: sum(multiply(w, cast(picks, 'f32'))),
    });
    await expect(checkGradients(f, [{ w: x, scale: 2 }, tensor(Int32Array.of(1, 2, 3))])).resolves.toBeUndefined();
  });

  it('refuses a derivative that forgets a term, naming the mode and both numbers', async () => {
    const forgetful = (value: Tensor): Tensor => multiply(value, stopGradient(value)); // x², with half its derivative
    await expect(checkGradients(forgetful, [x], { modes: ['vjp'] })).rejects.toThrow(
      /vjp of f: the derivative is .* finite differences give/,
    );
    await expect(checkGradients(forgetful, [x], { modes: ['jvp'] })).rejects.toThrow(/jvp of f, output 0, element 0/);
  });

  it('refuses a second derivative that is wrong where the first is right', async () => {
    // d/dx (x·s(x) + …) is right at first order only: the derivative's own dependence is cut.
    const shallow = (value: Tensor): Tensor => {
      const cube = multiply(multiply(stopGradient(value), stopGradient(value)), value);
      return multiply(cube, 3); // 3x²·x with derivative 3x² as x³ has, but no second one
    };
    const cubeLike = (value: Tensor): Tensor => {
      const flat = multiply(stopGradient(multiply(multiply(value, value), value)), -2);
      return shallow(value).add(flat); // the value of x³
    };
    await expect(checkGradients(cubeLike, [x], { order: 1 })).resolves.toBeUndefined();
    await expect(checkGradients(cubeLike, [x], { order: 2 })).rejects.toThrow(/(vjp|jvp) of (vjp|jvp) of f/);
  });

  it('refuses a step, whose derivative is zero but whose differences are not', async () => {
    await expect(checkGradients((value: Tensor) => floor(value), [tensor([1])])).rejects.toThrow('finite differences');
  });
});

describe('checkOneSidedDerivatives', () => {
  it('counts what it compared: at 0, |x| has both one-sided derivatives, its derivative has none', async () => {
    expect(await checkOneSidedDerivatives((value) => abs(value), [tensor([0])], 2)).toBe(1);
    expect(await checkOneSidedDerivatives((value) => exp(value), [tensor([0, 50, -50])], 2)).toBe(6);
  });

  it('refuses another share of a tie than the mean, naming the point', async () => {
    await expect(checkOneSidedDerivatives((value) => relu(value), [tensor([3, 0])], 1)).rejects.toThrow(
      '∂f/∂0 at (0) is 0; the one-sided derivatives are 0 and 1, so expected 0.5',
    );
  });
});

describe('primitiveLaws', () => {
  const lawOf = (laws: ReturnType<typeof primitiveLaws>, part: string): Promise<void> => {
    const law = laws.find(({ name }) => name.includes(part));
    if (law === undefined) throw new Error(`no law is called "${part}"`);
    return law.run();
  };

  it('can fail: a false claim of linearity, and of a zero derivative', async () => {
    await expect(lawOf(primitiveLaws(primitives.abs, { linearIn: [[0]] }), 'linear in')).rejects.toThrow(
      /f\(0.75x \+ -1.5z\) is/,
    );
    await expect(lawOf(primitiveLaws(primitives.tanh, { derivative: 'zero' }), 'are zero')).rejects.toThrow(
      'expected the derivative 0',
    );
  });
});
