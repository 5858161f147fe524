import { random, treeEntries } from '@einlab/einsum-core';
import { describe, expect, it } from 'vitest';
import { countMacs, countParameters } from './counts.ts';
import { rates } from './rates.ts';
import { residualMlp } from './residual-mlp.ts';
import { transformer } from './transformer.ts';

const key = random.key(1);

/** The numbers among a tree's leaves below `cores`, `gain`, `bias` and `table`, by name. */
function multipliers(tree: unknown): Record<string, number> {
  return Object.fromEntries(
    treeEntries(tree).filter(
      (entry): entry is [string, number] =>
        /(cores\.\w+|gain|bias|table)$/.test(entry[0]) && typeof entry[1] === 'number',
    ),
  );
}

describe('rates(model, options)', () => {
  const model = transformer.init(key, { vocab: 11, context: 8, width: 32, depth: 1, heads: 2 });

  it('gives linear maps the ratio of the widths, also where they read k·width features, and everything else 1', () => {
    expect(multipliers(rates(model, { base: { width: 8 } }))).toEqual({
      'tokens.table': 1,
      'positions.table': 1,
      'blocks.0.attentionNorm.gain': 1,
      'blocks.0.attention.query.cores.weight': 0.25,
      'blocks.0.attention.key.cores.weight': 0.25,
      'blocks.0.attention.value.cores.weight': 0.25,
      'blocks.0.attention.output.cores.weight': 0.25,
      'blocks.0.attention.queryNorm.gain': 1,
      'blocks.0.attention.keyNorm.gain': 1,
      'blocks.0.mlpNorm.gain': 1,
      'blocks.0.mlp.up.cores.weight': 0.25,
      'blocks.0.mlp.down.cores.weight': 0.25,
      'norm.gain': 1,
      'head.cores.weight': 0.25,
    });
  });

  it('keeps 1 for a layer that reads data, whatever the width', () => {
    const found = multipliers(
      rates(residualMlp.init(key, { in: 8, out: 1, width: 128, depth: 1 }), { base: { width: 64 } }),
    );
    expect(found['input.cores.weight']).toBe(1);
    expect(found['input.bias']).toBe(1);
    expect(found['output.cores.weight']).toBe(0.5);
  });

  it('takes the width as an option where the model does not say it', () => {
    const { head } = model;
    expect(multipliers(rates({ head }, { base: { width: 8 }, width: 32 }))).toEqual({ 'head.cores.weight': 0.25 });
    expect(() => rates({ head }, { base: { width: 8 } })).toThrow(
      'rates: width is missing; expected a number > 0 (the model has no field "width": give it as an option)',
    );
    expect(() => rates(model, { base: { width: 0 } })).toThrow('rates: base.width is 0; expected a number > 0');
  });
});

describe('counts', () => {
  it('countMacs and countParameters add up a transformer', () => {
    const [width, vocab, context] = [32, 11, 8];
    const model = transformer.init(key, { vocab, context, width, depth: 3, heads: 2 });
    expect(countMacs(model.blocks)).toBe(3 * 12 * width ** 2);
    expect(countMacs(model)).toBe(3 * 12 * width ** 2 + width * vocab);
    const gains = 3 * (2 * width + 2 * (width / 2)) + width;
    expect(countParameters(model)).toBe(3 * 12 * width ** 2 + 2 * width * vocab + width * context + gains);
  });

  it('a residual perceptron of depth 2 and width 16 has the multiply-accumulates of its five maps', () => {
    expect(countMacs(residualMlp.init(key, { in: 8, out: 1, width: 16, depth: 2 }))).toBe(
      8 * 16 + 2 * 8 * 16 ** 2 + 16,
    );
  });
});
