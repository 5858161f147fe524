import { property } from '@einlab/testkit';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { abs, einsum, multiply, relu, square, type Tensor, tensor, where } from '../../index.ts';
import { type OpenDevice, openOn } from '../../device/device.ts';
import { evaluateTensors } from '../../device/evaluate.ts';
import { traceGraph } from '../../program/graph.ts';
import { createWasmBackend } from './wasm-backend.ts';

const numbers = (seed: number, shape: readonly number[]): Tensor =>
  tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(seed + 1.3 * i * i)),
    { shape },
  );

/** What one loop may do with each result; each in a way of its own where the result is 0, below it or NaN. */
const endings: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  relu,
  leaky: (x) => where(x.less(0), multiply(x, 0.1), x),
  distance: (x) => abs(x.subtract(0.5)),
  parabola: (x) => square(x).multiply(0.5).add(1),
  root: (x) => x.maximum(0).sqrt(),
};

/** Patterns whose results are stored in all ways there are: along columns, rows, the batch; summed across a vector. */
const patterns = [
  ['r k, k c -> r c', 'rk', 'kc'],
  ['r k, k c -> c r', 'rk', 'kc'],
  ['b r k, b k c -> b r c', 'brk', 'bkc'],
  ['b r k, b c k -> b r c', 'brk', 'bck'],
  ['b r k, b k c -> r b c', 'brk', 'bkc'],
  ['r k b, k c b -> r c b', 'rkb', 'kcb'],
  ['k r, k c -> r c', 'kr', 'kc'],
  ['r k, k -> r', 'rk', 'k'],
] as const;

const devices = new Map<number, OpenDevice>();
const deviceOf = (threads: number): OpenDevice => {
  const known =
    devices.get(threads) ??
    openOn(createWasmBackend({ threads, ...(threads === 1 ? {} : { grain: 0, leastGain: Number.NEGATIVE_INFINITY }) }));
  devices.set(threads, known);
  return known;
};

async function bitsOn(device: OpenDevice, tensors: readonly Tensor[]): Promise<Int32Array[]> {
  const kept = await evaluateTensors(tensors, device);
  const values = await Promise.all(kept.map((each) => each.data()));
  for (const each of kept) each.dispose();
  return values.map(({ buffer }) => new Int32Array(buffer));
}

async function explained(outputs: readonly Tensor[]): Promise<string> {
  const executable = await deviceOf(1).backend.compile(traceGraph(outputs).graph);
  const text = (await executable.explainer())();
  executable.release();
  return text;
}

describe('a contraction that ends with a loop', () => {
  afterAll(() => {
    for (const device of devices.values()) device.close();
  });

  property(
    'gives the bits of a loop behind it, on any number of threads',
    fc.record({
      pattern: fc.constantFrom(...patterns),
      ending: fc.constantFrom(...Object.keys(endings)),
      sizes: fc.record({
        b: fc.integer({ min: 1, max: 9 }),
        r: fc.integer({ min: 1, max: 40 }),
        k: fc.integer({ min: 1, max: 50 }),
        c: fc.integer({ min: 1, max: 40 }),
      }),
      threads: fc.constantFrom(1, 2, 3),
      seed: fc.nat(100),
    }),
    async ({ pattern: [pattern, left, right], ending, sizes, threads, seed }) => {
      const shapeOf = (axes: string): number[] => [...axes].map((axis) => sizes[axis as keyof typeof sizes]);
      const product = einsum(pattern, numbers(seed, shapeOf(left)), numbers(seed + 7, shapeOf(right)));
      const end = endings[ending] ?? relu;
      // the product is handed out too, so that it must be stored before the loop
      const [apart] = await bitsOn(deviceOf(1), [end(product), product]);
      const [together] = await bitsOn(deviceOf(threads), [end(product)]);
      expect(together).toEqual(apart);
      return true;
    },
    { runs: 150 },
  );

  it('keeps zeros of both signs and NaN as the loop does', async () => {
    const x = tensor([Number.NaN, -0, 0, 1, -1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 2], {
      shape: [8, 1],
    });
    const product = einsum('r k, k c -> r c', x, tensor([1, 1, 1, -1, 1], { shape: [1, 5] }));
    for (const end of Object.values(endings)) {
      const [apart] = await bitsOn(deviceOf(1), [end(product), product]);
      expect(await bitsOn(deviceOf(1), [end(product)])).toEqual([apart]);
    }
  });

  it('is told from others by its constants: infinities and the sign of zero too', async () => {
    const product = (seed: number): Tensor =>
      einsum('r k, k c -> r c', numbers(seed, [8, 4]), numbers(seed + 1, [4, 8]));
    const bounds = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
    const bounded = bounds.map((bound, i) => product(3 * i).maximum(bound));
    const together = await bitsOn(deviceOf(1), bounded);
    for (const [i, each] of bounded.entries()) expect(together[i]).toEqual((await bitsOn(deviceOf(1), [each]))[0]);
  });

  it('is one kernel', async () => {
    const product = einsum('r k, k c -> r c', numbers(1, [64, 20]), numbers(2, [20, 64]));
    expect(await explained([relu(product)])).toMatch(/program: 1 kernels/);
    expect(await explained([relu(product)])).toMatch(/contracted 20, then loop/);
  });

  it('stays apart where the product is needed, where more is read with it, and where its sums are added to', async () => {
    const [x, w] = [numbers(1, [64, 20]), numbers(2, [20, 64])];
    const product = einsum('r k, k c -> r c', x, w);
    const long = einsum('r k, k c -> r c', numbers(1, [8, 2000]), numbers(2, [2000, 8]));
    for (const outputs of [
      [relu(product), product],
      [relu(product), product.transpose()],
      [relu(product.add(numbers(3, [64, 1])))],
      [relu(product).add(product.transpose())],
      [relu(product.transpose())],
      [relu(product).sum(1)],
      [relu(product.slice([0, 0], [32, 64]))],
      [relu(long)],
    ]) {
      expect(await explained(outputs)).not.toMatch(/then loop/);
      await bitsOn(deviceOf(1), outputs);
    }
  });
});
