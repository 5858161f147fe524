import { describe, expect, it } from 'vitest';
import { noGpu, useTestGpu } from '../gpu.test-helper.ts';
import { SORT_BLOCK } from './sort-shaders.ts';

describe.skipIf(noGpu)('sorting on WebGPU', () => {
  const gpu = useTestGpu();

  // one block, and one, two and five merges: each way to end in the right buffer
  it.each([1, SORT_BLOCK, SORT_BLOCK + 1, 3 * SORT_BLOCK, 20 * SORT_BLOCK + 7])(
    'is stable for %i elements',
    async (count) => {
      const [outer, inner] = [2, 3];
      const values = Float32Array.from({ length: outer * count * inner }, (_, i) => ((i * 7919) % 13) - 6);
      for (const descending of [false, true]) {
        const [got] = await gpu().runKernel(
          { kind: 'argSort', dtype: 'f32', outer, count, inner, descending },
          [{ dtype: 'f32', values }],
          [{ dtype: 'i32', elements: values.length }],
        );
        const expected = new Int32Array(values.length);
        for (let o = 0; o < outer; o++) {
          for (let j = 0; j < inner; j++) {
            const at = (i: number): number => (o * count + i) * inner + j;
            const order = Array.from({ length: count }, (_, i) => i).sort(
              (a, b) => (values[at(a)] - values[at(b)]) * (descending ? -1 : 1),
            );
            order.forEach((place, i) => {
              expected[at(i)] = place;
            });
          }
        }
        expect([...got]).toStrictEqual([...expected]);
      }
    },
  );
});
