import { einsum, evaluate, relu, type Tensor, tensor } from '@einlab/einsum-core';
import { describe, expect, it } from 'vitest';
import { inParts, partSize } from './in-parts.ts';

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
