import { einsum, evaluate, relu, type Tensor, tensor } from '@einlab/einsum-core';
import { describe, expect, it } from 'vitest';
import { inFamilies, paddedWidth } from './dat-family.ts';
import { inParts, partSize } from './in-parts.ts';

describe('inFamilies', () => {
  const widths = (blankets: readonly number[]): number[][] =>
    inFamilies(blankets, paddedWidth).map((family) => family.map(paddedWidth));
  const many = (count: number, blanket: number): number[] => new Array<number>(count).fill(blanket);

  it('keeps tests of one width together, up to 256, in families of nearly equal sizes', () => {
    expect(widths(many(256, 20)).map(({ length }) => length)).toEqual([256]);
    expect(widths(many(1000, 20)).map(({ length }) => length)).toEqual([250, 250, 250, 250]);
    expect(widths([])).toEqual([]);
  });

  it('pads few of them to a much larger width, and keeps their order', () => {
    expect(
      widths([...many(40, 2), ...many(40, 5), ...many(40, 14)]).map((own) => [own.length, Math.max(...own)]),
    ).toEqual([
      [40, 4],
      [40, 8],
      [40, 16],
    ]);
    expect(widths([...many(3, 2), ...many(5, 14), ...many(100, 15), 17])).toEqual(
      [
        [...many(3, 4), ...many(5, 16), ...many(24, 20)],
        [...many(76, 20), 20],
      ].map((own) => own),
    );
    const blankets = Array.from({ length: 300 }, (_, at) => Math.floor(at / 12));
    expect(inFamilies(blankets, paddedWidth).flat()).toEqual(blankets);
    const waste = widths(blankets).map((own) => (own.length * Math.max(...own)) / own.reduce((a, b) => a + b, 0));
    expect(Math.max(...waste)).toBeLessThan(1.6);
  });
});

describe('inParts', () => {
  it('makes parts of about sixteen tests, an even number of them or one', () => {
    expect([1, 7, 16, 17, 60, 128, 256].map(partSize)).toEqual([1, 7, 16, 9, 15, 16, 16]);
    expect([17, 60, 128, 256].map((tests) => Math.ceil(tests / partSize(tests)))).toEqual([2, 4, 8, 16]);
    for (let tests = 1; tests < 600; tests++) expect(partSize(tests)).toBeLessThanOrEqual(24);
  });

  it.each([1, 5, 16, 17, 33, 50])('gives for %i tests what computing all at once gives', async (tests) => {
    const numbers = (seed: number, shape: readonly number[]): Tensor =>
      tensor(
        Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(seed + 1.7 * i)),
        { shape },
      );
    const all = { x: numbers(1, [tests, 3, 4]), inner: [{ w: numbers(2, [tests, 4, 2]) }] };
    const compute = ({ x, inner: [{ w }] }: typeof all) => {
      const product = relu(einsum('test row in, test in out -> test row out', x, w));
      return { product, sums: [product.sum([1, 2])] };
    };
    const [apart, together] = [await evaluate(inParts(tests, all, compute)), await evaluate(compute(all))];
    expect(apart.product.shape).toEqual([tests, 3, 2]);
    expect([...(await apart.product.data())]).toEqual([...(await together.product.data())]);
    expect([...(await apart.sums[0].data())]).toEqual([...(await together.sums[0].data())]);
  });
});
