import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { MathOp } from '../expression.ts';
import { MODES, measurePower, measureUnary, UNARY_OPS } from '../../testing/measure-ulps.ts';
import { statedErrors } from './stated-errors.ts';

describe.each(MODES)('elementary functions against f64, relaxed = %s', (relaxed) => {
  it.each(UNARY_OPS)('%s stays within its stated error for every kind of f32', (op) => {
    const { ulps, at } = measureUnary(op, relaxed);
    expect(ulps, `at x = ${at}`).toBeLessThanOrEqual(statedErrors[op]);
  });

  it('power stays within its stated error where the result is a normal number', () => {
    const { ulps, at } = measurePower(relaxed);
    expect(ulps, `at x = ${at}`).toBeLessThanOrEqual(statedErrors.power);
  });
});

describe('stated errors', () => {
  const page = new URL('../../../../../docs/concepts/elementary-functions.md', import.meta.url);
  const measured = (op: MathOp, relaxed: boolean): string =>
    (op === 'power' ? measurePower(relaxed) : measureUnary(op, relaxed)).ulps.toFixed(2);

  it('stand in docs/concepts/elementary-functions.md as they stand in the code', () => {
    const rows = [...readFileSync(page, 'utf8').matchAll(/^\| `(\w+)` \| (\d+) \|/gm)];
    expect(Object.fromEntries(rows.map(([, op, ulps]) => [op, Number(ulps)]))).toStrictEqual(statedErrors);
  });

  it('are not generous: the samples reach half of each', () => {
    const rows = (Object.keys(statedErrors) as MathOp[]).map((op) => {
      const errors = MODES.map((relaxed) => measured(op, relaxed));
      return { op, stated: statedErrors[op], errors };
    });
    if (process.env['EINLAB_PRINT_ULPS'] === '1') {
      const head = `function | stated | relaxed fma | multiply, then add`;
      process.stdout.write(
        [head, ...rows.map(({ op, stated, errors }) => `${op} | ${stated} | ${errors.join(' | ')}`)]
          .join('\n')
          .concat('\n'),
      );
    }
    for (const { op, stated, errors } of rows) {
      expect(Math.max(...errors.map(Number)), op).toBeGreaterThanOrEqual(stated / 2);
    }
  });
});
