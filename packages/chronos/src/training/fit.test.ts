import { openDevice, random, setDefaultDevice } from '@einlab/einsum-core';
import { encodeSafetensors } from '@einlab/nn';
import { keyFromSeed } from '@einlab/numerics';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeChronos2 } from '../model/chronos2/chronos2-model.ts';
import { randomMaker } from '../model/parameter-maker.ts';
import { makeChronosT5 } from '../model/seq2seq/t5-model.ts';
import { type ChronosPipeline, openPipeline } from '../pipeline/pipeline.ts';
import { tinyChronos2, tinyT5 } from '../tiny.test-helper.ts';
import { meanScaleTokenizer } from '../tokenize/mean-scale-tokenizer.ts';
import { writeConfig } from '../weights/write-config.ts';
import { tokenWindow } from './token-batches.ts';

beforeAll(async () => setDefaultDevice(await openDevice('wasm', { threads: 1 })));

const waves = (length: number): Float64Array[] =>
  [5, 6, 8].map((period) => Float64Array.from({ length }, (_, t) => 4 + Math.sin((2 * Math.PI * t) / period)));

const models = {
  t5: async (): Promise<ChronosPipeline> =>
    openPipeline({
      config: writeConfig(tinyT5),
      weights: await encodeSafetensors(makeChronosT5(randomMaker(random.key(1)), tinyT5)),
    }),
  chronos2: async (): Promise<ChronosPipeline> =>
    openPipeline({
      config: writeConfig(tinyChronos2),
      weights: await encodeSafetensors(makeChronos2(randomMaker(random.key(1)), tinyChronos2)),
    }),
};

describe('pipeline.fit', () => {
  it.each([
    ['t5', 'full'],
    ['t5', 'lora'],
    ['chronos2', 'full'],
    ['chronos2', 'lora'],
  ] as const)(
    '%s, %s: lowers the loss on windows that it does not see, and leaves the model as it was',
    async (family, mode) => {
      const model = await models[family]();
      const before = (await model.save()).weights;
      const { pipeline, validation } = await model.fit(waves(60), {
        key: keyFromSeed(3),
        steps: 80,
        batch: 8,
        rate: 2e-2,
        mode,
      });
      expect(validation.best).toBeLessThan(0.9 * validation.before);
      expect((await model.save()).weights).toEqual(before);
      expect((await pipeline.save()).weights).not.toEqual(before);
      // either can go without the other
      model.dispose();
      const [forecast] = await pipeline.predictQuantiles([waves(30)[0]], { horizon: 4 });
      expect(forecast.mean.every(Number.isFinite)).toBe(true);
      pipeline.dispose();
    },
    60_000,
  );

  it('gives Chronos-2 what covariates tell: a target that follows one is forecast better with it', async () => {
    const model = await models.chronos2();
    const noise = (t: number): number => ((t * 7919 + ((t * t) % 101) * 31) % 97) / 97 - 0.5;
    const promotion = Array.from({ length: 90 }, (_, t) => (noise(t + 5) > 0 ? 1 : 0));
    const target = promotion.map((flag, t) => 5 + 3 * flag + 0.1 * noise(t));
    const task = { target, pastCovariates: { promotion }, futureCovariates: { promotion: [] } };
    const options = { key: keyFromSeed(5), steps: 150, batch: 8, rate: 2e-2, horizon: 4 };
    const [with_, without] = [await model.fit([task], options), await model.fit([{ target }], options)];
    expect(with_.validation.best).toBeLessThan(0.8 * without.validation.best);
  }, 60_000);

  it('ends early by its patience, and with an error by its signal', async () => {
    const model = await models.t5();
    let looks = 0;
    const options = { key: keyFromSeed(3), batch: 4, evaluateEvery: 1 };
    await model.fit(waves(40), {
      ...options,
      steps: 200,
      rate: 5,
      patience: 3,
      onProgress: ({ evaluation }) => (looks += evaluation === undefined ? 0 : 1),
    });
    expect(looks).toBeLessThan(60);
    const signal = AbortSignal.abort();
    await expect(model.fit(waves(40), { ...options, steps: 5, signal })).rejects.toThrow(
      'the run was ended by its signal',
    );
  }, 60_000);

  it('refuses what it cannot learn from', async () => {
    const [t5, chronos2] = [await models.t5(), await models.chronos2()];
    const options = { key: keyFromSeed(1), steps: 1 };
    await expect(t5.fit([[1, 2, 3]], options)).rejects.toThrow('none of 1 series has more than 8 values');
    const withCovariate = { target: waves(40)[0], pastCovariates: { a: Array.from({ length: 40 }, () => 1) } };
    await expect(t5.fit([withCovariate], options)).rejects.toThrow('task 0 has 1 targets and the covariates a');
    await expect(chronos2.fit([withCovariate, waves(40)[1]], options)).rejects.toThrow('task 1 has the columns');
    await expect(chronos2.fit(waves(40), { ...options, horizon: 9 })).rejects.toThrow('horizon is 9');
  });
});

describe('tokenWindow', () => {
  it('leaves out labels that are missing, and has the end as the last one', () => {
    const tokenizer = meanScaleTokenizer(tinyT5.tokenizer);
    const { labels } = tokenWindow(tokenizer, { context: [1, 2, 3], target: [2, NaN, 2, 1] });
    expect([labels[1], labels[4], labels.length]).toEqual([-1, 1, 5]);
    expect(labels[0]).toBe(labels[2]);
    const short = tokenWindow(tokenizer, { context: [1, 2, 3], target: [2] });
    expect([...short.labels]).toEqual([labels[0], -1, -1, -1, 1]);
  });
});
