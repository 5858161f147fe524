import { describeOnBackends } from '@einlab/testkit';
import { describe, expect, it } from 'vitest';
import { grad } from '../autodiff/grad.ts';
import { EinlabError } from '../base/errors.ts';
import { einsum } from '../operations/einsum.ts';
import { multiply, tanh } from '../operations/elementwise.ts';
import { oneHot, take } from '../operations/indexing.ts';
import { cumulativeSum } from '../operations/cumulative-sum.ts';
import { max } from '../operations/reductions.ts';
import { concatenate, pad, reshape, tile } from '../operations/shape.ts';
import { window } from '../operations/window.ts';
import * as random from '../random/index.ts';
import { arange, eye, full, linspace, ones, tensor, zeros } from '../tensor/create.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { useDevice } from '../testing/device.test-helper.ts';
import { compile } from './compile.ts';
import { evaluate } from './evaluate.ts';

/** What a failing call says, or that it did not fail. */
async function refusalOf(work: () => unknown): Promise<string> {
  try {
    return `no error, but ${String(await work())}`;
  } catch (error) {
    return error instanceof EinlabError ? `${error.code}: ${error.message}` : `an error without a code: ${error}`;
  }
}

describeOnBackends('a request that is too large', (backend) => {
  const device = useDevice(backend);
  const side = 2 ** 17;
  const wide = (): Tensor => ones([side]);

  /** Every one needs more than a device has; the numbers are the bytes or sizes that the message must name. */
  const requests: Readonly<Record<string, readonly [names: number, work: () => unknown]>> = {
    'a tensor': [side ** 2, () => evaluate(zeros([side, side]))],
    'reading a tensor': [side ** 2, () => multiply(ones([side, side]), wide()).data()],
    'an outer product': [side ** 2, () => evaluate(einsum('row, column -> row column', wide(), wide()))],
    'a gradient': [
      side ** 2,
      () =>
        evaluate(
          grad((x: Tensor) => einsum('row column -> row', tanh(einsum('row, column -> row column', x, x))).max())(
            wide(),
          ),
        ),
    ],
    'what lies between two kernels': [
      side ** 2,
      () =>
        cumulativeSum(einsum('row, column -> row column', wide(), wide()), 0)
          .max()
          .item(),
    ],
    'the identity matrix': [side ** 2, () => evaluate(eye(side))],
    'one-hot rows': [side ** 2, () => evaluate(oneHot(arange(side), side))],
    copies: [side ** 2, () => evaluate(tile(ones([1, side]), [side, 1]))],
    'gathered rows': [side ** 2, () => evaluate(take(ones([1, side]), zeros([side], 'i32')))],
    'a gathered row': [2 ** 31 - 2, () => evaluate(take(ones([2, 2, 2 ** 30 - 1]), zeros([1], 'i32')))],
    'extremes of distant rows': [2 ** 30 - 1, () => evaluate(max(tanh(full([side, 2 ** 30 - 1], 0.5)), 0))],
    'random numbers': [side ** 2, () => evaluate(random.uniform(random.key(1), [side, side]))],
    'a compiled program': [side ** 2, () => compile((x: Tensor) => x.reshape([-1, 1]).multiply(x))(wide())],
  };

  for (const [name, [elements, work]] of Object.entries(requests)) {
    it(`${name}: ends in an error of code memory that names its bytes; what is kept stays, and the device goes on`, async () => {
      const kept = await evaluate(tensor([1, 2, 3]).add(0));
      const before = device().memory().live;
      const refusal = await refusalOf(work);
      expect(refusal).toMatch(
        /^memory: (webgpu|wasm|reference): \d+ bytes for .* do not fit: .*the limit is \d+; nothing was changed/,
      );
      const bytes = Number(/\d+(?= bytes for)/.exec(refusal)?.[0]);
      expect(bytes).toBeGreaterThanOrEqual((backend === 'reference' ? 8 : 4) * elements);
      expect(device().memory().live).toBe(before);
      expect(Array.from(await kept.data())).toEqual([1, 2, 3]);
      expect(Array.from(await multiply(kept, 2).data())).toEqual([2, 4, 6]);
      kept.dispose();
    });
  }
});

describe('a shape that no tensor can have', () => {
  const long = 2 ** 31;
  const half = ones([2 ** 30, 1]);
  const requests: Readonly<Record<string, readonly [axis: number, work: () => unknown]>> = {
    full: [long, () => zeros([long])],
    arange: [long, () => arange(long)],
    linspace: [long, () => linspace(0, 1, long)],
    eye: [long, () => eye(long)],
    'random.bits': [2 ** 40, () => random.bits(random.key(1), [2 ** 40])],
    broadcast: [long, () => tile(ones([1]), [long])],
    concatenate: [long, () => concatenate([half, half], 0)],
    pad: [2 ** 40 + 1, () => pad(ones([1]), [0], [2 ** 40])],
    reshape: [long, () => reshape(ones([2 ** 16, 2 ** 15]), [-1])],
  };

  for (const [name, [axis, work]] of Object.entries(requests)) {
    it(`${name}: is refused at once when an axis has ${axis} elements`, async () => {
      const refusal = await refusalOf(work);
      expect(refusal).toContain(`memory: ${name}: shape [`);
      expect(refusal).toContain(`an axis has ${axis} elements, and no more than 2147483647 can be numbered`);
    });
  }

  it('einsum, multiply, window: is refused at once when its elements cannot be counted', async () => {
    const axis = ones([2 ** 30]);
    const column = reshape(axis, [2 ** 30, 1]);
    for (const work of [
      () => einsum('a, b -> a b', axis, axis),
      () => multiply(column, axis),
      () => window(axis, { axes: [0], sizes: [2 ** 29] }),
    ])
      expect(await refusalOf(work)).toMatch(
        /^memory: \w+: shape \[.*\] is too large: it has \d+ elements, and no more than 9007199254740991/,
      );
  });
});

describe('a loop over an axis that 32-bit offsets cannot walk', () => {
  useDevice('wasm');

  it('is refused with its length, whatever it computes', async () => {
    const axis = tensor([1, 2])
      .reshape([2, 1])
      .broadcastTo([2, 2 ** 30]);
    expect(await refusalOf(() => tanh(axis).max().item())).toContain(
      'memory: program: a loop would run over 1073741824 elements along one axis, and its limit is 1073741823',
    );
    expect(await tensor([1, 2]).max().item()).toBe(2);
  });
});
