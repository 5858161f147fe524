import { readFile } from 'node:fs/promises';
import { itWithShared } from '@einlab/testkit';
import { describe, expect } from 'vitest';
import { expectClose, fixturePath, flat, golden, goldenSeries, useBackend } from '../golden.test-helper.ts';
import { fromPretrained } from './from-pretrained.ts';
import { type ChronosPipeline, openPipeline } from './pipeline.ts';

interface BatchEmbed {
  batch_embed: { series: string[]; embeddings: number[][][]; loc?: number[]; scale: number[] };
}

/** The folder of a checkpoint among the fixtures. */
const folderOf = (name: string): string => fixturePath(name, 'config.json').slice(0, -'/config.json'.length);
const open = (name: string): Promise<ChronosPipeline> => fromPretrained(folderOf(name));

describe('pipelines against the reference', () => {
  useBackend('wasm');

  for (const [folder, file] of [
    ['dummy-chronos-model', 't5_dummy'],
    ['strong/t5-relu', 't5_strong_relu'],
    ['dummy-chronos-bolt-model', 'bolt_dummy'],
    ['strong/bolt', 'bolt_strong'],
  ] as const) {
    itWithShared(`${folder}: the states of series, each by itself`, async () => {
      const pipeline = await open(folder);
      const { batch_embed: expected } = golden<BatchEmbed>(file);
      const inputs = goldenSeries();
      const embedded = await pipeline.embed(expected.series.map((name) => inputs[name]));
      embedded.forEach((own, i) => {
        // the reference pads a batch on the left; what is seen of a series does not depend on it
        expectClose(own.states, flat(expected.embeddings[i].slice(-own.time)), 1e-5, expected.series[i]);
        expectClose([own.scale], [expected.scale[i]], 1e-6, 'scale');
        if (expected.loc !== undefined) expectClose([own.location], [expected.loc[i]], 1e-6, 'location');
      });
      pipeline.dispose();
    });
  }

  itWithShared('an adapter folder is merged into its base, and the result is saved as a model', async () => {
    const folder = fixturePath('dummy-chronos2-lora', '').replace(/\/$/, '');
    const base = folderOf('dummy-chronos2-model');
    const merged = await fromPretrained(folder, { base });
    const expected = golden<{ quantile_preds_2patches_air144: number[][] }>('chronos2_lora');
    const levels = 'quantiles' in merged.config ? merged.config.quantiles : [];
    const { air144 } = goldenSeries();
    const [forecast] = await merged.predictQuantiles([air144], { horizon: 32, levels });
    expectClose(
      forecast.quantiles.flatMap((row) => [...row]),
      flat(expected.quantile_preds_2patches_air144),
      1e-4,
    );
    const files = await merged.save();
    const again = await openPipeline({ config: JSON.parse(files.config), weights: files.weights });
    expect(await again.predictQuantiles([air144], { horizon: 32, levels })).toEqual([forecast]);
    expect(JSON.parse(await readFile(`${folder}/adapter_config.json`, 'utf8')).r).toBe(8);
  });
});
