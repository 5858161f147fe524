import { assertClose, describeOnBackends, property } from '@einlab/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { grad } from '../autodiff/grad.ts';
import { traceGraph } from '../program/graph.ts';
import { lowerProgram } from '../program/lower.ts';
import { arange, tensor, zeros } from '../tensor/create.ts';
import { Tensor } from '../tensor/tensor.ts';
import { checkGradients } from '../testing/check-gradients.ts';
import { useDevice } from '../testing/device.test-helper.ts';
import { normalTensor, streamOf } from '../testing/sample-points.ts';
import { readOn } from '../testing/shared-device.ts';
import { multiply } from './elementwise.ts';
import { einsum } from './einsum.ts';
import { pad, reshape } from './shape.ts';
import { window } from './window.ts';

interface Convolution {
  readonly batch: number;
  readonly groups: number;
  /** Channels of each group. */
  readonly channels: readonly [input: number, output: number];
  /** Along height and width. */
  readonly extents: readonly [number, number];
  readonly sizes: readonly [number, number];
  readonly padding: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly dilations: readonly [number, number];
}

/** f32[batch, in, height, width], f32[out, in per group, y, x] → f32[batch, out, row, column] */
function convolve(
  image: Tensor,
  kernels: Tensor,
  { groups, channels, sizes, padding, strides, dilations }: Convolution,
): Tensor {
  const border = [0, 0, 0, ...padding];
  const grouped = reshape(image, [image.shape[0], groups, channels[0], ...image.shape.slice(2)]);
  const windows = window(pad(grouped, border, border), { axes: [3, 4], sizes, strides, dilations });
  const result = einsum(
    'batch group in row column y x, group out in y x -> batch group out row column',
    windows,
    reshape(kernels, [groups, channels[1], channels[0], ...sizes]),
  );
  return reshape(result, [image.shape[0], groups * channels[1], ...result.shape.slice(3)]);
}

/** The definition: a visit for each product, with its places in the result, the image and the kernels; none outside the image. */
function eachTerm(
  { batch, groups, channels: [input, output], extents, sizes, padding, strides, dilations }: Convolution,
  visit: (result: number, image: number, kernels: number) => void,
): number {
  const [rows, columns] = extents.map(
    (n, a) => Math.floor((n + 2 * padding[a] - (sizes[a] - 1) * dilations[a] - 1) / strides[a]) + 1,
  );
  let result = 0;
  for (let b = 0; b < batch; b++) {
    for (let out = 0; out < groups * output; out++) {
      for (let row = 0; row < rows; row++) {
        for (let column = 0; column < columns; column++, result++) {
          for (let channel = 0; channel < input; channel++) {
            for (let y = 0; y < sizes[0]; y++) {
              for (let x = 0; x < sizes[1]; x++) {
                const h = row * strides[0] + y * dilations[0] - padding[0];
                const w = column * strides[1] + x * dilations[1] - padding[1];
                if (h < 0 || h >= extents[0] || w < 0 || w >= extents[1]) continue;
                const from = b * groups * input + Math.floor(out / output) * input + channel;
                visit(
                  result,
                  (from * extents[0] + h) * extents[1] + w,
                  ((out * input + channel) * sizes[0] + y) * sizes[1] + x,
                );
              }
            }
          }
        }
      }
    }
  }
  return result;
}

type Values = ArrayLike<number>;

/** Σ image·kernels at each place of the result. */
function convolved(image: Values, kernels: Values, c: Convolution): Float64Array {
  const result = new Float64Array(eachTerm(c, () => {}));
  eachTerm(c, (to, i, k) => {
    result[to] += image[i] * kernels[k];
  });
  return result;
}

/** The derivatives of Σ weight·result in the image and in the kernels. */
function derivatives(image: Values, kernels: Values, weight: Values, c: Convolution): [Float64Array, Float64Array] {
  const [inImage, inKernels] = [new Float64Array(image.length), new Float64Array(kernels.length)];
  eachTerm(c, (to, i, k) => {
    inImage[i] += weight[to] * kernels[k];
    inKernels[k] += weight[to] * image[i];
  });
  return [inImage, inKernels];
}

const pair = (min: number, max: number): fc.Arbitrary<[number, number]> => {
  const one = fc.integer({ min, max });
  return fc.tuple(one, one);
};

const convolutions: fc.Arbitrary<Convolution> = fc.record({
  batch: fc.integer({ min: 1, max: 3 }),
  groups: fc.integer({ min: 1, max: 3 }),
  channels: pair(1, 5),
  extents: pair(5, 9),
  sizes: pair(1, 3),
  padding: pair(0, 2),
  strides: pair(1, 3),
  dilations: pair(1, 2),
});

const operandsOf = (c: Convolution, seed: number): [image: Tensor, kernels: Tensor] => {
  const rng = streamOf(seed, 1);
  const [input, output] = c.channels;
  return [
    normalTensor(rng, [c.batch, c.groups * input, ...c.extents]),
    normalTensor(rng, [c.groups * output, input, ...c.sizes]),
  ];
};

describeOnBackends('window', (backend) => {
  useDevice(backend);
  const dtype = backend === 'reference' ? 'f64' : 'f32';

  it('slides along an axis by strides, over elements that lie a dilation apart', async () => {
    const x = arange(6);
    expect(await window(x, { axes: [0], sizes: [3] }).toArray()).toEqual([
      [0, 1, 2],
      [1, 2, 3],
      [2, 3, 4],
      [3, 4, 5],
    ]);
    expect(await window(x, { axes: [-1], sizes: [2], strides: [2], dilations: [3] }).toArray()).toEqual([
      [0, 3],
      [2, 5],
    ]);
  });

  it('puts the windows axes behind, in the order in which they are named', async () => {
    const x = reshape(arange(12), [3, 4]);
    const seen = window(x, { axes: [1, 0], sizes: [3, 2] });
    expect(seen.shape).toEqual([2, 2, 3, 2]);
    // result[row, column, k, l] = x[row + l, column + k]
    expect((await seen.toArray()) as unknown).toEqual(
      [0, 1].map((row) => [0, 1].map((column) => [0, 1, 2].map((k) => [0, 1].map((l) => (row + l) * 4 + column + k)))),
    );
    expect(window(x, { axes: [], sizes: [] }).shape).toEqual([3, 4]);
  });

  it('counts in its derivative how many windows see an element', async () => {
    const gradient = grad((v: Tensor) => window(v, { axes: [0], sizes: [3], strides: [2] }).sum())(zeros([8]));
    assertClose(await gradient.data(), [1, 1, 2, 1, 2, 1, 1, 0], { dtype });
  });

  property(
    'makes every convolution an einsum: padding, strides, dilations, groups, as plain loops have them',
    fc.tuple(convolutions, fc.nat({ max: 1000 })),
    async ([c, seed]) => {
      const operands = operandsOf(c, seed);
      const [image, kernels] = await readOn('reference', operands);
      const terms = c.channels[0] * c.sizes[0] * c.sizes[1];
      const expected = convolved(image, kernels, c);
      const scale = Math.max(...convolved(image.map(Math.abs), kernels.map(Math.abs), c)) || 1;
      const got = convolve(...operands, c);
      assertClose(await got.data(), expected, { dtype, reductionLength: terms, scale });
    },
    { runs: 60 },
  );

  property(
    'has the gradients of the loops, in the image and in the kernels',
    fc.tuple(convolutions, fc.nat({ max: 1000 })),
    async ([c, seed]) => {
      const operands = operandsOf(c, seed);
      const weight = normalTensor(streamOf(seed, 2), convolve(...operands, c).shape);
      const [image, kernels, weights] = await readOn('reference', [...operands, weight]);
      const gradients = grad<[readonly Tensor[]]>(([i, k]) => multiply(convolve(i, k, c), weight).sum())(operands);
      const expected = derivatives(image, kernels, weights, c);
      const sizes = derivatives(image.map(Math.abs), kernels.map(Math.abs), weights.map(Math.abs), c);
      const got = await readOn(backend, gradients);
      got.forEach((values, i) => {
        const scale = Math.max(...sizes[i]) || 1;
        assertClose(values, expected[i], { dtype, reductionLength: weights.length, scale });
      });
    },
    { runs: 60 },
  );
});

describe('window', () => {
  it('has derivatives that match finite differences, to second order', async () => {
    const f = (x: Tensor, w: Tensor): Tensor =>
      einsum(
        'row column y x, y x -> row column',
        window(multiply(x, x), { axes: [0, 1], sizes: [2, 2], strides: [2, 1] }),
        w,
      );
    const x = normalTensor(streamOf(1, 1), [3, 4]);
    const w = normalTensor(streamOf(1, 2), [2, 2]);
    await expect(checkGradients(f, [x, w])).resolves.toBeUndefined();
  });

  const input = (...shape: number[]): Tensor => new Tensor(shape, 'f32', { kind: 'argument' });

  it('is read in place by a convolution: a contraction, and no kernel that copies patches', async () => {
    const image = input(2, 8, 16, 16);
    const kernels = input(4, 8, 3, 3);
    const windows = window(image, { axes: [2, 3], sizes: [3, 3] });
    const result = einsum('batch in row column y x, out in y x -> batch out row column', windows, kernels);
    const { calls, buffers } = await lowerProgram(traceGraph([result]).graph);
    expect(calls.map(({ kernel }) => kernel.kind)).toEqual(['contract']);
    expect(buffers.map(({ elements }) => elements)).toEqual([image.size, kernels.size, result.size]);
  });

  it('is read in place with padding, strides, dilations and groups too: only the padded image is written', async () => {
    const c: Convolution = {
      batch: 2,
      groups: 2,
      channels: [4, 3],
      extents: [9, 11],
      sizes: [3, 2],
      padding: [1, 2],
      strides: [2, 1],
      dilations: [1, 2],
    };
    const result = convolve(input(2, 8, 9, 11), input(6, 4, 3, 2), c);
    const { calls, buffers } = await lowerProgram(traceGraph([result]).graph);
    expect(calls.map(({ kernel }) => kernel.kind)).toEqual(['loop', 'loop', 'contract']);
    const written = calls.flatMap(({ writes }) => writes.map((buffer) => buffers[buffer].elements));
    expect(new Set(written)).toEqual(new Set([2 * 8 * 11 * 15, result.size]));
  });

  it('has gradients that are convolutions: no kernel writes the patches, in the image or in the kernels', async () => {
    const weight = input(2, 4, 16, 16);
    const loss = ([image, kernels]: readonly Tensor[]): Tensor => {
      const windows = window(pad(image, [0, 0, 1, 1], [0, 0, 1, 1]), { axes: [2, 3], sizes: [3, 3] });
      const result = einsum('batch in row column y x, out in y x -> batch out row column', windows, kernels);
      return multiply(result, weight).sum();
    };
    const gradients = grad<[readonly Tensor[]]>(loss)([input(2, 8, 16, 16), input(4, 8, 3, 3)]);
    const { calls, buffers } = await lowerProgram(traceGraph(gradients).graph);
    expect(calls.filter(({ kernel }) => kernel.kind === 'contract')).toHaveLength(2);
    expect(calls.filter(({ kernel }) => kernel.kind === 'windowSum')).toEqual([]);
    expect(Math.max(...buffers.map(({ elements }) => elements))).toBe(2 * 8 * 18 * 18);
  });

  it('refuses windows that do not fit and lists that do not match, naming the axis', () => {
    const x = zeros([4, 7]);
    expect(() => window(x, { axes: [1], sizes: [8] })).toThrow(
      'window: 8 elements 1 apart span 8, but axis 1 of [4, 7] has 7; pad it first, or use smaller windows',
    );
    expect(() => window(x, { axes: [0, 1], sizes: [2] })).toThrow(
      'window: sizes 2 for axes 0,1 of [4, 7]; expected a whole number ≥ 1 for each',
    );
    expect(() => window(x, { axes: [0, -2], sizes: [2, 2] })).toThrow('window: axis 0 is named twice in [0, -2]');
    expect(() => window(x, { axes: [1], sizes: [2], strides: [0] })).toThrow(
      'window: strides 0 for axes 1 of [4, 7]; expected a whole number ≥ 1 for each',
    );
    expect(() => window(x, { axes: [2], sizes: [2] })).toThrow('window: axis 2 is out of range');
    expect(() => window(tensor(3), { axes: [0], sizes: [1] })).toThrow('window: axis 0 is out of range');
  });
});
