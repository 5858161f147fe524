import { random, type Tensor, tensor } from '@einlab/einsum-core';
import { checkGradients } from '@einlab/einsum-core/testing';
import { describeOnBackends, property } from '@einlab/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { closeOn, useBackend } from './backend.test-helper.ts';
import { type Convolution, type ConvolutionOptions, convolution, type Padding } from './convolution.ts';

const product = (list: readonly number[]): number => list.reduce((total, value) => total * value, 1);

/** Every index below the given sizes, the last one fastest. */
function indices(sizes: readonly number[]): number[][] {
  return Array.from({ length: product(sizes) }, (_, flat) => {
    let rest = flat;
    return sizes
      .toReversed()
      .map((size) => {
        const digit = rest % size;
        rest = Math.floor(rest / size);
        return digit;
      })
      .toReversed();
  });
}

const flatten = (index: readonly number[], sizes: readonly number[]): number =>
  index.reduce((at, digit, axis) => at * (sizes[axis] ?? 1) + digit, 0);

interface Case {
  readonly batch: readonly number[];
  readonly groups: number;
  readonly channels: readonly [inGroup: number, outGroup: number];
  readonly axes: readonly {
    readonly extent: number;
    readonly size: number;
    readonly stride: number;
    readonly dilation: number;
    readonly border: readonly [number, number];
  }[];
}

/** The definition: a sum over the elements that a kernel sees, none outside the input. */
function convolveLoop(x: readonly number[], kernel: readonly number[], bias: readonly number[], c: Case): number[] {
  const [inGroup, outGroup] = c.channels;
  const extents = c.axes.map(({ extent }) => extent);
  const sizes = c.axes.map(({ size }) => size);
  const counts = c.axes.map(
    ({ extent, size, stride, dilation, border: [front, back] }) =>
      Math.floor((extent + front + back - (size - 1) * dilation - 1) / stride) + 1,
  );
  const channels = inGroup * c.groups;
  return indices([product(c.batch), outGroup * c.groups, ...counts]).map(([b = 0, out = 0, ...position]) => {
    let total = bias[out] ?? 0;
    for (let channel = 0; channel < inGroup; channel++) {
      for (const tap of indices(sizes)) {
        const from = c.axes.map(
          ({ stride, dilation, border: [front] }, axis) =>
            (position[axis] ?? 0) * stride + (tap[axis] ?? 0) * dilation - front,
        );
        if (from.some((place, axis) => place < 0 || place >= (extents[axis] ?? 0))) continue;
        const group = Math.floor(out / outGroup);
        const input = x[flatten([b, group * inGroup + channel, ...from], [0, channels, ...extents])] ?? 0;
        total += input * (kernel[flatten([out, channel, ...tap], [0, inGroup, ...sizes])] ?? 0);
      }
    }
    return total;
  });
}

const small = fc.integer({ min: 1, max: 3 });
const axes = fc
  .record({
    size: small,
    stride: small,
    dilation: small,
    border: fc.tuple(fc.nat({ max: 3 }), fc.nat({ max: 3 })),
    more: fc.nat({ max: 4 }),
  })
  .map(({ size, stride, dilation, border, more }) => {
    const span = (size - 1) * dilation + 1;
    return { size, stride, dilation, border, extent: Math.max(1, span - border[0] - border[1]) + more };
  });
const cases: fc.Arbitrary<Case> = fc.record({
  batch: fc.array(fc.integer({ min: 1, max: 2 }), { maxLength: 2 }),
  groups: small,
  channels: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
  axes: fc.array(axes, { minLength: 1, maxLength: 3 }),
});

const layerOf = (c: Case, seed: number): Convolution => {
  const layer = convolution.init(random.key(seed), {
    in: c.channels[0] * c.groups,
    out: c.channels[1] * c.groups,
    size: c.axes.map(({ size }) => size),
    stride: c.axes.map(({ stride }) => stride),
    dilation: c.axes.map(({ dilation }) => dilation),
    padding: c.axes.map(({ border }) => border),
    groups: c.groups,
  });
  return { ...layer, bias: random.normal(random.key(seed + 1), [c.channels[1] * c.groups]) };
};

const inputOf = (c: Case, seed: number): Tensor =>
  random.normal(random.key(seed + 2), [...c.batch, c.channels[0] * c.groups, ...c.axes.map(({ extent }) => extent)]);

describeOnBackends('convolution', (backend) => {
  useBackend(backend);
  const close = closeOn(backend);
  const valuesOf = async (x: Tensor): Promise<number[]> => [...(await x.data())];

  property(
    'is what plain loops give, for any rank, stride, border, dilation and number of groups',
    fc.tuple(cases, fc.nat()),
    async ([c, seed]) => {
      const layer = layerOf(c, seed);
      const x = inputOf(c, seed);
      const y = convolution.apply(layer, x);
      const expected = convolveLoop(
        await valuesOf(x),
        await valuesOf(layer.kernel),
        await valuesOf(layer.bias ?? tensor(0)),
        c,
      );
      expect(y.shape.slice(0, c.batch.length + 1)).toEqual([...c.batch, c.channels[1] * c.groups]);
      close(await valuesOf(y), expected, { reductionLength: 1 + 27 * c.channels[0], scale: 10 });
    },
    { runs: 30 },
  );

  const line = tensor([[1, 2, 3, 4, 5]]);
  const counting = (options: Partial<ConvolutionOptions>): Convolution => ({
    ...convolution.init(random.key(1), { in: 1, out: 1, size: [3], ...options }),
    kernel: tensor([[[1, 10, 100]]]),
  });

  it.each<[Padding, number, number, number[]]>([
    ['valid', 1, 1, [321, 432, 543]],
    ['same', 1, 1, [210, 321, 432, 543, 54]],
    ['same', 2, 1, [210, 432, 54]],
    ['same', 3, 1, [321, 54]],
    ['causal', 1, 1, [100, 210, 321, 432, 543]],
    ['causal', 2, 1, [100, 321, 543]],
    ['causal', 1, 2, [100, 200, 310, 420, 531]],
    ['valid', 1, 2, [531]],
    [1, 1, 1, [210, 321, 432, 543, 54]],
    [[[0, 2]], 1, 1, [321, 432, 543, 54, 5]],
    [[2], 3, 1, [100, 432, 5]],
  ])('padding %j, stride %d, dilation %d', async (padding, stride, dilation, expected) => {
    close(await valuesOf(convolution.apply(counting({ padding, stride, dilation }), line)), expected);
  });

  it('with one kernel per channel keeps the channels apart', async () => {
    const layer = {
      ...convolution.init(random.key(1), { in: 2, out: 2, size: [1], groups: 2 }),
      kernel: tensor([[[2]], [[3]]]),
    };
    expect(
      await convolution
        .apply(
          layer,
          tensor([
            [1, 2],
            [10, 20],
          ]),
        )
        .toArray(),
    ).toEqual([
      [2, 4],
      [30, 60],
    ]);
  });
});

describe('convolution', () => {
  it('has the derivatives that finite differences give, in input, kernel and bias', async () => {
    const layer = {
      ...convolution.init(random.key(1), {
        in: 4,
        out: 2,
        size: [2, 3],
        stride: [2, 1],
        dilation: [1, 2],
        padding: 'same',
        groups: 2,
        bias: true,
      }),
    };
    const weight = random.normal(random.key(4), [2, 2, 2, 6]);
    const run = (kernel: Tensor, bias: Tensor, x: Tensor): Tensor =>
      convolution
        .apply({ ...layer, kernel, bias }, x)
        .square()
        .multiply(weight)
        .sum();
    const x = random.normal(random.key(2), [2, 4, 4, 6]);
    await expect(checkGradients(run, [layer.kernel, random.normal(random.key(3), [2]), x])).resolves.toBeUndefined();
  });

  it('starts with the deviation of a linear map of its fan-in, or at 0', async () => {
    const { kernel } = convolution.init(random.key(1), { in: 16, out: 256, size: [3, 3] });
    const rms = Math.sqrt(await kernel.square().mean().item());
    // √min(144, 256)/144 within six standard errors of 36 864 draws
    expect(Math.abs(rms * 12 - 1)).toBeLessThan(6 / Math.sqrt(2 * 16 * 256 * 9));
    const zero = convolution.init(random.key(1), { in: 2, out: 2, size: [3], zero: true, bias: true });
    expect(await zero.kernel.square().sum().item()).toBe(0);
    expect(await zero.bias?.toArray()).toEqual([0, 0]);
  });

  const key = random.key(1);
  const make = (options: Partial<ConvolutionOptions>): Convolution =>
    convolution.init(key, { in: 2, out: 4, size: [3, 3], ...options });

  it.each<[string, () => unknown, string]>([
    ['no size', () => make({ size: [] }), 'convolution: size is []; expected whole numbers ≥ 1'],
    ['half a channel', () => make({ in: 1.5 }), 'convolution: in is 1.5; expected whole numbers ≥ 1'],
    ['groups that leave a rest', () => make({ groups: 3 }), '3 groups do not divide in=2 and out=4 channels'],
    [
      'a stride for another rank',
      () => make({ stride: [1] }),
      'stride is [1] for a kernel of size [3, 3]; expected a number for each axis',
    ],
    ['a dilation of 0', () => make({ dilation: 0 }), 'dilation is [0, 0]; expected whole numbers ≥ 1'],
    [
      'an unknown padding',
      () => make({ padding: 'full' as never }),
      `padding is "full"; expected 'valid', 'same', 'causal', a whole number ≥ 0, or for each of 2 axes`,
    ],
    ['a padding for another rank', () => make({ padding: [1, 1, 1] }), 'padding is [1,1,1]'],
    ['a negative border', () => make({ padding: [[0, -1], 0] }), 'padding is [[0,-1],0]'],
    [
      'channels that do not fit',
      () => convolution.apply(make({}), random.normal(key, [1, 3, 8, 8])),
      'convolution: x is f32[1, 3, 8, 8]; expected f32[...batch, in=2, axis0, axis1] for a kernel of size [3, 3]',
    ],
    [
      'too few axes',
      () => convolution.apply(make({}), random.normal(key, [8, 8])),
      'x is f32[8, 8]; expected f32[...batch, in=2, axis0, axis1]',
    ],
    [
      'an input shorter than the kernel',
      () => convolution.apply(make({ dilation: 2, padding: [1, 0] }), random.normal(key, [2, 3, 4])),
      'a kernel of size 3 with dilation 2 spans 5, but axis 2 of f32[2, 3, 4] has 4 elements and a border of 0 + 0',
    ],
  ])('refuses %s', (_, attempt, message) => {
    expect(attempt).toThrow(message);
  });
});
