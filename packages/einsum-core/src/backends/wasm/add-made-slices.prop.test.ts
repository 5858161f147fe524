import { assertClose, property } from '@einlab/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import '../../index.ts';
import { type OpenDevice, openDevice, openOn, opened } from '../../device/device.ts';
import { evaluateTensors } from '../../device/evaluate.ts';
import type { IndexedContraction } from '../../kernels/kernel.ts';
import { einsum } from '../../operations/einsum.ts';
import { take } from '../../operations/indexing.ts';
import { reshape, slice } from '../../operations/shape.ts';
import { traceGraph } from '../../program/graph.ts';
import {
  type Draw,
  drawsOf,
  indices,
  places,
  present,
  shuffled,
  values,
} from '../../program/indexed-products.test-helper.ts';
import { lowerProgram } from '../../program/lower.ts';
import { tensor } from '../../tensor/create.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { addMadeSlices } from './add-made-slices.ts';
import { loadSpecialSchedules } from './gemm/load-special-schedules.ts';
import { createWasmBackend } from './wasm-backend.ts';

await loadSpecialSchedules();

const joined = async (outputs: readonly Tensor[]): Promise<IndexedContraction[]> => {
  const lowered = await lowerProgram(traceGraph(outputs).graph, { indexedContractions: 'all' });
  return addMadeSlices(lowered, true).calls.flatMap(({ kernel }) =>
    kernel.kind === 'indexedContraction' && kernel.added !== undefined ? [kernel] : [],
  );
};

/** Which rows tokens read: each row once at most, or any, now and then one that is not there. */
function readers(draw: Draw, tokens: number, slots: number, rows: number): Tensor {
  if (draw(2) === 0) return indices(draw, [tokens, slots], rows);
  const order = shuffled(
    draw,
    Array.from({ length: Math.max(rows, tokens * slots) }, (_, row) => row),
  );
  return tensor(Int32Array.from(order.slice(0, tokens * slots)), { shape: [tokens, slots] });
}

/** Weighted sums of rows that experts made, in blocks of rows with an expert each. */
function mixture(draw: Draw, tiles: number): { readonly rows: Tensor; readonly sums: Tensor } {
  const [row, group, depth] = [1 + draw(draw(2) === 0 ? 5 : 26), 1 + draw(4), 1 + draw(40)];
  const [out, experts] = [Math.ceil(512 / group) + draw(40), 1 + draw(4)];
  const cores = take(values(draw, [experts, group, depth, out]), indices(draw, [tiles], experts));
  const made =
    draw(2) === 0
      ? einsum(
          'tile group row in, tile group in out -> tile row group out',
          values(draw, [tiles, group, row, depth]),
          cores,
        )
      : einsum(
          'tile group in out, tile row group in -> tile row group out',
          cores,
          values(draw, [tiles, row, group, depth]),
        );
  const rows = reshape(made, [tiles * row, group * out]);
  const [tokens, slots] = [1 + draw(30), 1 + draw(5)];
  const read = take(rows, readers(draw, tokens, slots, tiles * row));
  const weights = values(draw, [tokens, slots]);
  const sums =
    draw(2) === 0
      ? einsum('token slot, token slot f -> token f', weights, read)
      : einsum('token slot f, token slot -> token f', read, weights);
  return { rows, sums };
}

describe('a contraction whose slices are added up', () => {
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

  const computed = async (device: OpenDevice, output: Tensor): Promise<ArrayLike<number>> => {
    const [kept] = await evaluateTensors([output], device);
    const read = (await kept.data()) as ArrayLike<number>;
    kept.dispose();
    return read;
  };

  const agrees = async (output: Tensor, message: string): Promise<void> => {
    const expected = await computed(reference, output);
    const [alone, ...together] = await Promise.all(wasm.map((device) => computed(device, output)));
    expect(places(alone), `${message}: NaN`).toEqual(places(expected));
    const scale = Math.max(1, ...present(expected).map(Math.abs));
    assertClose(present(alone), present(expected), { dtype: 'f32', reductionLength: 4096, scale, message });
    for (const threads of together) expect(threads, message).toEqual(alone);
  };

  property(
    'gives the sums of what is stored, and the same bits on any number of threads',
    fc.record({ seed: fc.nat(2 ** 31 - 1), tiles: fc.constantFrom(1, 2, 5) }),
    async ({ seed, tiles }) => {
      await agrees(mixture(drawsOf(seed), tiles).sums, `seed ${seed}, ${tiles} tiles`);
      return true;
    },
    { runs: 60 },
  );

  it('is what most of those programs have, also where a slice has several readers', async () => {
    const programs = Array.from({ length: 40 }, (_, seed) => mixture(drawsOf(seed), 3).sums);
    const have = await Promise.all(programs.map((program) => joined([program])));
    expect(have.filter((kernels) => kernels.length === 1).length).toBeGreaterThan(20);
  });

  it('stores the slices where something else wants them, or not all of each, or where they are short', async () => {
    const draw = drawsOf(5);
    const cores = take(values(draw, [4, 20, 600]), indices(draw, [3], 4));
    const made = einsum('tile row in, tile in out -> tile row out', values(draw, [3, 12, 20]), cores);
    const rows = reshape(made, [36, 600]);
    const index = indices(draw, [10, 2], 36);
    const sumOf = (slices: Tensor): Tensor =>
      einsum('token slot, token slot f -> token f', values(draw, [10, 2]), take(slices, index));
    expect(await joined([sumOf(rows)])).toHaveLength(1);
    expect(await joined([sumOf(rows), rows])).toHaveLength(0);
    expect(await joined([sumOf(rows), rows.sum(1)])).toHaveLength(0);
    expect(await joined([sumOf(rows), sumOf(rows)])).toHaveLength(0);
    expect(await joined([sumOf(slice(rows, [0, 0], [36, 560]))])).toHaveLength(0);
    expect(await joined([sumOf(reshape(made, [72, 300]))])).toHaveLength(0);
  });
});
