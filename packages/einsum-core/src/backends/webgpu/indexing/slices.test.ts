import { describe, expect, it } from 'vitest';
import { noGpu, useTestGpu } from '../gpu.test-helper.ts';

// slices of whole groups of four elements are moved four at a time, others one by one
describe.skipIf(noGpu)('slices on WebGPU', () => {
  const gpu = useTestGpu();
  const [outer, size] = [2, 5];
  const indices = new Int32Array([4, 0, -1, 4, 5, 2, 0]);
  const count = indices.length;

  // slices of 65 536 are so much that an invocation moves several groups of four
  it.each([1, 4, 6, 8, 132, 65_536])('of %i elements are gathered, NaN where an index is outside', async (inner) => {
    const values = Float32Array.from({ length: outer * size * inner }, (_, i) => i + 1);
    const [got] = await gpu().runKernel(
      { kind: 'gather', perElement: false, outer, size, count, inner, missing: 0x7fc00000, elementBytes: 4 },
      [
        { dtype: 'f32', values },
        { dtype: 'i32', values: indices },
      ],
      [{ dtype: 'f32', elements: outer * count * inner }],
    );
    const expected = Array.from({ length: outer * count * inner }, (_, at) => {
      const [o, i, j] = [Math.floor(at / (count * inner)), Math.floor(at / inner) % count, at % inner];
      return values[(o * size + indices[i]) * inner + j];
    }).map((value, at) => {
      const index = indices[Math.floor(at / inner) % count];
      return index >= 0 && index < size ? value : Number.NaN;
    });
    expect(Float32Array.from(got)).toStrictEqual(Float32Array.from(expected));
  });

  it.each([
    [1, true],
    [4, true],
    [6, false],
    [8, false],
    [132, true],
  ])('of %i elements are added up (floating: %s), those outside dropped', async (inner, isFloat) => {
    const dtype = isFloat ? 'f32' : 'i32';
    const numbers = Array.from({ length: outer * count * inner }, (_, i) => (i % 17) - 8);
    const [got] = await gpu().runKernel(
      { kind: 'scatter', isFloat, perElement: false, outer, size, count, inner },
      [
        { dtype: 'i32', values: indices },
        { dtype, values: isFloat ? Float32Array.from(numbers) : Int32Array.from(numbers) },
      ],
      [{ dtype, elements: outer * size * inner }],
    );
    const expected = new Array<number>(outer * size * inner).fill(0);
    numbers.forEach((number, at) => {
      const [o, i, j] = [Math.floor(at / (count * inner)), Math.floor(at / inner) % count, at % inner];
      const index = indices[i];
      if (index >= 0 && index < size) expected[(o * size + index) * inner + j] += number;
    });
    expect([...got]).toStrictEqual(expected);
  });

  it('are none where there are no indices', async () => {
    const [got] = await gpu().runKernel(
      { kind: 'scatter', isFloat: true, perElement: false, outer: 1, size: 2, count: 0, inner: 4 },
      [
        { dtype: 'i32', values: new Int32Array(0) },
        { dtype: 'f32', values: new Float32Array(0) },
      ],
      [{ dtype: 'f32', elements: 8 }],
    );
    expect([...got]).toStrictEqual(new Array(8).fill(0));
  });
});
