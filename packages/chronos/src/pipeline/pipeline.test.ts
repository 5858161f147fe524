import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EinlabError, evaluate, openDevice, random, setDefaultDevice } from '@einlab/einsum-core';
import { encodeSafetensors } from '@einlab/nn';
import { itWithShared, property, sharedPath } from '@einlab/testkit';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../config/read-config.ts';
import type { QuantileForecast } from '../forecast/quantile-forecast.ts';
import { expectClose, fixturePath } from '../golden.test-helper.ts';
import { makeBolt } from '../model/bolt/bolt-model.ts';
import { randomMaker } from '../model/parameter-maker.ts';
import { makeChronosT5 } from '../model/seq2seq/t5-model.ts';
import { tinyBolt as config, tinyT5 } from '../tiny.test-helper.ts';
import { writeConfig } from '../weights/write-config.ts';
import { fromPretrained } from './from-pretrained.ts';
import { type ChronosPipeline, openPipeline } from './pipeline.ts';

const series = [
  [1, 2, NaN, 4, 3, 5, 4, 6],
  [9, 8, 7],
];

let weights: Uint8Array = new Uint8Array();
const open = (changed: Uint8Array = weights): Promise<ChronosPipeline> =>
  openPipeline({ config: writeConfig(config), weights: changed, source: 'tiny' });

beforeAll(async () => {
  setDefaultDevice(await openDevice('wasm', { threads: 1 }));
  weights = await encodeSafetensors(await evaluate(makeBolt(randomMaker(random.key(1)), config)));
});

describe('a pipeline', () => {
  it('forecasts at any levels, with the median as the best value', async () => {
    const pipeline = await open();
    const [own] = await pipeline.predictQuantiles(series, { horizon: 3, levels: [0.1, 0.3, 0.5, 0.95] });
    expect(own.quantiles.map((row) => row.length)).toEqual([3, 3, 3, 3]);
    expect(own.mean).toEqual(own.quantiles[2]);
    own.quantiles[1].forEach((value, step) => {
      expect(value).toBeCloseTo((own.quantiles[0][step] + own.quantiles[2][step]) / 2, 5);
    });
  });

  it('gives a series the same forecast alone and among others, told of its progress', async () => {
    const pipeline = await open();
    const many = Array.from({ length: 70 }, (_, i) => [...series[0], i % 3]);
    const told: number[] = [];
    const all = await pipeline.predictQuantiles(many, { horizon: 4, onProgress: (done) => told.push(done) });
    const [alone] = await pipeline.predictQuantiles([many[69]], { horizon: 4 });
    for (const [q, row] of all[69].quantiles.entries()) expectClose(row, [...alone.quantiles[q]], 1e-6);
    expect(told).toEqual([64, 70]);
  });

  it('comes back from its files, in f32 the same and in f16 nearly so', async () => {
    const pipeline = await open();
    const [before] = await pipeline.predictQuantiles(series, { horizon: 4 });
    const folder = await mkdtemp(join(tmpdir(), 'einlab-pipeline-'));
    for (const dtype of ['f32', 'f16'] as const) {
      const files = await pipeline.save({ dtype });
      await writeFile(join(folder, 'config.json'), files.config);
      await writeFile(join(folder, 'model.safetensors'), files.weights);
      const again = await fromPretrained(folder);
      expect(again.config).toEqual(config);
      const [after] = await again.predictQuantiles(series, { horizon: 4 });
      for (const [q, row] of after.quantiles.entries())
        expectClose(row, [...before.quantiles[q]], dtype === 'f32' ? 0 : 1e-2);
    }
    await rm(folder, { recursive: true });
  });

  it('streams series as they come, the same forecasts, and takes no more than a portion ahead', async () => {
    const pipeline = await open();
    const many = Array.from({ length: 150 }, (_, i) => [...series[0], i % 5]);
    let taken = 0;
    async function* source(): AsyncGenerator<number[]> {
      for (const values of many) {
        taken += 1;
        yield values;
      }
    }
    const got: QuantileForecast[] = [];
    for await (const forecast of pipeline.predictStream(source(), { horizon: 4 })) {
      got.push(forecast);
      if (got.length === 1) expect(taken).toBe(64);
    }
    expect(got).toEqual(await pipeline.predictQuantiles(many, { horizon: 4 }));
    for await (const _ of pipeline.predictStream(source(), { horizon: 4 })) break;
    expect(taken).toBe(150 + 64);
    const stopped = pipeline.predictStream(many, { horizon: 4, signal: AbortSignal.abort(new Error('enough')) });
    await expect(stopped.next()).rejects.toThrow('enough');
  });

  it('samples a stream with the random streams of one call', async () => {
    const weightsOf = await encodeSafetensors(makeChronosT5(randomMaker(random.key(2)), tinyT5));
    const pipeline = await openPipeline({ config: writeConfig(tinyT5), weights: weightsOf });
    const many = Array.from({ length: 66 }, (_, i) => [1, 2, 3 + (i % 2)]);
    const got: QuantileForecast[] = [];
    for await (const forecast of pipeline.predictStream(many, { horizon: 2, samples: 2 })) got.push(forecast);
    expect(got).toEqual(await pipeline.predictQuantiles(many, { horizon: 2, samples: 2 }));
    expect(got[0]).not.toEqual(got[2]);
  });

  it('stops at a signal', async () => {
    const pipeline = await open();
    await expect(
      pipeline.predictQuantiles(series, { horizon: 4, signal: AbortSignal.abort(new Error('enough')) }),
    ).rejects.toThrow('enough');
  });

  it.each([
    [{ horizon: 0 }, 'horizon is 0; expected a whole number from 1'],
    [{ horizon: 1e9 }, 'horizon is 1000000000'],
    [{ horizon: 4, levels: [0.5, 1] }, 'the quantile level 1 is not inside (0, 1)'],
    [{ horizon: 4, levels: [] }, 'there are no quantile levels'],
  ])('refuses %o', async (options, message) => {
    await expect((await open()).predictQuantiles(series, options)).rejects.toThrow(message);
  });

  it('refuses infinities by place, and what its family cannot do', async () => {
    const pipeline = await open();
    await expect(pipeline.predictQuantiles([[1], [1, Infinity]], { horizon: 1 })).rejects.toThrow(
      'value 1 of series 1 is Infinity',
    );
    await expect(pipeline.predictSamples(series, { horizon: 1 })).rejects.toThrow('family bolt draws no samples');
    await expect(pipeline.predictTasks([{ target: [1, 2] }], { horizon: 1 })).rejects.toThrow(
      'family bolt takes no covariates',
    );
  });

  it('forecasts nothing observed, one value, and equal values', async () => {
    const pipeline = await open();
    const forecasts = await pipeline.predictQuantiles([[NaN, NaN], [3], [5, 5, 5, 5, 5]], { horizon: 9 });
    for (const { quantiles } of forecasts) expect(quantiles.every((row) => row.every(Number.isFinite))).toBe(true);
  });
});

describe('wrong checkpoints', () => {
  it('says what to do about a name that is no folder, and takes files from where it is told', async () => {
    await expect(fromPretrained('./nowhere')).rejects.toThrow('there is no folder ./nowhere');
    const fetched: string[] = [];
    const fetchFile = async (id: string, file: string): Promise<Uint8Array> => {
      fetched.push(`${id} ${file}`);
      return file === 'config.json' ? new TextEncoder().encode(JSON.stringify(writeConfig(config))) : weights;
    };
    expect((await fromPretrained('some/model', { fetchFile })).config).toEqual(config);
    expect(fetched).toEqual(['some/model config.json', 'some/model model.safetensors']);
  });

  it('names the tensor that is missing, of another shape, or left over', async () => {
    const tree = makeBolt(randomMaker(random.key(1)), config);
    const { decoder: _, ...rest } = tree;
    await expect(open(await encodeSafetensors(rest))).rejects.toThrow(
      /tiny\/model.safetensors: tensor "decoder.block.0.*is missing/,
    );
    const wide = makeBolt(randomMaker(random.key(1)), { ...config, patchSize: 8 });
    await expect(open(await encodeSafetensors(wide))).rejects.toThrow(
      '"input_patch_embedding.hidden_layer.weight" is [8, 16]; the configuration asks for f32[8, 8]',
    );
    await expect(open(await encodeSafetensors({ ...tree, more: tree.shared.weight }))).rejects.toThrow(
      '"more" belongs to no parameter',
    );
  });

  property(
    'cut off or changed anywhere in its header, a file is refused or means the same',
    fc.tuple(fc.nat(), fc.nat({ max: 255 }), fc.boolean()),
    async ([at, byte, cut]) => {
      const changed = cut ? weights.slice(0, at % weights.length) : weights.slice();
      // beyond the header any bytes are numbers
      if (!cut) changed[at % 1000] = byte;
      try {
        const pipeline = await open(changed);
        expect(pipeline.config).toEqual(config);
      } catch (error) {
        expect(error).toBeInstanceOf(EinlabError);
      }
    },
  );
});

describe('readConfig', () => {
  it.each([
    [{}, 'there is no "chronos_config"'],
    [{ chronos_config: {}, chronos_pipeline_class: 'Other' }, 'chronos_pipeline_class is "Other"'],
    [{ ...writeConfig(config), d_model: -1 }, 'config.json: d_model is -1; expected a whole number ≥ 1'],
    [
      { ...writeConfig(config), feed_forward_proj: 'tanh' },
      'feed_forward_proj is "tanh"; expected one of relu, gated-gelu',
    ],
    [{ ...writeConfig(config), chronos_config: { context_length: 4 } }, 'chronos_config: input_patch_size is missing'],
    [
      {
        ...writeConfig(config),
        chronos_config: { context_length: 4, input_patch_size: 2, prediction_length: 2, quantiles: [0.5, 0.1] },
      },
      'quantiles is [0.5,0.1]; expected a list of rising numbers',
    ],
  ])('refuses %j', (json, message) => {
    expect(() => readConfig(json)).toThrow(message);
  });

  itWithShared('is undone by writeConfig, for every family', async () => {
    for (const folder of [
      'dummy-chronos-model',
      'dummy-chronos-bolt-model',
      'dummy-chronos2-model',
      'trained-nano/t5_10k',
    ]) {
      const own = readConfig(JSON.parse(await readFile(fixturePath(folder, 'config.json'), 'utf8')));
      expect(readConfig(writeConfig(own))).toEqual(own);
    }
    expect(sharedPath('golden')).toContain('golden');
  });

  it('reads a causal model of GPT-2', () => {
    const json = {
      architectures: ['GPT2LMHeadModel'],
      n_embd: 8,
      n_head: 2,
      n_layer: 1,
      n_positions: 64,
      vocab_size: 32,
      chronos_config: { n_tokens: 32, context_length: 16, prediction_length: 4, model_type: 'causal' },
    };
    const own = readConfig(json);
    expect(own.family).toBe('gpt2');
    expect(readConfig(writeConfig(own))).toEqual(own);
  });
});
