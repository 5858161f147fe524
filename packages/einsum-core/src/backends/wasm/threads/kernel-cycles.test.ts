import { describe, expect, it } from 'vitest';
import type { ContractionCall } from '../../../kernels/kernel.ts';
import { kernelCycles } from './kernel-cycles.ts';

/** x[rows, in] · weights[out, in] */
const product = (rows: number, width: number, out: number): ContractionCall => ({
  kind: 'contract',
  contraction: {
    kind: 'contraction',
    batch: [],
    rows: [{ size: rows, left: width, right: 0, out }],
    columns: [{ size: out, left: 0, right: width, out: 1 }],
    contracted: [{ size: width, left: 1, right: 1, out: 0 }],
  },
  offsets: [0, 0],
});

describe('kernelCycles', () => {
  it('of a product grow with its multiply-adds where elements are used again', () => {
    expect(kernelCycles(product(128, 256, 256))).toBeCloseTo(2 * kernelCycles(product(64, 256, 256)));
  });

  it('of a matrix times a vector, or a few, are what it takes to read the matrix', () => {
    expect(kernelCycles(product(1, 256, 512))).toBe(256 * 512);
    expect(kernelCycles(product(4, 256, 512))).toBe(256 * 512);
    expect(kernelCycles(product(512, 256, 1))).toBe(256 * 512);
  });
});
