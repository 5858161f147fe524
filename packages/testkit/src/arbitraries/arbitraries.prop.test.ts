import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assertClose } from '../assert-close.ts';
import { property } from '../property.ts';
import { axisName, invalidAxisName } from './axis-name.ts';
import { awkwardFloat32, awkwardFloat32Array, awkwardFloat32Values, float32Array } from './float32.ts';
import { wellConditioned } from './well-conditioned.ts';

describe('axisName', () => {
  const grammar = /^\p{L}[\p{L}\d]*$/u;
  property('gives a letter, then letters and digits', axisName(), (name) => grammar.test(name));
  property('has near misses that the grammar refuses', invalidAxisName(), (name) => !grammar.test(name));
});

describe('float32', () => {
  property(
    'gives finite numbers that f32 holds exactly',
    awkwardFloat32(),
    (x) => Number.isFinite(x) && Math.fround(x) === x,
  );
  property(
    'fills arrays of the length that was asked for',
    fc.tuple(float32Array(9, { min: -2, max: 3 }), awkwardFloat32Array(70)),
    ([harmless, awkward]) => awkward.length === 70 && harmless.length === 9 && harmless.every((x) => x >= -2 && x <= 3),
  );

  it('has both zeros, ±1e±30 and the subnormal numbers among the awkward values', () => {
    for (const wanted of [0, -0, 1e30, -1e30, 1e-30, -1e-30, 2 ** -149]) {
      expect(awkwardFloat32Values.some((x) => Object.is(x, Math.fround(wanted)))).toBe(true);
    }
  });

  it('makes ties', () => {
    const arrays = fc.sample(awkwardFloat32Array(8), { numRuns: 20, seed: 1 });
    for (const values of arrays) expect(new Set(values).size).toBeLessThan(8);
  });
});

describe('wellConditioned', () => {
  property(
    'keeps the condition number within its limit',
    wellConditioned({ maxCondition: 10 }),
    ({ condition }) => condition <= 10,
  );

  property(
    'has the condition number it states',
    wellConditioned({ minSize: 2, maxSize: 2, maxCondition: 10 }),
    (matrix) => {
      // For 2×2: s₁s₂ = |det|, s₁² + s₂² = ‖A‖², and the ratio is the condition number.
      const [a = 0, b = 0, c = 0, d = 0] = matrix.values;
      const product = Math.abs(a * d - b * c);
      const squares = a * a + b * b + c * c + d * d;
      assertClose([squares], [product * (matrix.condition + 1 / matrix.condition)], {
        dtype: 'f64',
        reductionLength: 100,
      });
    },
  );
});
