import { EinlabError } from '@einlab/einsum-core';
import { float32, property } from '@einlab/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { meanScaleTokenizer } from './mean-scale-tokenizer.ts';

const tokenizer = meanScaleTokenizer({ tokenCount: 4096, contextLength: 512, predictionLength: 2 });

describe('meanScaleTokenizer', () => {
  it('divides by the mean absolute value and ends with the end', () => {
    const { ids, mask, scale } = tokenizer.encodeContext([1, -3, NaN, 2]);
    expect(scale).toBe(2);
    expect([...mask]).toEqual([1, 1, 0, 1, 1]);
    expect([ids[2], ids[4]]).toEqual([0, 1]);
    expect(tokenizer.decode(ids[1], scale)).toBeCloseTo(-3, 1);
  });

  it.each([
    ['nothing', []],
    ['zeros', [0, 0, 0]],
    ['nothing observed', [NaN, NaN]],
  ])('takes the scale 1 for %s', (_, values) => {
    expect(tokenizer.encodeContext(values).scale).toBe(1);
  });

  it('reads the last values only', () => {
    const short = meanScaleTokenizer({ tokenCount: 96, contextLength: 2, predictionLength: 2 });
    expect(short.encodeContext([100, 1, 3])).toEqual(short.encodeContext([1, 3]));
  });

  it('encodes a causal context without an end, and its label with one', () => {
    const causal = meanScaleTokenizer({ tokenCount: 96, contextLength: 8, predictionLength: 1, modelType: 'causal' });
    expect(causal.encodeContext([1, 2]).ids.length).toBe(2);
    expect([...causal.encodeLabel([1], 1).ids].at(-1)).toBe(1);
  });

  it('refuses a label of another length, with both lengths', () => {
    expect(() => tokenizer.encodeLabel([1], 1)).toThrow('the label has 1 values; expected predictionLength=2');
  });

  it.each([
    [{ tokenCount: 4 }, 'tokenCount is 4; expected a whole number ≥ 5'],
    [{ pad: 2 }, 'pad is 2; expected an id below specialCount=2'],
    [{ low: 1, high: 1 }, 'low is 1 and high is 1; expected low < high'],
    [{ contextLength: 0 }, 'contextLength is 0; expected a whole number ≥ 1'],
  ])('refuses %o', (wrong, message) => {
    const make = (): unknown => meanScaleTokenizer({ tokenCount: 96, contextLength: 8, predictionLength: 1, ...wrong });
    expect(make).toThrow(EinlabError);
    expect(make).toThrow(message);
  });

  property(
    'decode(encode(x)) is within half a bin, inside the range',
    fc.array(float32({ min: -1e6, max: 1e6 }), { minLength: 1, maxLength: 40 }),
    (values) => {
      const { ids, scale } = tokenizer.encodeContext(values);
      const half = ((30 * scale) / 4092 / 2) * (1 + 1e-3);
      return values.every((value, i) => {
        const inside = Math.min(Math.max(value, -15 * scale), 15 * scale);
        return Math.abs(tokenizer.decode(ids[i], scale) - inside) <= half + Math.abs(value) * 2 ** -22;
      });
    },
  );
});
