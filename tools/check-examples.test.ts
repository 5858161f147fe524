import { describe, expect, it } from 'vitest';
import { outputFindings } from './check-examples.ts';

describe('outputFindings', () => {
  it('compares numbers within the tolerance and words exactly', () => {
    const expected = { lines: ['loss 1.00', 'done'], tolerance: 0.01 };
    expect(outputFindings('x', 'loss   1.005\ndone\n', expected)).toEqual([]);
    expect(outputFindings('x', 'loss 1.02\ndone\n', expected)).toHaveLength(1);
    expect(outputFindings('x', 'loss 1.00\nDone\n', expected)).toHaveLength(1);
  });
  it('asks for exact numbers where no tolerance is given', () => {
    expect(outputFindings('x', '1.0', { lines: ['1.0'] })).toEqual([]);
    expect(outputFindings('x', '1.1', { lines: ['1.0'] })).toHaveLength(1);
  });
  it('finds a missing line', () => {
    expect(outputFindings('x', 'a', { lines: ['a', 'b'] })).toEqual(['x: printed 1 lines, expected 2']);
  });
});
