import { describe, expect, it } from 'vitest';
import { readStructures, structureNames, structureOf } from './structures.ts';

describe('structureOf', () => {
  it('makes every structure, with and without its number', () => {
    expect(structureNames.map((name) => structureOf(name).toString())).toEqual([
      'dense()',
      'lowRank()',
      'kronecker()',
      'monarch({ blocks: 4 })',
      'blockTensorTrain({ rank: 1 })',
      'blast({ blocks: 4 })',
      'butterfly({ radix: 2 })',
      'circulant()',
      'toeplitz()',
      'tensorTrain({ rank: 4 })',
      'bttMoe({ experts: 8, k: 2 })',
      'lowRankMoe({ experts: 8, k: 2 })',
      'denseMoe({ experts: 8, k: 2 })',
      'moeMlp({ experts: 8, k: 2 })',
    ]);
    expect(structureOf('btt-moe:16').toString()).toBe('bttMoe({ experts: 16, k: 2 })');
    expect(structureOf('btt:2').toString()).toBe('blockTensorTrain({ rank: 2 })');
    expect(structureOf('monarch:8').toString()).toBe('monarch({ blocks: 8 })');
    expect(structureOf('low-rank:14').toString()).toBe('lowRank({ rank: 14 })');
  });

  it('takes any point of the einsum space, and says what is wrong with one', () => {
    expect(structureOf('einsum:1/2|0|1/2|0|1/2|1/2|1/4').toString()).toBe('einsumStructure(1/2|0|1/2|0|1/2|1/2|1/4)');
    expect(() => structureOf('einsum:1/2|0|1/2')).toThrow(
      'einsum:1/2|0|1/2": parseTheta: "1/2|0|1/2" is no point; expected seven numbers or fractions',
    );
    expect(() => structureOf('einsum')).toThrow('"" is no point');
    expect(() => structureOf('einsum:1/2|0|1/4|0|1/2|1/2|0')).toThrow(
      'alpha + beta + gamma is 1/2 + 0 + 1/4 = 3/4; expected 1',
    );
  });

  it('names what is wrong with a label', () => {
    expect(() => structureOf('bbt')).toThrow('unknown structure "bbt" in --structures; did you mean btt?');
    expect(() => structureOf('toString')).toThrow('unknown structure "toString"');
    expect(() => structureOf('btt:0')).toThrow('rank is "0"; expected a whole number ≥ 1');
    expect(() => structureOf('monarch:x')).toThrow('blocks is "x"; expected a whole number ≥ 1');
    expect(() => structureOf('btt:2:3')).toThrow('rank is "2:3"');
    expect(() => structureOf('btt-moe:x')).toThrow('experts is "x"; expected a whole number ≥ 1');
    expect(() => structureOf('moe:1')).toThrow('--structures has "moe:1": moe: k is 2, but there are 1 experts');
    expect(() => structureOf('dense:2')).toThrow('"dense:2", but dense takes no number');
  });
});

describe('readStructures', () => {
  it('reads a list and refuses a name that is there twice', () => {
    expect(readStructures('dense, btt:2')).toEqual(['dense', 'btt:2']);
    expect(() => readStructures('dense,btt,dense')).toThrow('--structures names dense twice');
  });
});
