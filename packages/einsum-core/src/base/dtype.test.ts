import { awkwardFloat32, property } from '@einlab/testkit';
import { describe, expect, it } from 'vitest';
import { allocateHost, roundTo } from './dtype.ts';
import { dataError, EinlabError } from './errors.ts';

describe('element types', () => {
  property('rounding is what storing in the host array does', awkwardFloat32(), (value) => {
    for (const dtype of ['f32', 'i32', 'u32'] as const) {
      const stored = allocateHost(dtype, 1);
      stored[0] = value;
      expect(roundTo(dtype, value)).toBe(stored[0]);
    }
  });

  it('bool asks whether a value is not 0', () => {
    expect([0, -0, 0.5, -1, Number.NaN].map((value) => roundTo('bool', value))).toEqual([0, 0, 1, 1, 1]);
    expect(allocateHost('bool', 2)).toEqual(new Uint32Array(2));
  });
});

describe('EinlabError', () => {
  it('has a code to branch on, and the values as fields', () => {
    const error = dataError('train: no data', { length: 0 });
    expect(error).toBeInstanceOf(EinlabError);
    expect(error).toMatchObject({
      name: 'EinlabError',
      code: 'data',
      message: 'train: no data',
      details: { length: 0 },
    });
  });
});
