import { property, shape } from '@einlab/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assertShape, broadcastShapes, countElements, sameShape, sizeOf, stridesOf } from './shape.ts';

describe('shapes', () => {
  property('strides count row-major positions', shape({ minAxis: 1 }), (sizes) => {
    const strides = stridesOf(sizes);
    const last = sizes.reduce((at, size, axis) => at + (size - 1) * strides[axis], 0);
    expect(last).toBe(sizeOf(sizes) - 1);
  });

  property('broadcasting is commutative, and a shape with itself is itself', fc.tuple(shape(), shape()), ([a, b]) => {
    expect(broadcastShapes(a, a, 'test')).toEqual(a);
    const either = (x: number[], y: number[]): readonly number[] | string => {
      try {
        return broadcastShapes(x, y, 'test');
      } catch {
        return 'refused';
      }
    };
    expect(either(a, b)).toEqual(either(b, a));
  });

  property('size-1 axes stretch to any size, 0 included', shape(), (sizes) => {
    const ones = sizes.map(() => 1);
    expect(broadcastShapes(sizes, ones, 'test')).toEqual(sizes);
    expect(broadcastShapes(sizes, [], 'test')).toEqual(sizes);
  });

  it('broadcastShapes aligns from the right, and names the axis that does not fit', () => {
    expect(broadcastShapes([4, 1, 3], [2, 1], 'add')).toEqual([4, 2, 3]);
    expect(() => broadcastShapes([2, 3], [2], 'add')).toThrow(
      'add: shapes [2, 3] and [2] do not broadcast: axis -1 is 3 in the first and 2 in the second; sizes must be equal or 1',
    );
    expect(() => broadcastShapes([0], [2], 'add')).toThrow('axis -1 is 0 in the first and 2 in the second');
  });

  it('sizes are whole and not negative', () => {
    expect(() => assertShape([2, -1], 'zeros')).toThrow(
      'zeros: axis 1 of shape [2, -1] is -1; expected a whole number ≥ 0',
    );
    expect(() => assertShape([1.5], 'zeros')).toThrow('is 1.5; expected a whole number ≥ 0');
    expect(() => assertShape([2 ** 31], 'zeros')).toThrow('an axis has 2147483648 elements');
    expect(countElements([2 ** 31 - 1, 2 ** 21], 'zeros')).toBe((2 ** 31 - 1) * 2 ** 21);
    expect(countElements([2 ** 40, 0], 'zeros')).toBe(0);
    expect(() => countElements([2 ** 30, 2 ** 23], 'zeros')).toThrow('it has 9007199254740992 elements');
    expect(sameShape([1, 2], [1, 2, 1])).toBe(false);
    expect(sizeOf([])).toBe(1);
  });
});
