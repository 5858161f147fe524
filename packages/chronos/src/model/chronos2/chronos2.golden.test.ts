import { readFileSync } from 'node:fs';
import { compile, type Tensor, tensor } from '@einlab/einsum-core';
import { itWithShared } from '@einlab/testkit';
import { expect } from 'vitest';
import type { Chronos2Config } from '../../config/chronos-config.ts';
import { interpolateQuantiles } from '../../forecast/interpolate-quantiles.ts';
import {
  expectClose,
  expectGoldenStep,
  fixtureModel,
  fixturePath,
  flat,
  type GoldenStep,
  golden,
  goldenSeries,
  type Maybe,
  numbers,
  onBackends,
  useBackend,
} from '../../golden.test-helper.ts';
import { mergeLora, readLoraConfig } from '../../weights/lora.ts';
import { chronos2Forecaster } from './chronos2-forecast.ts';
import {
  applyChronos2,
  type Chronos2Inputs,
  type Chronos2Parameters,
  chronos2Loss,
  encodeChronos2,
  makeChronos2,
} from './chronos2-model.ts';
import { type Chronos2Row, chronos2Batch, scaledValue, unscaledValue } from './chronos2-rows.ts';
import { type Chronos2Task, taskRows } from './chronos2-task.ts';

interface GoldenTask {
  target: Maybe[] | Maybe[][];
  past_covariates?: Record<string, (number | string | null)[]>;
  future_covariates?: Record<string, (number | string | null)[]>;
}

interface File {
  cases: {
    series: string;
    loc: number;
    scale: number;
    num_context_patches: number;
    enc_rows: [number, number];
    encoder: number[][];
    quantile_preds_2patches: number[][];
  }[];
  grouped: {
    context: Maybe[][];
    group_ids: number[];
    future_covariates: Maybe[][];
    num_output_patches: number;
    quantile_preds: number[][][];
  };
  train_step: GoldenStep & { future_target: Maybe[][] };
  pipeline_covariates: {
    tasks: GoldenTask[];
    prediction_length: number;
    predictions: number[][][][];
    cross_learning_predictions: number[][][][];
  };
  pipeline_multivariate: { inputs: (Maybe | Maybe[])[][]; prediction_length: number; predictions: number[][][][] };
  long_horizon: {
    series: string;
    prediction_length: number;
    max_output_patches: number;
    unrolled_quantiles: number[];
    predictions: number[][];
  };
  long_horizon_covariates: { max_output_patches: number; unrolled_quantiles: number[]; predictions: number[][][][] };
  interp: { levels: number[]; quantiles: number[][]; mean: number[] };
  embed: { series: string; embeddings: number[][][]; loc: number[][]; scale: number[][] };
}

const models = [
  ['dummy-chronos2-model', 'chronos2_dummy'],
  ['darts-tiny/chronos2', 'chronos2_darts_tiny'],
] as const;

const load = (folder: string): Promise<{ config: Chronos2Config; parameters: Chronos2Parameters }> =>
  fixtureModel(folder, 'chronos2', makeChronos2);

const nested = (value: unknown): Maybe[] =>
  Array.isArray(value) ? value.flatMap(nested) : [value === null ? null : Number(value)];
const flatPaths = (paths: readonly (readonly ArrayLike<number>[])[]): number[] =>
  paths.flatMap((rows) => rows.flatMap((row) => Array.from(row)));
const taskOf = (task: GoldenTask): Chronos2Task => ({
  target: Array.isArray(task.target[0]) ? (task.target as Maybe[][]).map(numbers) : numbers(task.target as Maybe[]),
  pastCovariates: task.past_covariates ?? {},
  futureCovariates: task.future_covariates ?? {},
});

const groupedRows = ({ context, group_ids: groups, future_covariates: future }: File['grouped']): Chronos2Row[] =>
  context.map((values, i) => ({ context: numbers(values), future: numbers(future[i]), group: groups[i] }));

onBackends('Chronos-2 against the reference', (backend, all) => {
  useBackend(backend);

  for (const [folder, file] of all ? models : models.slice(1)) {
    itWithShared(
      `${folder}: states and quantiles of every series`,
      async () => {
        const { config, parameters } = await load(folder);
        const inputs = goldenSeries();
        const run = compile((own: Chronos2Parameters, batch: Chronos2Inputs) => ({
          states: encodeChronos2(own, config, batch),
          quantiles: applyChronos2(own, config, batch),
        }));
        for (const c of golden<File>(file).cases) {
          const batch = chronos2Batch([{ context: inputs[c.series], group: 0 }], config, 2);
          const [row] = batch.rows;
          expectClose([row.location, row.scale], [c.loc, c.scale], 1e-6, `${c.series} scale`);
          expect(row.patchCount).toBe(c.num_context_patches);
          const { states, quantiles } = await run(parameters, batch.inputs);
          const { width } = config.body;
          const [from, to] = c.enc_rows;
          // an invisible position is computed differently by everyone, and seen by nobody
          const skipped = c.series === 'allnan10' ? row.patchCount : 0;
          const values = (await states.data()).subarray((from + skipped) * width, to * width);
          expectClose(values, flat(c.encoder.slice(skipped)), 1e-4, `${c.series} states`);
          const forecast = Array.from(await quantiles.data(), (value) => unscaledValue(value, row, config));
          expectClose(forecast, flat(c.quantile_preds_2patches), 1e-4, `${c.series} quantiles`);
        }
      },
      120_000,
    );

    itWithShared(
      `${folder}: groups with known covariates, their loss and every gradient`,
      async () => {
        const { config, parameters } = await load(folder);
        const { grouped, train_step: step } = golden<File>(file);
        const { inputs, rows } = chronos2Batch(groupedRows(grouped), config, grouped.num_output_patches);
        const forward = compile((own: Chronos2Parameters) => applyChronos2(own, config, inputs));
        const out = await (await forward(parameters)).data();
        const size = out.length / rows.length;
        const got = Array.from(out, (value, i) => unscaledValue(value, rows[Math.floor(i / size)], config));
        expectClose(got, nested(grouped.quantile_preds), 1e-4, 'grouped');

        const horizon = grouped.num_output_patches * config.outputPatchSize;
        const [target, observed] = [new Float32Array(rows.length * horizon), new Float32Array(rows.length * horizon)];
        step.future_target.forEach((values, row) => {
          numbers(values).forEach((value, i) => {
            if (Number.isNaN(value) || grouped.future_covariates[row][i] !== null) return;
            target[row * horizon + i] = scaledValue(value, rows[row], config);
            observed[row * horizon + i] = 1;
          });
        });
        const shape = [rows.length, horizon];
        const loss = (own: Chronos2Parameters): Tensor =>
          chronos2Loss(
            applyChronos2(own, config, inputs),
            tensor(target, { shape }),
            tensor(observed, { shape }),
            config.quantiles,
          );
        await expectGoldenStep(parameters, loss, step, 1e-5);
      },
      120_000,
    );

    itWithShared(
      `${folder}: tasks with covariates, cross-learning, several targets, long horizons, embeddings`,
      async () => {
        const { config, parameters } = await load(folder);
        const f = golden<File>(file);
        const inputs = goldenSeries();
        const forecaster = chronos2Forecaster(parameters, config);
        const {
          tasks,
          prediction_length: horizon,
          predictions,
          cross_learning_predictions: cross,
        } = f.pipeline_covariates;
        const given = tasks.map(taskOf);
        expectClose(
          flatPaths((await forecaster.forecast(given, { horizon })).flat()),
          nested(predictions),
          1e-4,
          'covariates',
        );
        const crossed = await forecaster.forecast(given, { horizon, crossLearning: true });
        expectClose(flatPaths(crossed.flat()), nested(cross), 1e-4, 'cross-learning');
        const several = f.pipeline_multivariate;
        const multivariate = await forecaster.forecast(
          several.inputs.map((rows) => ({
            target: rows.map((row) => (Array.isArray(row) ? numbers(row) : (row ?? NaN))),
          })) as Chronos2Task[],
          { horizon: several.prediction_length },
        );
        expectClose(flatPaths(multivariate.flat()), nested(several.predictions), 1e-4, 'several targets');
        const { long_horizon: long, long_horizon_covariates: longCovariates, embed, interp } = f;
        const [[path]] = await forecaster.forecast([{ target: inputs[long.series] }], {
          horizon: long.prediction_length,
          maxOutputPatches: long.max_output_patches,
          unrolledQuantiles: long.unrolled_quantiles,
        });
        expectClose(flatPaths([path]), flat(long.predictions), 1e-4, 'long horizon');
        const longest = await forecaster.forecast(given, {
          horizon,
          maxOutputPatches: longCovariates.max_output_patches,
          unrolledQuantiles: longCovariates.unrolled_quantiles,
        });
        expectClose(
          flatPaths(longest.flat()),
          nested(longCovariates.predictions),
          1e-4,
          'long horizon with covariates',
        );
        const embedded = await forecaster.embed(inputs[embed.series]);
        expectClose(embedded.states, nested(embed.embeddings), 1e-4, 'embed');
        expectClose(
          [embedded.location, embedded.scale],
          [...embed.loc.flat(), ...embed.scale.flat()],
          1e-6,
          'embed scale',
        );
        const steps = interp.mean.length;
        const [[short]] = await forecaster.forecast([{ target: inputs['air144'] }], { horizon: steps });
        const between = Array.from({ length: steps }, (_, step) => {
          const own = short.map((path) => path[step]);
          return [
            ...interpolateQuantiles(config.quantiles, own, interp.levels),
            ...interpolateQuantiles(config.quantiles, own, [0.5]),
          ];
        });
        expectClose(
          between.flat(),
          interp.quantiles.flatMap((row, step) => [...row, interp.mean[step]]),
          1e-4,
          'other levels',
        );
      },
      120_000,
    );
  }

  itWithShared('a LoRA adapter merged into its model', async () => {
    const { config, parameters } = await load('dummy-chronos2-model');
    const adapter = readLoraConfig(
      JSON.parse(readFileSync(fixturePath('dummy-chronos2-lora', 'adapter_config.json'), 'utf8')),
    );
    const path = fixturePath('dummy-chronos2-lora', 'adapter_model.safetensors');
    const merged = await mergeLora(parameters, path, adapter, 'adapter');
    const expected = golden<{ quantile_preds_2patches_air144: number[][] }>('chronos2_lora');
    const [[paths]] = await chronos2Forecaster(merged, config).forecast([{ target: goldenSeries().air144 }], {
      horizon: 32,
    });
    expectClose(flatPaths([paths]), flat(expected.quantile_preds_2patches_air144), 1e-4, 'lora');
  });
});

onBackends('covariates of categories', () => {
  itWithShared('become means of the target, or places in the alphabet', () => {
    interface Encoded {
      context: Maybe[][];
      future: Maybe[][];
    }
    const file = golden<{ tasks: GoldenTask[]; target_encoded: Encoded[]; ordinal: Encoded[] }>('categorical');
    file.tasks.forEach((task, i) => {
      const single = taskOf(task);
      const series = numbers(task.target as Maybe[]);
      const double = { ...single, target: [series, series.map((value) => 2 * value)] };
      for (const [own, expected] of [
        [single, file.target_encoded[i]],
        [double, file.ordinal[i]],
      ] as const) {
        const { rows } = taskRows(own, 3, 'task');
        expectClose(
          rows.flatMap((row) => Array.from(row.context)),
          nested(expected.context),
          1e-6,
          'context',
        );
        expectClose(
          rows.flatMap((row) => Array.from(row.future ?? [NaN, NaN, NaN])),
          nested(expected.future),
          1e-6,
          'future',
        );
      }
    });
  });
});
