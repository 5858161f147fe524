import { describeOnBackends } from '@einlab/testkit';
import { describe, expect, it } from 'vitest';
import { useDevice } from '../testing/device.test-helper.ts';
import { arange, eye, fromBits, full, iota, linspace, ones, tensor, toTensor, zeros } from './create.ts';

describeOnBackends('creation', (backend) => {
  useDevice(backend);

  it('refuses bigints, and bits in entries of other sizes', () => {
    expect(() => tensor(BigInt64Array.of(1n, 2n) as never)).toThrow(
      'tensor: the value at [] is 1,2 (object); expected numbers or nested arrays of numbers',
    );
    expect(() => fromBits(new Uint8Array(2) as never, { dtype: 'f16' })).toThrow(
      'fromBits: the bits are in Uint8Array; expected a Uint16Array, one entry for each number',
    );
  });

  it('takes numbers, nested arrays, typed arrays and booleans, and infers shape and type', async () => {
    expect(tensor(3).shape).toEqual([]);
    const nested = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect([nested.shape, nested.dtype, nested.size, nested.rank]).toEqual([[2, 3], 'f32', 6, 2]);
    expect(await nested.toArray()).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(tensor(Int32Array.of(1, 2), { shape: [2, 1] }).dtype).toBe('i32');
    expect(tensor(Uint32Array.of(1)).dtype).toBe('u32');
    expect([...(await tensor([true, false]).data())]).toEqual([1, 0]);
    expect([...(await tensor([0, 2, -1], { dtype: 'bool' }).data())]).toEqual([0, 1, 1]);
    expect(tensor([[], []]).shape).toEqual([2, 0]);
  });

  it('copies the values', async () => {
    const values = Float32Array.of(1, 2);
    const x = tensor(values);
    values[0] = 9;
    expect(await x.toArray()).toEqual([1, 2]);
    (await x.data())[1] = 9;
    expect(await x.toArray()).toEqual([1, 2]);
  });

  it('fills, counts and spaces', async () => {
    expect(await full([2, 2], -1.5).toArray()).toEqual([
      [-1.5, -1.5],
      [-1.5, -1.5],
    ]);
    expect(await zeros([2], 'i32').toArray()).toEqual([0, 0]);
    expect(await ones([1, 2]).toArray()).toEqual([[1, 1]]);
    expect(await arange(4).toArray()).toEqual([0, 1, 2, 3]);
    expect(arange(3, 'f32').dtype).toBe('f32');
    expect(await eye(2).toArray()).toEqual([
      [1, 0],
      [0, 1],
    ]);
    expect(await linspace(0, 1, 5).toArray()).toEqual([0, 0.25, 0.5, 0.75, 1]);
    expect(await linspace(3, 9, 1).toArray()).toEqual([3]);
    expect((await linspace(2 ** 70, 1, 3).data())[2]).toBe(1);
    expect(await linspace(0, 3, 31).slice([3], [4]).item()).toBeCloseTo(0.3, 6);
    expect(await iota([2, 3], 1).toArray()).toEqual([
      [0, 1, 2],
      [0, 1, 2],
    ]);
    expect(await full([0], 7).toArray()).toEqual([]);
  });
});

describe('creation', () => {
  it('refuses what does not fit, naming the place and both values', () => {
    expect(() => tensor([1, 2, 3], { shape: [2, 2] })).toThrow(
      'tensor: 3 values do not fill shape [2, 2], which has 4 elements',
    );
    expect(() => tensor([[1, 2], [3]])).toThrow(
      'tensor: ragged array: entry 1 at depth 0 has shape [1] but entry 0 has [2]',
    );
    expect(() => tensor([[1], ['x' as never]])).toThrow(
      'tensor: the value at [1][0] is x (string); expected numbers or nested arrays of numbers',
    );
    expect(() => zeros([2, -1])).toThrow('full: axis 1 of shape [2, -1] is -1; expected a whole number ≥ 0');
    expect(() => arange(1.5)).toThrow('arange: axis 0 of shape [1.5] is 1.5');
    expect(() => toTensor(0.5, 'i32')).toThrow(
      'the number 0.5 is not an integer, but the other operand is i32; cast that operand to f32 first',
    );
  });

  it('prints as type, shape and origin', () => {
    expect(`${zeros([2, 3])}`).toBe('f32[2, 3] from broadcast');
    expect(`${tensor(Int32Array.of(1))}`).toBe('i32[1] from host');
  });
});
