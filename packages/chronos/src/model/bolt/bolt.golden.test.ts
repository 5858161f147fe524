import { compile, type Tensor, tensor } from '@einlab/einsum-core';
import { itWithShared } from '@einlab/testkit';
import { expect } from 'vitest';
import type { ChronosBoltConfig } from '../../config/chronos-config.ts';
import {
  expectClose,
  expectGoldenAdamW,
  expectGoldenStep,
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
import { normalizeValue } from '../instance-norm.ts';
import { patchesOf } from '../patches.ts';
import { batchPatches, boltForecaster } from './bolt-forecast.ts';
import {
  applyBolt,
  type BoltInputs,
  type BoltParameters,
  boltLoss,
  decodeBolt,
  encodeBolt,
  makeBolt,
} from './bolt-model.ts';

interface Case {
  series: string;
  loc: number;
  scale: number;
  attention_mask: number[];
  encoder: number[][];
  enc_rows: [number, number];
  decoder: number[];
  quantile_preds: number[][];
  long_median?: number[];
  long_tail?: number[][];
  long_150_median?: number[];
  long_150_tail?: number[][];
}

interface File {
  cases: Case[];
  train_step: GoldenStep & {
    context: Maybe[][];
    target: Maybe[][];
    adamw10: { lr: number; weight_decay: number; clip: number; losses: number[] };
  };
}

const models = [
  ['dummy-chronos-bolt-model', 'bolt_dummy'],
  ['strong/bolt', 'bolt_strong'],
] as const;

const load = (folder: string): Promise<{ config: ChronosBoltConfig; parameters: BoltParameters }> =>
  fixtureModel(folder, 'bolt', makeBolt);

const patchOptions = (config: ChronosBoltConfig): Parameters<typeof patchesOf>[1] => ({
  contextLength: config.contextLength,
  size: config.patchSize,
  stride: config.patchStride,
});

onBackends('Chronos-Bolt against the reference', (backend, all) => {
  useBackend(backend);

  for (const [folder, file] of all ? models : models.slice(1)) {
    itWithShared(
      `${folder}: scales, encoder, decoder and quantiles of every series`,
      async () => {
        const { config, parameters } = await load(folder);
        const inputs = goldenSeries();
        const parts = compile((own: BoltParameters, batch: BoltInputs) => {
          const encoded = encodeBolt(own, config, batch);
          return { ...encoded, state: decodeBolt(own, config, encoded) };
        });
        for (const c of golden<File>(file).cases) {
          const row = patchesOf(inputs[c.series], patchOptions(config));
          expectClose([row.location, row.scale], [c.loc, c.scale], 1e-6, `${c.series} scale`);
          const batch = batchPatches([row], { rows: 1, patches: row.patchCount, size: config.patchSize });
          const { hidden, visible, state } = await parts(parameters, batch);
          expect([...(await visible.data())].map(Number), c.series).toEqual(c.attention_mask);
          const states = await hidden.data();
          const width = config.body.width;
          expectClose(
            states.subarray(c.enc_rows[0] * width, c.enc_rows[1] * width),
            flat(c.encoder),
            1e-5,
            `${c.series} encoder`,
          );
          expectClose(await state.data(), c.decoder, 1e-5, `${c.series} decoder`);
          const forecaster = boltForecaster(parameters, config);
          const [quantiles] = await forecaster.forecast([inputs[c.series]], config.predictionLength);
          expectClose(
            flat(quantiles.map((path) => [...path])).map(Number),
            flat(c.quantile_preds),
            1e-4,
            `${c.series} quantiles`,
          );
        }
      },
      120_000,
    );
  }

  itWithShared(
    'horizons beyond the model follow each quantile',
    async () => {
      for (const [folder, file] of backend === 'wasm' ? models : models.slice(1)) {
        const { config, parameters } = await load(folder);
        const inputs = goldenSeries();
        const { cases } = golden<File>(file);
        const chosen = backend === 'wasm' ? cases : cases.slice(0, 1);
        const horizon = (chosen[0].long_median ?? chosen[0].long_150_median ?? []).length;
        const forecasts = await boltForecaster(parameters, config).forecast(
          chosen.map((c) => inputs[c.series]),
          horizon,
        );
        chosen.forEach((c, i) => {
          expectClose(forecasts[i][4], c.long_median ?? c.long_150_median ?? [], 1e-4, `${c.series} long median`);
          const tail = c.long_tail ?? c.long_150_tail ?? [];
          // every tenth step from the end of the first block on, of each quantile
          const first = config.predictionLength - 4;
          const got = forecasts[i].flatMap((path) => tail[0].map((_, k) => path[first + 10 * k]));
          expectClose(got, flat(tail), 1e-4, `${c.series} long tail`);
        });
      }
    },
    120_000,
  );
});

onBackends('training Chronos-Bolt against the reference', (backend, all) => {
  useBackend(backend);

  for (const [folder, file] of all ? models : models.slice(1)) {
    itWithShared(
      `${folder}: loss, every gradient, and ten steps of AdamW`,
      async () => {
        const { config, parameters } = await load(folder);
        const step = golden<File>(file).train_step;
        const { inputs, target, observed } = trainBatch(config, step);
        const loss = (own: BoltParameters): Tensor =>
          boltLoss(applyBolt(own, config, inputs), target, observed, config.quantiles);
        await expectGoldenStep(parameters, loss, step);
        await expectGoldenAdamW(parameters, loss, step.adamw10);
      },
      180_000,
    );
  }
});

/** The batch of the golden training step. */
function trainBatch(
  config: ChronosBoltConfig,
  step: File['train_step'],
): { inputs: BoltInputs; target: Tensor; observed: Tensor } {
  const rows = step.context.map((values) => patchesOf(numbers(values), patchOptions(config)));
  const inputs = batchPatches(rows, { rows: rows.length, patches: rows[0].patchCount, size: config.patchSize });
  const horizon = config.predictionLength;
  const [target, observed] = [new Float32Array(rows.length * horizon), new Float32Array(rows.length * horizon)];
  step.target.forEach((values, row) => {
    numbers(values).forEach((value, i) => {
      if (Number.isNaN(value)) return;
      target[row * horizon + i] = normalizeValue(value, rows[row]);
      observed[row * horizon + i] = 1;
    });
  });
  const shape = [rows.length, horizon];
  return { inputs, target: tensor(target, { shape }), observed: tensor(observed, { shape }) };
}
