import { makeBolt, mase, seasonalNaive, templateMaker } from '@einlab/chronos';
import { isTensor, openDevice, setDefaultDevice, treeLeaves } from '@einlab/einsum-core';
import { keyFromSeed, rngFromKey } from '@einlab/numerics';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadNano, nanoWeights } from './load-nano.ts';
import { kernelPool, nanoRecipe, nanoSources } from './recipe.ts';

beforeAll(async () => setDefaultDevice(await openDevice('wasm', { threads: 1 })));

describe('the shipped model', () => {
  it('has at most 1.5 million parameters and 3 MB', async () => {
    const count = treeLeaves(makeBolt(templateMaker, nanoRecipe.config))
      .filter(isTensor)
      .reduce((total, leaf) => total + leaf.size, 0);
    expect(count).toBeLessThanOrEqual(1_500_000);
    const { byteLength } = await nanoWeights();
    expect(byteLength).toBeLessThanOrEqual(3_000_000);
    expect(byteLength).toBeGreaterThan(2 * count);
  });

  it('forecasts a season on a line better than the last season does', async () => {
    const truth = (t: number): number => 100 + 0.4 * t + 12 * Math.sin((2 * Math.PI * t) / 12);
    const history = Array.from({ length: 120 }, (_, t) => truth(t));
    const actual = Array.from({ length: 24 }, (_, h) => truth(120 + h));
    const pipeline = await loadNano();
    const [forecast] = await pipeline.predictQuantiles([history], { horizon: 24 });
    if (forecast === undefined) throw new Error('no forecast');
    const naive = seasonalNaive(history, { horizon: 24, season: 12 });
    const score = (of: typeof forecast): number => mase([{ history, actual, forecast: of }], 12);
    expect(score(forecast)).toBeLessThan(score(naive));
    pipeline.dispose();
  }, 60_000);

  it('gives the same numbers twice, and rising quantiles', async () => {
    const pipeline = await loadNano();
    const history = Array.from({ length: 80 }, (_, t) => Math.sin(t) + (t % 7));
    const [once, again] = [1, 2].map(() =>
      pipeline.predictQuantiles([history, [1, 2, 3], [5, 5, 5, 5]], { horizon: 70 }),
    );
    const forecasts = await once;
    expect(await again).toEqual(forecasts);
    for (const { quantiles } of forecasts ?? [])
      expect(quantiles.every((row) => row.every(Number.isFinite))).toBe(true);
    pipeline.dispose();
  }, 60_000);

  it('saves what it loaded', async () => {
    const pipeline = await loadNano();
    const { weights } = await pipeline.save({ dtype: 'f16' });
    expect(weights).toEqual(await nanoWeights());
    pipeline.dispose();
  });
});

describe('the recipe', () => {
  it('draws the same series for the same key from every source', () => {
    for (const { draw } of nanoSources(nanoRecipe, kernelPool({ ...nanoRecipe, kernelLength: 400 }))) {
      const key = keyFromSeed(3);
      const [one, two] = [1, 2].map(() => Array.from(draw(rngFromKey(key), key)));
      expect(one).toEqual(two);
      expect(one?.length).toBeGreaterThan(300);
    }
  });
});
