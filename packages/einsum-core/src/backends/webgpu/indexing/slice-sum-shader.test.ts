import { describe, expect, it } from 'vitest';
import type { IndexedContraction } from '../../../kernels/kernel.ts';
import { noGpu, useTestGpu } from '../gpu.test-helper.ts';

const [tokens, size, missing] = [5, 7, 2];

/** y[token] = Σ_slot weights[token, slot] · rows[index[token, slot]], where weights and rows do not start their buffers. */
const weightedRows = (slots: number, length: number, first: number): IndexedContraction => ({
  kind: 'indexedContraction',
  contraction: {
    kind: 'contraction',
    batch: [],
    rows: [],
    columns: [{ size: length, left: 0, right: 1, out: 1 }],
    contracted: [],
  },
  offsets: [3, first],
  steps: [
    { size: tokens, left: slots, right: 0, out: length, isSummed: false },
    { size: slots, left: 1, right: 0, out: 0, isSummed: true },
  ],
  lookups: [{ tensor: 'right', stride: length, size, offset: 1, strides: [slots, 1] }],
});

// slices of whole groups of four are read four at a time, and sixteen where their places allow; many slots are a loop; a slice of 262 144 is more than an invocation each
describe.skipIf(noGpu)('weighted sums of slices on WebGPU', () => {
  const gpu = useTestGpu();
  it.each([
    [1, 1, 8],
    [3, 6, 8],
    [3, 8, 8],
    [10, 132, 8],
    [3, 48, 32],
    [10, 16, 16],
    [2, 262_144, 8],
    [2, 262_144, 16],
  ])(
    'of %i slots are those of plain loops, with %i elements after %i others, NaN where a slice is not there',
    async (slots, length, first) => {
      const weights = Float32Array.from({ length: 3 + tokens * slots }, (_, i) => ((i * 5) % 7) - 3);
      const rows = Float32Array.from({ length: first + size * length }, (_, i) => ((i * 3) % 11) - 5);
      const indices = Int32Array.from({ length: 1 + tokens * slots }, (_, i) => (i * 4) % size);
      // the first slot of one token, which later ones must not hide
      indices[1 + missing * slots] = -1;
      const [got] = await gpu().runKernel(
        weightedRows(slots, length, first),
        [
          { dtype: 'f32', values: weights },
          { dtype: 'f32', values: rows },
          { dtype: 'i32', values: indices },
        ],
        [{ dtype: 'f32', elements: tokens * length }],
      );
      const expected = new Float32Array(tokens * length);
      for (let token = 0; token < tokens; token++)
        for (let slot = 0; slot < slots; slot++)
          for (let at = 0; at < length; at++) {
            const weight = weights[3 + token * slots + slot];
            const row = rows[first + indices[1 + token * slots + slot] * length + at];
            expected[token * length + at] += token === missing ? Number.NaN : weight * row;
          }
      const off = expected.findIndex((value, at) => !Object.is(value, got[at]));
      expect(off, `element ${off} is ${got[off]}, expected ${expected[off]}`).toBe(-1);
    },
  );
});
