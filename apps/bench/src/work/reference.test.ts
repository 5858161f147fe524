import { softmax, sum, type Tensor } from '@einlab/einsum-core';
import { describe, expect, it } from 'vitest';
import { checkRepeated, referenceParts, referenceResult, repeated } from './reference.ts';
import type { TaskInput } from './task.ts';

const repetition = { rows: 2, times: 3 };
const inputs: TaskInput[] = [
  { shape: [2, 3], values: Float32Array.of(1, 2, -3, 0.5, 0, 1) },
  { shape: [3], values: Float32Array.of(1, -1, 2) },
];
const f = (x: Tensor, gain: Tensor): Tensor[] => [softmax(x).multiply(gain), sum(x.multiply(gain), 0), sum(x)];

describe('referenceResult', () => {
  it('of inputs whose rows are repeated is that of the repeated inputs', async () => {
    const short = await referenceResult(inputs, f, repetition);
    const long = await referenceResult(
      inputs.map((input) => repeated(input, repetition)),
      f,
    );
    expect(short.values).toHaveLength(6 * 3 + 3 + 1);
    short.values.forEach((value, i) => {
      expect(value).toBeCloseTo(long.values[i] ?? Number.NaN, 12);
    });
    expect(short.magnitudes[0]).toBe(Math.max(...[...short.values.slice(0, 18)].map(Math.abs)));
  });
});

describe('repeated', () => {
  it('leaves alone what has another number of rows, and keeps integers', () => {
    const ids = { shape: [2], values: Int32Array.of(4, 5) };
    expect(repeated(inputs[1] ?? ids, repetition)).toEqual(inputs[1]);
    expect(repeated(ids, repetition)).toEqual({ shape: [6], values: Int32Array.of(4, 5, 4, 5, 4, 5) });
  });
});

describe('checkRepeated', () => {
  it('finds an element that is wrong in any repetition, and a sum over the rows', async () => {
    const long = await referenceResult(
      inputs.map((input) => repeated(input, repetition)),
      f,
    );
    const parts = await referenceParts(inputs, f, repetition.rows);
    expect(checkRepeated(Float32Array.from(long.values), parts, repetition.times, 8).isRight).toBe(true);
    for (const at of [0, 17, 18, 21]) {
      const wrong = Float32Array.from(long.values);
      wrong[at] = (wrong[at] ?? 0) + 0.01;
      expect(checkRepeated(wrong, parts, repetition.times, 8).isRight).toBe(false);
    }
    expect(checkRepeated(Float32Array.from(long.values).subarray(1), parts, repetition.times, 8).isRight).toBe(false);
  });
});
