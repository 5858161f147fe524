import { assertClose, property } from '@einlab/testkit';
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { EinlabError } from '../base/errors.ts';
import { einsum } from '../operations/einsum.ts';
import { add, broadcastTo, tanh } from '../operations/elementwise.ts';
import { oneHot, take } from '../operations/indexing.ts';
import { max, sum } from '../operations/reductions.ts';
import { concatenate, flip, pad, reshape, slice, stack, tile, transpose } from '../operations/shape.ts';
import { window } from '../operations/window.ts';
import { arange, full, zeros } from '../tensor/create.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { useDevice } from '../testing/device.test-helper.ts';
import { readOn } from '../testing/shared-device.ts';

/** Sizes that are ordinary, at the ends of 32 and 53 bits, and no sizes at all. */
const extent = fc.oneof(
  { weight: 8, arbitrary: fc.nat(4) },
  { weight: 3, arbitrary: fc.constantFrom(2 ** 15, 2 ** 16, 2 ** 29, 2 ** 30 - 1, 2 ** 30, 2 ** 31 - 1) },
  { weight: 2, arbitrary: fc.constantFrom(2 ** 31, 2 ** 32, 2 ** 53 - 1, 2 ** 53, 2 ** 60, Infinity) },
  { weight: 1, arbitrary: fc.constantFrom(-1, -5, 0.5, Number.NaN, -0) },
);
const extents = fc.array(extent, { maxLength: 3 });

/** Operations by one number after the other; each takes what it needs, and notes what else is computed. */
const operations: readonly ((x: Tensor, numbers: readonly number[], note: (made: Tensor) => Tensor) => Tensor)[] = [
  (x, numbers) => reshape(x, numbers),
  (x, numbers) => broadcastTo(x, numbers),
  (x, numbers) => tile(x, numbers),
  (x, numbers) => pad(x, numbers, x.shape),
  (x, [a, b]) =>
    pad(
      x,
      x.shape.map(() => a),
      x.shape.map(() => b),
    ),
  (x, numbers) => slice(x, numbers, x.shape),
  (x, [a, b, c]) =>
    slice(
      x,
      x.shape.map(() => a),
      x.shape.map(() => b),
      x.shape.map(() => c),
    ),
  (x, [axis, size, stride]) => window(x, { axes: [axis], sizes: [size], strides: [stride] }),
  (x, [axis]) => concatenate([x, x, x], axis),
  (x, [axis]) => stack([x, x], axis),
  (x, numbers) => transpose(x, numbers),
  (x, [axis]) => flip(x, axis),
  (x, [axis]) => sum(x, axis),
  (x, [axis]) => max(tanh(x), axis),
  (x, [size, axis], note) => take(x, note(arange(size)), axis),
  (_x, [size, classes], note) => oneHot(note(arange(size)), classes),
  (x, [size], note) => add(x, note(zeros([size]))),
  (x, [size], note) => einsum('..., row -> ... row', x, note(zeros([size]))),
];

const request = fc.tuple(
  extents,
  fc.array(fc.tuple(fc.nat(operations.length - 1), fc.array(extent, { minLength: 3, maxLength: 3 }), fc.nat(3)), {
    maxLength: 3,
  }),
);

describe('shapes near and beyond limits', () => {
  useDevice('wasm');

  property(
    'are refused by an EinlabError where they are written or when they are computed, or give what the definitions give',
    request,
    async ([shape, steps]) => {
      let work = 1;
      const note = (tensor: Tensor): Tensor => {
        work = Math.max(work, tensor.size);
        return tensor;
      };
      try {
        let x = note(full(shape, 0.5));
        for (const [operation, numbers, length] of steps)
          x = note(operations[operation](x, numbers.slice(0, length), note));
        expect(Number.isSafeInteger(x.size)).toBe(true);
        // what lies between is computed only where it is soon done, or so large that it must be refused
        if (work > 2 ** 12 && x.size <= 2 ** 30) return true;
        const [got] = await readOn('wasm', [x]);
        const [expected] = await readOn('reference', [x]);
        assertClose(got, expected, { scale: 1, reductionLength: 2 ** 12 });
        expect(got.length - x.size).toBe(0);
      } catch (error) {
        if (!(error instanceof EinlabError)) throw error;
        expect(error.message).not.toBe('');
      }
      return true;
    },
    { runs: 1000 },
  );
});
