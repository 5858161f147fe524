import { property } from '@einlab/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ContractionAxis, type ContractionKernel, contractionMacs, normalizeContraction } from './contraction.ts';
import { contractions } from './contraction-arbitrary.test-helper.ts';

const axis = (size: number, left: number, right: number, out: number): ContractionAxis => ({ size, left, right, out });
const kernel = (groups: Partial<ContractionKernel>): ContractionKernel => ({
  kind: 'contraction',
  batch: [],
  rows: [],
  columns: [],
  contracted: [],
  ...groups,
});

/** Every multiplication as the elements it touches: what a contraction computes, whatever its axes are called. */
function products({ batch, rows, columns, contracted }: ContractionKernel, swapped: boolean): string[] {
  let triples = [[0, 0, 0]];
  for (const { size, left, right, out } of [...batch, ...rows, ...columns, ...contracted]) {
    const steps = swapped ? [right, left, out] : [left, right, out];
    triples = triples.flatMap((at) =>
      Array.from({ length: size }, (_, i) => at.map((offset, t) => offset + i * steps[t])),
    );
  }
  return triples.map((triple) => triple.join()).sort();
}

describe('normalizeContraction', () => {
  it('drops axes of size 1', () => {
    const normalized = normalizeContraction(kernel({ batch: [axis(1, 5, 7, 9)], contracted: [axis(1, 3, 4, 0)] }));
    expect(normalized).toMatchObject({ batch: [], contracted: [] });
  });

  it('fuses axes that are contiguous together in all tensors that hold them', () => {
    const rows = [axis(2, 12, 0, 20), axis(3, 4, 0, 8), axis(5, 100, 0, 200)];
    const columns = [axis(4, 0, 1, 1)];
    // 3·4 = 12 in left but 3·8 = 24 ≠ 20 in the output: only with an output stride of 24 are the first two one axis.
    expect(normalizeContraction(kernel({ rows, columns })).rows).toHaveLength(3);
    rows[0] = axis(2, 12, 0, 24);
    expect(normalizeContraction(kernel({ rows, columns })).rows).toEqual([axis(5, 100, 0, 200), axis(6, 4, 0, 8)]);
  });

  it('fuses three axes given in any order', () => {
    const contracted = [axis(3, 2, 2, 0), axis(2, 1, 1, 0), axis(5, 6, 6, 0)];
    expect(normalizeContraction(kernel({ contracted })).contracted).toEqual([axis(30, 1, 1, 0)]);
  });

  it('makes a batch axis along which an operand repeats a free axis of the other one', () => {
    const batch = [axis(7, 0, 2, 4), axis(5, 2, 0, 28)];
    const normalized = normalizeContraction(kernel({ batch }));
    expect(normalized).toMatchObject({ batch: [], rows: [batch[1]], columns: [batch[0]] });
  });

  it('exchanges left and right where that makes the contiguous output axis a column', () => {
    const [rows, columns, contracted] = [[axis(3, 4, 0, 1)], [axis(5, 0, 4, 3)], [axis(4, 1, 1, 0)]];
    const normalized = normalizeContraction(kernel({ rows, columns, contracted }));
    expect(normalized).toMatchObject({ swapped: true, rows: [axis(5, 4, 0, 3)], columns: [axis(3, 0, 4, 1)] });
    expect(normalizeContraction(normalized).swapped).toBe(false);
  });

  property('multiplies the same elements into the same places', contractions, (random) => {
    const normalized = normalizeContraction(random);
    expect(contractionMacs(normalized)).toBe(contractionMacs(random));
    fc.pre(contractionMacs(random) <= 3000);
    expect(products(normalized, normalized.swapped)).toEqual(products(random, false));
  });

  property('changes nothing the second time', contractions, (random) => {
    const once = normalizeContraction(random);
    const twice = normalizeContraction(once);
    if (!twice.swapped) expect({ ...twice, swapped: once.swapped }).toEqual(once);
    else expect(contractionMacs(twice)).toBe(contractionMacs(once));
  });
});
