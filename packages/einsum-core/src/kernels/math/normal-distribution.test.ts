import { describe, expect, it } from 'vitest';
import { compileElementwise } from '../../testing/evaluate-expression.ts';
import { exactErf } from '../../testing/exact-erf.ts';
import { MODES, SUBJECTS, samples } from '../../testing/measure-ulps.ts';
import { addE, constant, type Expression, expression, load, multiplyE } from '../expression.ts';
import { internNodes } from '../expression-graph.ts';
import { lowerMath } from './lower-math.ts';
import { argumentOfNormalDistribution } from './normal-distribution.ts';

const x = load(0, 'f32');
/** ½·erf(x·scale) + ½ */
const written = (scale: number): Expression =>
  addE(multiplyE(expression('erf', 'f32', multiplyE(x, constant(scale))), constant(0.5)), constant(0.5));

describe('the normal distribution', () => {
  it.each(MODES)(
    'stays within its stated absolute error and within [0, 1] for every kind of f32, relaxed = %s',
    (relaxed) => {
      const points = samples({ ...SUBJECTS.erf, range: [-6, 6], hardPoints: [5.55, -5.55, 1.5, 0.5] });
      const results = compileElementwise(lowerMath(written(Math.SQRT1_2)), { relaxed })(points);
      let worst = 0;
      for (let i = 0; i < points.length; i++) {
        const exact = 0.5 + 0.5 * exactErf(points[i] * Math.SQRT1_2);
        if (Number.isNaN(points[i])) expect(results[i]).toBeNaN();
        else {
          expect(results[i]).toBeGreaterThanOrEqual(0);
          expect(results[i]).toBeLessThanOrEqual(1);
          worst = Math.max(worst, Math.abs(results[i] - exact));
        }
      }
      expect(worst).toBeLessThanOrEqual(1.4e-7);
      expect(worst).toBeGreaterThan(0.7e-7);
    },
  );

  it('is recognized as gelu writes it, in fewer operations, and nothing else is', () => {
    expect(argumentOfNormalDistribution(written(Math.SQRT1_2))).toBe(x);
    expect(argumentOfNormalDistribution(written(0.7))).toBeUndefined();
    expect(argumentOfNormalDistribution(addE(x, constant(0.5)))).toBeUndefined();
    const size = (node: Expression): number => internNodes([node]).nodes.length;
    expect(size(lowerMath(written(Math.SQRT1_2)))).toBeLessThan(size(lowerMath(written(0.7))) - 4);
  });
});
