import { describe, expect, it } from 'vitest';
import {
  addE,
  constant,
  divideE,
  equalE,
  type Expression,
  expression,
  load,
  multiplyE,
  selectE,
  subtractE,
} from '../../../kernels/expression.ts';
import type { Fold, LoopKernel } from '../../../kernels/kernel.ts';
import { lowerMath } from '../../../kernels/math/lower-math.ts';
import { createModuleBuilder } from '../emit/module-builder.ts';
import * as bounds from './bound-exponentials.ts';
import { emitLoop } from './emit-loop.ts';
import { planPasses } from './plan-passes.ts';
import * as rowPasses from './row-passes.ts';

const u = 2 ** -24;
const folded = (fold: number): Expression => ({ op: 'reduced', type: 'f32', inputs: [], value: fold });
const shift = selectE(equalE(multiplyE(folded(0), constant(0)), constant(0)), folded(0), constant(0));

/** e^(x − s) over its sum, as softmax is written, with another fold in place of the largest or another value in place of x. */
function softmax(
  rows: number,
  columns: number,
  operation: Fold['operation'] = 'largest',
  x = load(0, 'f32'),
): LoopKernel {
  const power = expression('exp', 'f32', subtractE(x, shift));
  return {
    kind: 'loop',
    axes: [rows, columns],
    rowRank: 1,
    loads: [{ buffer: 0, dtype: 'f32', offset: 0, strides: [columns, 1] }],
    folds: [
      { operation, value: load(0, 'f32') },
      { operation: 'sum', value: power },
    ],
    stores: [
      {
        buffer: 1,
        dtype: 'f32',
        offset: 0,
        strides: [columns, 1],
        accumulate: false,
        value: multiplyE(power, divideE(constant(1), folded(1))),
      },
    ],
  };
}

function run(kernel: LoopKernel, values: Float32Array, relaxed: boolean): Float32Array {
  const module = createModuleBuilder();
  const options = { relaxed, lowerMath, rowPasses };
  module.export('run', emitLoop(module, kernel, options).functionIndex);
  const bytes = 4 * values.length + 16;
  const memory = new WebAssembly.Memory({ initial: Math.ceil((3 * bytes + 4096) / 65536) });
  new Float32Array(memory.buffer, 0, values.length).set(values);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.finish()), { env: { memory } });
  (exports['run'] as (...addresses: number[]) => void)(0, bytes, 2 * bytes);
  return new Float32Array(memory.buffer.slice(bytes, bytes + 4 * values.length));
}

/** Rows of all kinds: ordinary, wide, masked, without numbers, with infinities and NaN. */
function rowsOf(rows: number, columns: number): Float32Array {
  return Float32Array.from({ length: rows * columns }, (_, i) => {
    const [row, column] = [Math.floor(i / columns), i % columns];
    const noise = Math.sin(i * 12.9898) * 43758.5453;
    const x = noise - Math.floor(noise);
    switch (row % 8) {
      case 1:
        return -120 * x;
      case 2:
        return column % 3 === 1 ? Number.NEGATIVE_INFINITY : 4 * x;
      case 3:
        return Number.NEGATIVE_INFINITY;
      case 4:
        return column === columns - 1 ? Number.POSITIVE_INFINITY : 100 * x;
      case 5:
        return column === columns >> 1 ? Number.NaN : x;
      case 6:
        return 3e38 * (x - 0.5);
      default:
        return 8 * x;
    }
  });
}

describe.each([true, false])('exponentials below the largest, relaxed = %s', (relaxed) => {
  it.each([
    [24, 256],
    [19, 131],
    [8, 1024],
    [9, 6],
  ])('are those of softmax in %i rows of %i, whatever a row holds', (rows, columns) => {
    const values = rowsOf(rows, columns);
    const got = run(softmax(rows, columns), values, relaxed);
    for (let row = 0; row < rows; row++) {
      const own = [...values.subarray(row * columns, (row + 1) * columns)];
      const largest = Math.max(...own.filter((x) => !Number.isNaN(x)));
      const s = Number.isFinite(largest) ? largest : 0;
      // e^100 is no f32
      const powers = own.map((x) => (x - s > 88.8 ? Number.POSITIVE_INFINITY : Math.exp(x - s)));
      const sum = powers.reduce((a, b) => a + b, 0);
      for (const [i, x] of own.entries()) {
        const result = got[row * columns + i];
        const exact = powers[i] * (1 / sum);
        const bound = (s - x + Math.log(columns) + columns / 4 + 8 + 12) * u * exact;
        const isRight =
          (Number.isNaN(exact) && Number.isNaN(result)) ||
          Math.abs(result - exact) <= bound ||
          (exact < 2 ** -125.5 && result <= 2 ** -125.5);
        expect(isRight, `row ${row}, column ${i}: ${result}, expected ${exact}`).toBe(true);
        if (x === Number.NEGATIVE_INFINITY && !Number.isNaN(exact)) expect(result).toBe(0);
      }
    }
  });
});

describe('the cheaper form', () => {
  const forms = (kernel: LoopKernel): number[] => {
    const plan = planPasses(kernel);
    return plan.passes.map((pass) => bounds.boundExponentials(kernel, plan, pass, true)?.forms.size ?? 0);
  };

  it('is found where the exponent is a number less the largest of its row', () => {
    expect(forms(softmax(4, 256))).toEqual([0, 1, 0]);
  });

  it('is not where it is another number, or the fold is not known to be the largest', () => {
    expect(forms(softmax(4, 256, 'largest', addE(load(0, 'f32'), constant(1))))).toEqual([0, 0, 0]);
    expect(forms(softmax(4, 256, 'minimum'))).toEqual([0, 0, 0]);
  });
});
