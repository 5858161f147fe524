import { ALL_PATTERNS, boundaryValues, describeOnBackends, nearestBits, valueOfBits } from '@einlab/testkit';
import { describe, expect, it } from 'vitest';
import { compile } from '../device/compile.ts';
import { currentDevice, openDevice } from '../device/device.ts';
import { evaluate, toBits } from '../device/evaluate.ts';
import { einsum } from '../operations/einsum.ts';
import { add, cast, multiply, relu, where } from '../operations/elementwise.ts';
import { take, takeAlongAxis } from '../operations/indexing.ts';
import { prod } from '../operations/prod.ts';
import { rearrange, reduce } from '../operations/rearrange.ts';
import { max, mean, sum } from '../operations/reductions.ts';
import { remainder } from '../operations/remainder.ts';
import { concatenate, flip, pad, stack, tile, transpose } from '../operations/shape.ts';
import { sort } from '../operations/sort.ts';
import { useDevice } from '../testing/device.test-helper.ts';
import { fromBits, full, ones, tensor, zeros } from './create.ts';
import type { Tensor } from './tensor.ts';

/** 0, 1, … as f16 or bf16, which both hold these exactly. */
const counting = (dtype: 'f16' | 'bf16', ...shape: number[]): Tensor =>
  tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i),
    { shape, dtype },
  );

describeOnBackends('16-bit types', (backend) => {
  useDevice(backend);

  describe.each(['f16', 'bf16'] as const)('%s', (dtype) => {
    it('reads every pattern as what it stands for, and casts it to f32 exactly', async () => {
      const all = fromBits(Uint16Array.from(ALL_PATTERNS), { dtype });
      const expected = ALL_PATTERNS.map((bits) => valueOfBits(dtype, bits));
      for (const x of [all, await evaluate(all), cast(all, 'f32'), cast(await evaluate(all), 'f32')])
        expect(Array.from(await x.data())).toEqual(expected);
    });

    it('keeps the bits of what is moved, those of NaN too', async () => {
      const all = fromBits(Uint16Array.from(ALL_PATTERNS), { dtype, shape: [256, 256] });
      // the reference holds one NaN, and its transpose is a sum of one term: 0 + (−0) is 0
      const isPlain = (bits: number): boolean => bits !== 0x8000 && !Number.isNaN(valueOfBits(dtype, bits));
      const keep = backend === 'reference' ? isPlain : (): boolean => true;
      const there = await evaluate(transpose(all));
      const back = await toBits(transpose(there));
      expect(ALL_PATTERNS.filter((bits) => keep(bits) && back[bits] !== bits)).toEqual([]);
    });

    it('rounds from f32 to nearest, ties to even, with infinities and subnormal numbers', async () => {
      const values = Float32Array.from(boundaryValues(dtype, 3, 2 ** -22));
      const bits = await toBits(cast(tensor(values), dtype));
      const wrong = Array.from(values, (value, i) => [value, bits[i], nearestBits(dtype, value)]);
      expect(wrong.filter(([, got, expected]) => got !== expected)).toEqual([]);
      const [nan] = await toBits(cast(tensor([Number.NaN]), dtype));
      expect(valueOfBits(dtype, nan)).toBeNaN();
    });

    it('is created, filled and rounded', async () => {
      const created = [tensor([1, 0.1], { dtype }), zeros([2], dtype), ones([2], dtype), full([2], 1e6, dtype)];
      expect(created.map((x) => x.dtype)).toEqual([dtype, dtype, dtype, dtype]);
      const tenth = valueOfBits(dtype, nearestBits(dtype, 0.1));
      const large = valueOfBits(dtype, nearestBits(dtype, 1e6));
      expect(await Promise.all(created.map((x) => x.toArray()))).toEqual([
        [1, tenth],
        [0, 0],
        [1, 1],
        [large, large],
      ]);
      expect(await cast(tensor(Int32Array.of(-3, 70000)), dtype).toArray()).toEqual([
        -3,
        valueOfBits(dtype, nearestBits(dtype, 70000)),
      ]);
      expect(await cast(tensor([2.75, -2.75, Infinity], { dtype }), 'i32').toArray()).toEqual([2, -2, 2 ** 31 - 1]);
      expect(await cast(tensor([0.5, 0], { dtype }), 'bool').toArray()).toEqual([1, 0]);
    });

    it('stays itself where values are moved', async () => {
      const x = await evaluate(counting(dtype, 3, 5));
      const indices = tensor(Int32Array.of(2, 0, 7));
      const moved: readonly (readonly [Tensor, unknown])[] = [
        [
          transpose(x).reshape([3, 5]).slice([1, 1], [3, 4]),
          [
            [2, 7, 12],
            [13, 4, 9],
          ],
        ],
        [
          x.slice([0, 0], [3, 5], [2, 3]),
          [
            [0, 3],
            [10, 13],
          ],
        ],
        [concatenate([x.slice([0, 0], [1, 5]), x.slice([2, 0], [3, 5])], 1), [[0, 1, 2, 3, 4, 10, 11, 12, 13, 14]]],
        [stack([x.slice([0, 0], [1, 2]), x.slice([1, 0], [2, 2])]), [[[0, 1]], [[5, 6]]]],
        [
          pad(x.slice([0, 0], [1, 2]), [0, 1], [1, 0], -1),
          [
            [-1, 0, 1],
            [-1, -1, -1],
          ],
        ],
        [take(x, indices), [[10, 11, 12, 13, 14], [0, 1, 2, 3, 4], new Array(5).fill(Number.NaN)]],
        [
          take(x, indices, 1),
          [
            [2, 0, Number.NaN],
            [7, 5, Number.NaN],
            [12, 10, Number.NaN],
          ],
        ],
        [
          takeAlongAxis(x, tensor(Int32Array.of(1, 9, 4, 3, 2, 0), { shape: [3, 2] })),
          [
            [1, Number.NaN],
            [9, 8],
            [12, 10],
          ],
        ],
        [where(tensor([true, false, true, false, true]), x.slice([1, 0], [2, 5]), 0.5), [[5, 0.5, 7, 0.5, 9]]],
        [where(tensor([[true], [false], [true]]), x.slice([0, 0], [3, 1]), x.slice([0, 1], [3, 2])), [[0], [6], [10]]],
        [
          flip(x.slice([0, 0], [2, 2])),
          [
            [6, 5],
            [1, 0],
          ],
        ],
        [
          tile(x.slice([0, 1], [1, 3]), [2, 2]),
          [
            [1, 2, 1, 2],
            [1, 2, 1, 2],
          ],
        ],
        [
          rearrange('a b -> b a', x.slice([0, 0], [2, 2])),
          [
            [0, 5],
            [1, 6],
          ],
        ],
        [
          sort(x.slice([0, 0], [2, 3]), 1, { descending: true }),
          [
            [2, 1, 0],
            [7, 6, 5],
          ],
        ],
      ];
      for (const [result, expected] of moved) {
        expect(result.dtype).toBe(dtype);
        expect(await result.toArray()).toEqual(expected);
      }
    });

    it('is read as f32 by whatever computes, and mixes with f32 there', async () => {
      const x = await evaluate(counting(dtype, 2, 3));
      const one = x.slice([0, 1], [1, 2]);
      const computed: readonly (readonly [Tensor, unknown])[] = [
        [add(x, 0.1), [0, 1, 2, 3, 4, 5].map((value) => value + 0.1)],
        [multiply(x, tensor([1 / 3, 1, 1])), [0, 1, 2, 1, 4, 5]],
        [relu(one), [1]],
        [sum(x), [15]],
        [sum(x, []), [0, 1, 2, 3, 4, 5]],
        [mean(x, 1), [1, 4]],
        [max(x, 0), [3, 4, 5]],
        [prod(one), [1]],
        [reduce('a b -> a', x, 'mean'), [1, 4]],
        [remainder(x, 2), [0, 1, 0, 1, 0, 1]],
        [x.softmax(0).sum(), [3]],
        [einsum('i j -> j i', x), [0, 3, 1, 4, 2, 5]],
        [einsum('i j, k j -> i k', x, x), [5, 14, 14, 50]],
        [where(tensor([true, false, true]), x, tensor([0.1])), [0, 0.1, 2, 3, 0.1, 5]],
      ];
      for (const [result, expected] of computed) {
        expect(result.dtype).toBe('f32');
        const values = Array.from(await result.data());
        (expected as number[]).forEach((value, i) => {
          expect(values[i]).toBeCloseTo(value, 5);
        });
        expect(values).toHaveLength((expected as number[]).length);
      }
    });

    it('has NaN in every place of a row that is not there, and rounds what it is padded with', async () => {
      const rows = take(await evaluate(counting(dtype, 2, 11)), tensor(Int32Array.of(1, 5)));
      expect(await rows.toArray()).toEqual([
        Array.from({ length: 11 }, (_, i) => 11 + i),
        new Array(11).fill(Number.NaN),
      ]);
      const tenth = valueOfBits(dtype, nearestBits(dtype, 0.1));
      expect(await add(pad(ones([1], dtype), [1], [0], 0.1), 0).toArray()).toEqual([tenth, 1]);
    });

    it('is accumulated in f32 by einsum', async () => {
      const n = 3000; // in f16 a running sum would stop at 2048, in bf16 at 256
      const [x, w] = [ones([2, n], dtype), ones([n, 3], dtype)];
      const [kept, weight] = await evaluate([x, w]);
      expect(await einsum('b i, i o -> b o', kept, weight).toArray()).toEqual([
        [n, n, n],
        [n, n, n],
      ]);
      expect(await sum(kept).item()).toBe(2 * n);
    });

    it('holds no f32 values on their way to a later pass over the row', async () => {
      const x = await evaluate(
        tensor(
          Float32Array.from({ length: 3 * 37 }, (_, i) => Math.sin(i)),
          { shape: [3, 37] },
        ),
      );
      const apart = await toBits(cast(await evaluate(x.softmax()), dtype));
      expect(await toBits(cast(x.softmax(), dtype))).toEqual(apart);
    });

    it('compiles, and is donated', async () => {
      const step = compile((w: Tensor, x: Tensor) => cast(add(w, x), dtype), { donate: [0] });
      const w = await evaluate(counting(dtype, 7));
      const next = await step(w, tensor([1]));
      expect([next.dtype, await next.toArray()]).toEqual([dtype, [1, 2, 3, 4, 5, 6, 7]]);
      await expect(w.data()).rejects.toThrow('was disposed of or donated');
      step.dispose();
    });
  });

  it('takes two bytes per element where memory has types', async () => {
    const before = currentDevice().memory().live;
    const kept = await evaluate([zeros([1000], 'f16'), zeros([1000], 'bf16'), cast(ones([10, 100]), 'f16')]);
    const each = { reference: 8, wasm: 2, webgpu: 2 }[backend];
    expect(currentDevice().memory().live - before).toBe(3000 * each);
    for (const x of kept) x.dispose();
  });

  it('goes from one 16-bit type to the other by way of f32, and multiplies across them', async () => {
    const x = tensor([1.5, 300.5, 70000], { dtype: 'bf16' });
    expect(await cast(x, 'f16').toArray()).toEqual([1.5, 300, Infinity]);
    expect(multiply(x, cast(x, 'f16')).dtype).toBe('f32');
    expect(() => concatenate([x, cast(x, 'f16')])).toThrow('concatenate: types bf16 and f16 do not mix; use cast');
  });
});

describe('16-bit types on two threads', () => {
  it('have the bits that they have on one', async () => {
    const x = tensor(
      Float32Array.from({ length: 1003 * 521 }, (_, i) => Math.sin(i) * 300),
      { shape: [1003, 521] },
    );
    const rows = tensor(Int32Array.from({ length: 2000 }, (_, i) => (i * 37) % 1010));
    const bitsOn = async (threads: number): Promise<Uint16Array[]> => {
      const device = await openDevice('wasm', { threads });
      const step = compile((a: Tensor) => [cast(a, 'f16'), take(cast(a, 'bf16'), rows)], { device });
      const bits = await Promise.all((await step(x)).map(toBits));
      device.close();
      return bits;
    };
    const [one, two] = [await bitsOn(1), await bitsOn(2)];
    expect(two.map((bits, i) => bits.every((value, k) => value === one[i][k]))).toEqual([true, true]);
  });
});

describe('bits', () => {
  it('come in and go out, and are copied', async () => {
    const bits = Uint16Array.of(0x3c00, 0xc000);
    const x = fromBits(bits, { dtype: 'f16', shape: [2, 1] });
    bits[0] = 0;
    expect(x.shape).toEqual([2, 1]);
    expect(await x.toArray()).toEqual([[1], [-2]]);
    const out = await toBits(x);
    expect(out).toEqual(Uint16Array.of(0x3c00, 0xc000));
    out[0] = 0;
    expect(await x.toArray()).toEqual([[1], [-2]]);
  });

  it('are refused for other types and shapes', async () => {
    await expect(toBits(tensor([1]))).rejects.toThrow('toBits: f32[1] from host is not of 16 bits');
    expect(() => fromBits(Uint16Array.of(1), { dtype: 'f32' as never })).toThrow(
      'fromBits: dtype is f32; expected f16 or bf16',
    );
    expect(() => fromBits(Uint16Array.of(1), { dtype: 'f16', shape: [2] })).toThrow(
      'fromBits: 1 values do not fill shape [2], which has 2 elements',
    );
  });
});
