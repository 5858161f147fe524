import { assertClose, property } from '@einlab/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import '../index.ts';
import { vjp } from '../autodiff/vjp.ts';
import { createWasmBackend } from '../backends/wasm/wasm-backend.ts';
import { type OpenDevice, openOn, opened, openDevice } from '../device/device.ts';
import { evaluateTensors } from '../device/evaluate.ts';
import { einsum } from '../operations/einsum.ts';
import { take } from '../operations/indexing.ts';
import { checkGradients } from '../testing/check-gradients.ts';
import { tensor } from '../tensor/create.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { traceGraph } from './graph.ts';
import {
  batchedProduct,
  drawsOf,
  indices,
  places,
  present,
  rowsByToken,
  scaledRows,
  values,
} from './indexed-products.test-helper.ts';
import { lowerProgram } from './lower.ts';

const isIndexed = async (outputs: readonly Tensor[]): Promise<boolean> => {
  const { calls } = await lowerProgram(traceGraph(outputs).graph, { indexedContractions: 'all' });
  return calls.some(({ kernel }) => kernel.kind === 'indexedContraction');
};

describe('a contraction that looks slices up', () => {
  let reference: OpenDevice;
  const wasm = [1, 2, 3].map((threads) =>
    openOn(createWasmBackend({ threads, grain: 0, leastGain: Number.NEGATIVE_INFINITY })),
  );
  beforeAll(async () => {
    reference = opened(await openDevice('reference'));
  });
  afterAll(() => {
    for (const device of [reference, ...wasm]) device.close();
  });

  const computed = async (device: OpenDevice, outputs: readonly Tensor[]): Promise<ArrayLike<number>[]> => {
    const kept = await evaluateTensors(outputs, device);
    const read = await Promise.all(kept.map(async (result) => (await result.data()) as ArrayLike<number>));
    for (const result of kept) result.dispose();
    return read;
  };

  const agrees = async (outputs: readonly Tensor[], message: string): Promise<void> => {
    const expected = await computed(reference, outputs);
    const [alone, ...together] = await Promise.all(wasm.map((device) => computed(device, outputs)));
    expected.forEach((own, i) => {
      expect(places(alone[i]), `${message}: NaN`).toEqual(places(own));
      const scale = Math.max(1, ...present(own).map(Math.abs));
      assertClose(present(alone[i]), present(own), { dtype: 'f32', reductionLength: 4096, scale, message });
    });
    for (const threads of together) expect(threads, message).toEqual(alone);
  };

  property(
    'gives what copies of the slices give, with gradients, and the same bits on any number of threads',
    fc.record({ seed: fc.nat(2 ** 31 - 1), tiles: fc.constantFrom(0, 1, 2, 3, 7) }),
    async ({ seed, tiles }) => {
      const build = [rowsByToken, scaledRows, batchedProduct, batchedProduct][drawsOf(seed)(4)];
      await agrees([build(drawsOf(seed + 1), tiles)], `seed ${seed}, ${tiles} tiles`);
      return true;
    },
    { runs: 90 },
  );

  it('is what many of those programs have', async () => {
    for (const build of [batchedProduct, rowsByToken, scaledRows]) {
      const outputs = Array.from({ length: 40 }, (_, seed) => build(drawsOf(seed), 3));
      const have = await Promise.all(outputs.map((output) => isIndexed([output])));
      expect(have.filter((has) => has).length).toBeGreaterThan(12);
    }
  });

  it('has the gradients of its definition', async () => {
    const draw = drawsOf(3);
    const [x, w] = [values(draw, [5, 3, 8, 7]), values(draw, [4, 3, 7, 9])];
    const index = tensor(new Int32Array([2, 0, 2, 2, 3]));
    const apply = (given: Tensor, cores: Tensor): Tensor =>
      einsum('tile g row in, tile g in out -> tile row g out', given, take(cores, index));
    const [value, pull] = vjp(apply, x, w);
    const outputs = [value, ...pull(values(draw, value.shape))];
    const { calls } = await lowerProgram(traceGraph(outputs).graph, { indexedContractions: 'all' });
    expect(calls.map(({ kernel }) => kernel.kind)).toEqual(new Array(3).fill('indexedContraction'));
    await agrees(outputs, 'gradients');
    await checkGradients(apply, [x, w]);
  });

  it('keeps the copy where something else reads it, and where a step would lose what the whole has', async () => {
    const draw = drawsOf(4);
    const [x, w] = [values(draw, [6, 20, 20]), values(draw, [4, 20, 20])];
    const copy = take(w, indices(draw, [6], 4));
    const product = einsum('tile row in, tile in out -> tile row out', x, copy);
    expect(await isIndexed([product])).toBe(true);
    expect(await isIndexed([product, copy])).toBe(false);
    expect(await isIndexed([product, copy.multiply(2)])).toBe(false);
    const rows = take(values(draw, [50, 40]), indices(draw, [60], 50));
    expect(await isIndexed([einsum('row in, in out -> row out', rows, values(draw, [40, 30]))])).toBe(false);
    const long = take(values(draw, [5, 300]), indices(draw, [6], 5));
    const matrix = values(draw, [300, 3]);
    const isLookedUp = (scaled: Tensor): Promise<boolean> =>
      isIndexed([einsum('row f, f out -> row out', scaled, matrix)]);
    expect(await isLookedUp(long.multiply(values(draw, [6, 1])))).toBe(true);
    expect(await isLookedUp(long.multiply(2))).toBe(false);
    expect(await isLookedUp(long.multiply(values(draw, [1, 300])))).toBe(false);
    expect(await isLookedUp(long.multiply(values(draw, [6, 300])))).toBe(false);
  });
});
