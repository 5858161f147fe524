import { compile, type Tensor, tensor } from '@einlab/einsum-core';
import { keyFromSeed } from '@einlab/numerics';
import { itWithShared } from '@einlab/testkit';
import { expect } from 'vitest';
import type { ChronosT5Config } from '../../config/chronos-config.ts';
import {
  expectClose,
  expectGoldenAdamW,
  expectGoldenStep,
  fixtureConfig,
  fixtureModel,
  flat,
  type GoldenStep,
  golden,
  goldenSeries,
  type Maybe,
  numbers,
  onBackends,
  useBackend,
} from '../../golden.test-helper.ts';
import { meanScaleTokenizer } from '../../tokenize/mean-scale-tokenizer.ts';
import { tokenProbabilities } from '../sampling/sample-token.ts';
import { relativeBucket } from '../t5/relative-bucket.ts';
import { t5Forecaster } from './t5-forecast.ts';
import { t5Loss } from './t5-loss.ts';
import { type ChronosT5Parameters, decodeT5, encodeT5, makeChronosT5 } from './t5-model.ts';

interface Case {
  series: string;
  token_ids: number[];
  mask: boolean[];
  enc_rows: [number, number];
  encoder_last_hidden: number[][];
  decoder_input_ids: number[];
  logits: number[][];
  greedy_tokens: number[];
  autoregressive?: number[];
  autoregressive_70?: number[];
}

interface File {
  cases: Case[];
  first_step: {
    raw_logits: number[];
    processed: { temperature: number; top_k: number; top_p: number; probs: number[] }[];
  };
  train_step: GoldenStep & {
    context: Maybe[][];
    label: Maybe[][];
    input_ids: number[][];
    mask: boolean[][];
    label_ids: number[][];
    adamw10: { lr: number; weight_decay: number; clip: number; losses: number[] };
  };
}

const models = [
  ['dummy-chronos-model', 't5_dummy'],
  ['strong/t5-relu', 't5_strong_relu'],
] as const;

const load = (folder: string): Promise<{ config: ChronosT5Config; parameters: ChronosT5Parameters }> =>
  fixtureModel(folder, 't5', makeChronosT5);

const ids = (rows: readonly (readonly number[])[]): Tensor =>
  tensor(Int32Array.from(rows.flat()), { shape: [rows.length, rows[0].length] });
const flags = (rows: readonly (readonly boolean[])[]): Tensor =>
  tensor(Int32Array.from(rows.flat(), Number), { shape: [rows.length, rows[0].length], dtype: 'bool' });

onBackends('Chronos-T5 against the reference', (backend, all) => {
  useBackend(backend);

  for (const [folder, file] of all ? models : models.slice(1)) {
    itWithShared(
      `${folder}: encoder states and teacher-forced logits of every series`,
      async () => {
        const { config, parameters } = await load(folder);
        const run = compile((own: ChronosT5Parameters, tokens: Tensor, visible: Tensor, decoder: Tensor) => {
          const encoded = encodeT5(own, config, { ids: tokens, visible });
          return { hidden: encoded.hidden, logits: decodeT5(own, config, decoder, encoded) };
        });
        for (const c of golden<File>(file).cases) {
          const { hidden, logits } = await run(
            parameters,
            ids([c.token_ids]),
            flags([c.mask]),
            ids([c.decoder_input_ids]),
          );
          const width = config.body.width;
          const [from, to] = c.enc_rows;
          expectClose(
            (await hidden.data()).subarray(from * width, to * width),
            flat(c.encoder_last_hidden),
            1e-5,
            `${c.series} encoder`,
          );
          expectClose(await logits.data(), flat(c.logits), 1e-5, `${c.series} logits`);
        }
      },
      120_000,
    );

    itWithShared(
      `${folder}: greedy paths, beyond the horizon too`,
      async () => {
        const { config, parameters } = await load(folder);
        const inputs = goldenSeries();
        const { cases } = golden<File>(file);
        const chosen = all ? cases : cases.slice(2, 3);
        const horizon = (chosen[0].autoregressive ?? chosen[0].autoregressive_70 ?? []).length;
        const forecaster = t5Forecaster(parameters, config);
        const options = { horizon, key: keyFromSeed(1), samples: 1, topK: 1 };
        const paths = await forecaster.sample(
          chosen.map((c) => inputs[c.series]),
          options,
        );
        chosen.forEach((c, i) => {
          const expected = c.autoregressive ?? c.autoregressive_70 ?? [];
          expectClose(paths[i][0], expected, 1e-6, `${c.series} path`);
          const tokenizer = meanScaleTokenizer(config.tokenizer);
          const { scale } = tokenizer.encodeContext(inputs[c.series]);
          const greedy = c.greedy_tokens.map((id) => tokenizer.decode(id, scale));
          expectClose(paths[i][0].slice(0, greedy.length), greedy.slice(0, horizon), 1e-6, `${c.series} tokens`);
        });
      },
      180_000,
    );

    itWithShared(
      `${folder}: loss, every gradient, and ten steps of AdamW`,
      async () => {
        const { config, parameters } = await load(folder);
        const step = golden<File>(file).train_step;
        const batch = {
          ids: ids(step.input_ids),
          visible: flags(step.mask),
          labels: ids(step.label_ids.map((row) => row.map((id) => (id === -100 ? -1 : id)))),
        };
        const loss = (own: ChronosT5Parameters): Tensor => t5Loss(own, config, batch);
        await expectGoldenStep(parameters, loss, step);
        await expectGoldenAdamW(parameters, loss, step.adamw10);
      },
      180_000,
    );
  }
});

onBackends('sampling', (backend, all) => {
  useBackend(backend);

  itWithShared(
    'draws the same paths alone and among others, and the samples of the median roll-out',
    async () => {
      const { config, parameters } = await load('strong/t5-relu');
      const { air144, short7, len16 } = goldenSeries();
      const forecaster = t5Forecaster(parameters, config);
      const options = { key: keyFromSeed(7), samples: 3, horizon: all ? 20 : 3 };
      const together = await forecaster.sample([air144, short7, len16], { ...options, streams: [5, 6, 7] });
      const [alone] = await forecaster.sample([short7], { ...options, streams: [6] });
      expect(alone).toEqual(together[1]);
      expect(new Set(alone.map((path) => path.join())).size).toBeGreaterThan(1);
      const [continued] = await forecaster.sample([short7], { ...options, streams: [6], beyond: 'paths' });
      expect(continued.map((path) => [...path.slice(0, 16)])).toEqual(alone.map((path) => [...path.slice(0, 16)]));
      if (all) expect(continued).not.toEqual(alone);
    },
    120_000,
  );
});

onBackends('the pieces of Chronos-T5 against the reference', (_backend, all) => {
  itWithShared('all 1201 buckets of both kinds, and probabilities under five settings', () => {
    const buckets = golden<{ bidirectional: number[]; causal: number[] }>('t5_buckets');
    const own = { buckets: 32, maxDistance: 128 };
    const of = (bidirectional: boolean): number[] =>
      Array.from({ length: 1201 }, (_, i) => relativeBucket(i - 600, { bidirectional, ...own }));
    expect(of(true)).toEqual(buckets.bidirectional);
    expect(of(false)).toEqual(buckets.causal);
    for (const [, file] of all ? models : models.slice(1)) {
      const { raw_logits: raw, processed } = golden<File>(file).first_step;
      for (const { temperature, top_k: topK, top_p: topP, probs } of processed) {
        const scores = Float64Array.from(raw);
        scores[1] = -Infinity;
        expectClose(
          tokenProbabilities(scores, { temperature, topK, topP }),
          probs,
          1e-5,
          `${temperature} ${topK} ${topP}`,
        );
      }
    }
  });

  itWithShared('the tokens and labels of the training step', () => {
    const config = fixtureConfig('strong/t5-relu', 't5');
    const step = golden<File>('t5_strong_relu').train_step;
    const tokenizer = meanScaleTokenizer(config.tokenizer);
    step.context.forEach((context, i) => {
      const { ids: tokens, scale } = tokenizer.encodeContext(numbers(context));
      expect([...tokens]).toEqual(step.input_ids[i]);
      const label = tokenizer.encodeLabel(numbers(step.label[i]), scale);
      const wanted = step.label_ids[i].map((id) => (id === -100 ? 0 : id));
      expect([...label.ids]).toEqual(wanted);
    });
  });
});
