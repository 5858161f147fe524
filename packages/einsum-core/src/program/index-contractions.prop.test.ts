import { keyFromSeed, rngFromKey, uniformInteger } from '@einlab/numerics';
import { assertClose, property } from '@einlab/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import '../index.ts';
import { vjp } from '../autodiff/vjp.ts';
import { createWasmBackend } from '../backends/wasm/wasm-backend.ts';
import type { DType } from '../base/dtype.ts';
import { type OpenDevice, openOn, opened, openDevice } from '../device/device.ts';
import { evaluateTensors } from '../device/evaluate.ts';
import { einsum } from '../operations/einsum.ts';
import { scatterAdd, take } from '../operations/indexing.ts';
import { cast } from '../operations/elementwise.ts';
import { checkGradients } from '../testing/check-gradients.ts';
import { tensor } from '../tensor/create.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { traceGraph } from './graph.ts';
import { lowerProgram } from './lower.ts';

type Draw = (limit: number) => number;

const drawsOf = (seed: number): Draw => {
  const rng = rngFromKey(keyFromSeed(seed));
  return (limit) => uniformInteger(rng, limit);
};

const values = (draw: Draw, shape: readonly number[], dtype: DType = 'f32'): Tensor =>
  tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => draw(2001) / 1000 - 1),
    { shape, dtype },
  );

/** Indices below `size`, of which some repeat, and now and then one that leads nowhere. */
const indices = (draw: Draw, shape: readonly number[], size: number): Tensor =>
  tensor(
    Int32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () =>
      draw(9) > 0 ? draw(size) : [-1, size, -7, 2 ** 30][draw(4)],
    ),
    { shape },
  );

function shuffled<T>(draw: Draw, items: readonly T[]): T[] {
  const order = [...items];
  for (let i = order.length - 1; i > 0; i--) {
    const j = draw(i + 1);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

/** A batched product some of whose tensors are looked up along the batch, in any layout. */
function batchedProduct(draw: Draw, tiles: number): Tensor {
  const sizes: Record<string, number> = {
    tile: tiles,
    group: 1 + draw(5),
    row: 1 + draw(draw(2) === 0 ? 4 : 30),
    column: 1 + draw(draw(2) === 0 ? 4 : 40),
    depth: 1 + draw(draw(2) === 0 ? 4 : 40),
  };
  const shapeOf = (axes: readonly string[]): number[] => axes.map((axis) => sizes[axis]);
  const operand = (own: readonly string[]): [Tensor, string[]] => {
    const dtype = draw(6) > 0 ? 'f32' : (['f16', 'bf16'] as const)[draw(2)];
    if (draw(3) === 0) {
      const axes = shuffled(draw, ['tile', ...own]);
      return [values(draw, shapeOf(axes), dtype), axes];
    }
    const axes = shuffled(draw, own);
    const experts = 1 + draw(4);
    const picked = take(values(draw, [experts, ...shapeOf(axes)], dtype), indices(draw, [tiles], experts));
    return [dtype === 'f32' ? picked : cast(picked, 'f32'), ['tile', ...axes]];
  };
  const [left, leftAxes] = operand(['group', 'row', 'depth']);
  const [right, rightAxes] = operand(['group', 'depth', 'column']);
  const isAdded = draw(2) === 0;
  const own = shuffled(draw, ['group', 'row', 'column']);
  const output = isAdded ? ['tile', ...own] : shuffled(draw, ['tile', ...own]);
  const [a, b] = [leftAxes.join(' '), rightAxes.join(' ')];
  const product =
    draw(2) === 0
      ? einsum(`${a}, ${b} -> ${output.join(' ')}`, left, right)
      : einsum(`${b}, ${a} -> ${output.join(' ')}`, right, left);
  const places = 1 + draw(4);
  return isAdded ? scatterAdd(indices(draw, [tiles], places), product, places) : product;
}

/** Weighted sums of rows that are looked up, or their products with a vector of each token. */
function rowsByToken(draw: Draw, tokens: number): Tensor {
  const [slots, features, count] = [1 + draw(3), 250 + draw(40), 1 + draw(6)];
  const rows = take(values(draw, [count, features]), indices(draw, [tokens, slots], count));
  if (draw(2) === 0) return einsum('token slot, token slot f -> token f', values(draw, [tokens, slots]), rows);
  return einsum('token slot f, token f -> token slot', rows, values(draw, [tokens, features]));
}

const isIndexed = async (outputs: readonly Tensor[]): Promise<boolean> => {
  const { calls } = await lowerProgram(traceGraph(outputs).graph, { indexedContractions: true });
  return calls.some(({ kernel }) => kernel.kind === 'indexedContraction');
};

/** NaN stands apart, as 1 among zeros, because it is near nothing. */
const places = (numbers: ArrayLike<number>): number[] => Array.from(numbers, (x) => (Number.isNaN(x) ? 1 : 0));
const present = (numbers: ArrayLike<number>): Float64Array =>
  Float64Array.from(numbers as ArrayLike<number>, (x) => (Number.isNaN(x) ? 0 : x));

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

  let fused = 0;
  const agrees = async (outputs: readonly Tensor[], message: string): Promise<void> => {
    if (await isIndexed(outputs)) fused += 1;
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
      const build = drawsOf(seed)(3) === 0 ? rowsByToken : batchedProduct;
      await agrees([build(drawsOf(seed + 1), tiles)], `seed ${seed}, ${tiles} tiles`);
      return true;
    },
    { runs: 90 },
  );

  it('is what those programs had', () => expect(fused).toBeGreaterThan(20));

  it('has the gradients of its definition', async () => {
    const draw = drawsOf(3);
    const [x, w] = [values(draw, [5, 3, 8, 7]), values(draw, [4, 3, 7, 9])];
    const index = tensor(new Int32Array([2, 0, 2, 2, 3]));
    const apply = (given: Tensor, cores: Tensor): Tensor =>
      einsum('tile g row in, tile g in out -> tile row g out', given, take(cores, index));
    const [value, pull] = vjp(apply, x, w);
    const outputs = [value, ...pull(values(draw, value.shape))];
    const { calls } = await lowerProgram(traceGraph(outputs).graph, { indexedContractions: true });
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
  });
});
