import { describe, expect, it } from 'vitest';
import { readShape } from './read-shape.ts';

describe('readShape', () => {
  it('reads sizes with commas or crosses, and scalars', () => {
    expect(['64,512', '64x512', '[2, 3]', '0', '[]', 'scalar'].map((text) => readShape(text, 1))).toEqual([
      [64, 512],
      [64, 512],
      [2, 3],
      [0],
      [],
      [],
    ]);
  });

  it('names the operand and the part that is no size', () => {
    expect(() => readShape('64,-1', 2)).toThrow(
      'the shape of operand 2 is "64,-1" ("-1" is not a size); expected sizes such as 64,512',
    );
    expect(() => readShape('', 1)).toThrow('the shape of operand 1 is ""');
    expect(() => readShape('3,,4', 1)).toThrow('"" is not a size');
  });
});
