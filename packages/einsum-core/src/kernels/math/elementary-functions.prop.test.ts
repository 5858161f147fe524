import { awkwardFloat32, property } from '@einlab/testkit';
import fc from 'fast-check';
import { expect } from 'vitest';
import { compileUnary, MODES, type UnaryOp } from '../../testing/measure-ulps.ts';

/** One value through the compiled function, in both modes. */
const both = (op: UnaryOp): ((x: number) => number[]) => {
  const compiled = MODES.map((relaxed) => compileUnary(op, relaxed));
  return (x) => compiled.map((run) => run(Float32Array.of(x))[0]);
};
const functions = {
  exp: both('exp'),
  log: both('log'),
  sin: both('sin'),
  cos: both('cos'),
  sigmoid: both('sigmoid'),
};

const angle = fc.float({ min: -10000, max: 10000, noNaN: true });

for (const op of ['tanh', 'erf'] as const) {
  const run = both(op);
  property(`${op}(−x) = −${op}(x), bit for bit`, awkwardFloat32(), (x) => {
    expect(run(-x)).toStrictEqual(run(x).map((y) => -y));
  });
}

property('sin(−x) = −sin(x) and cos(−x) = cos(x), bit for bit', angle, (x) => {
  expect(functions.sin(-x)).toStrictEqual(functions.sin(x).map((y) => -y));
  expect(functions.cos(-x)).toStrictEqual(functions.cos(x));
});

property('log(exp(x)) = x within 6 units of 2⁻²⁴·max(1, |x|)', fc.float({ min: -80, max: 80, noNaN: true }), (x) => {
  for (const y of functions.exp(x).flatMap(functions.log)) {
    expect(Math.abs(y - x)).toBeLessThanOrEqual(6 * 2 ** -24 * Math.max(1, Math.abs(x)));
  }
});

property('sin² + cos² = 1 within 6 units of 2⁻²⁴', angle, (x) => {
  const cosines = functions.cos(x);
  for (const [mode, sine] of functions.sin(x).entries()) {
    expect(Math.abs(sine ** 2 + cosines[mode] ** 2 - 1)).toBeLessThanOrEqual(6 * 2 ** -24);
  }
});

property('sigmoid(x) + sigmoid(−x) = 1 within 6 units of 2⁻²⁴', awkwardFloat32(), (x) => {
  const mirrored = functions.sigmoid(-x);
  for (const [mode, y] of functions.sigmoid(x).entries()) {
    expect(Math.abs(y + mirrored[mode] - 1)).toBeLessThanOrEqual(6 * 2 ** -24);
  }
});
