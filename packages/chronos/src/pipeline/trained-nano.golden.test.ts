import { readFileSync } from 'node:fs';
import { openDevice, setDefaultDevice } from '@einlab/einsum-core';
import { keyFromSeed } from '@einlab/numerics';
import { itWithShared, sharedPath } from '@einlab/testkit';
import { beforeAll, describe } from 'vitest';
import { deciles } from '../forecast/quantile-forecast.ts';
import { expectClose, fixtureConfig, fixturePath, flat, golden } from '../golden.test-helper.ts';
import { templateMaker } from '../model/parameter-maker.ts';
import { t5Forecaster } from '../model/seq2seq/t5-forecast.ts';
import { makeChronosT5 } from '../model/seq2seq/t5-model.ts';
import { loadWeights } from '../weights/load-weights.ts';
import { t5Names } from '../weights/t5-names.ts';
import { fromPretrained } from './from-pretrained.ts';

interface File {
  bolt_20k: Record<string, { h: number; last_context: number[]; quantiles: number[][] }>;
  bolt_pico: File['bolt_20k'];
  t5_10k: Record<string, { h: number; greedy: number[] }>;
}

/** The column of a file that a name of the golden file stands for. */
function seriesNamed(name: string): number[] {
  const [file, column] = {
    air: ['air_passengers_monthly', 1],
    gasoline: ['us_gasoline_weekly', 1],
    ilinet: ['ilinet_weekly', 1],
    retail: ['us_retail_sales_monthly', 1],
    co2: ['mauna_loa_co2_weekly', 1],
    aud: ['exchange_rate_daily', 0],
  }[name] as [string, number];
  const [, ...lines] = readFileSync(sharedPath('fixtures', 'timeseries', `${file}.csv`), 'utf8')
    .trim()
    .split('\n');
  return lines.map((line) => line.split(',')[column]).map((cell) => (cell === '' ? NaN : Number(cell)));
}

beforeAll(async () => setDefaultDevice(await openDevice('wasm')));

describe('trained models on real series, against the reference', () => {
  for (const model of ['bolt_20k', 'bolt_pico'] as const) {
    itWithShared(
      `${model}: quantiles of six series`,
      async () => {
        const pipeline = await fromPretrained(fixturePath(`trained-nano/${model}`, '.'));
        for (const [name, { h, quantiles }] of Object.entries(golden<File>('trained_nano')[model])) {
          const series = seriesNamed(name);
          const [own] = await pipeline.predictQuantiles([series.slice(0, -h)], { horizon: h, levels: deciles });
          expectClose(
            own.quantiles.flatMap((row) => [...row]),
            flat(quantiles),
            1e-4,
            `${model} ${name}`,
          );
        }
      },
      60_000,
    );
  }

  itWithShared(
    't5_10k: the greedy path of six series',
    async () => {
      const config = fixtureConfig('trained-nano/t5_10k', 't5');
      const path = fixturePath('trained-nano/t5_10k', 'model.safetensors');
      const parameters = await loadWeights(makeChronosT5(templateMaker, config), path, {
        source: 't5_10k',
        ...t5Names,
      });
      const forecaster = t5Forecaster(parameters, config);
      for (const [name, { h, greedy }] of Object.entries(golden<File>('trained_nano').t5_10k)) {
        const [[own]] = await forecaster.sample([seriesNamed(name).slice(0, -h)], {
          horizon: h,
          key: keyFromSeed(0),
          samples: 1,
          topK: 1,
        });
        expectClose(own, greedy, 1e-5, name);
      }
    },
    120_000,
  );
});
