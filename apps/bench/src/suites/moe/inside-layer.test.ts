import { describe, expect, it } from 'vitest';
import { insideLayer } from './inside-layer.ts';

describe('insideLayer', () => {
  const turn = { nothing: 1, routing: 3, order: 3.5, experts: 18, layer: 21 };

  it('takes the parts apart so that they add up to the layer', () => {
    const { routing, order, sum, experts, layer, share } = insideLayer([turn]);
    expect({ routing, order, sum, experts, layer }).toEqual({
      routing: 2,
      order: 0.5,
      sum: 0.5,
      experts: 17,
      layer: 20,
    });
    expect(share).toBe((routing + order + sum) / layer);
  });

  it('compares within turns: a machine of two speeds changes no share', () => {
    const slow = { nothing: 2, routing: 6, order: 7, experts: 36, layer: 42 };
    expect(insideLayer([turn, slow, turn, slow]).share).toBe(insideLayer([turn]).share);
  });

  it('ignores a turn in which something else ran', () => {
    expect(insideLayer([turn, { ...turn, experts: 90 }, turn]).share).toBe(insideLayer([turn]).share);
  });
});
