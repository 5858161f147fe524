import { describe, expect, it } from 'vitest';
import type { Operand } from './assert-type.ts';
import { normalizeAxes, normalizeAxis } from './axes.ts';

const of = (rank: number): Operand => ({ dtype: 'f32', shape: Array.from({ length: rank }, () => 2) });
/** What JavaScript lets through. */
const untyped = <T>(value: unknown): T => value as T;

describe('axes', () => {
  it('axes may be negative, and are refused out of range or twice', () => {
    expect(normalizeAxis(-1, of(3), 'sum')).toBe(2);
    expect(normalizeAxes(undefined, of(2), 'sum')).toEqual([0, 1]);
    expect(normalizeAxes([-1, 0], of(3), 'sum')).toEqual([0, 2]);
    expect(() => normalizeAxis(3, of(3), 'sum')).toThrow(
      'sum: axis 3 is out of range for a tensor of rank 3; expected -3 … 2',
    );
    expect(() => normalizeAxis(0.5, of(3), 'sum')).toThrow('sum: axis 0.5 is out of range');
    expect(() => normalizeAxes([0, -3], of(3), 'sum')).toThrow('sum: axis 0 is named twice in [0, -3]');
  });

  it('are asked of tensors of the accepted types', () => {
    expect(() => normalizeAxis(0, untyped([1, 2]), 'sum')).toThrow('sum: the operand is no tensor but Array');
    expect(() => normalizeAxes(0, untyped(undefined), 'sum')).toThrow('sum: the operand is no tensor but Undefined');
    expect(() => normalizeAxes(0, of(1), 'mean', ['i32'])).toThrow(
      'mean: the operand is f32[2]; expected i32, use cast',
    );
    expect(() => normalizeAxes(untyped({ axis: 0 }), of(1), 'sum')).toThrow(
      'sum: axis [object Object] is out of range',
    );
  });
});
