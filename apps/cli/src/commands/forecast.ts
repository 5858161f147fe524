import { existsSync } from 'node:fs';
import { exitStatus, inputError } from '../command-error.ts';
import { benchmarkData, runBenchmark } from '../forecast/benchmark.ts';
import { forecastFile } from '../forecast/forecast-file.ts';
import { openModel } from '../forecast/open-model.ts';
import { trainForecaster } from '../forecast/train-forecaster.ts';
import { parseArguments } from '../options/parse-arguments.ts';
import { catchStop } from '../terminal/catch-stop.ts';
import { write } from '../terminal/write.ts';
import type { Command } from './command.ts';
import { type ForecastValues, forecastOptions } from './forecast-options.ts';

/** `einlab forecast FILE`: what a column may do next. */
export const forecastCommand: Command = {
  name: 'forecast',
  summary: 'forecast a column of a table: quantiles, chart, backtest',
  usage: 'FILE|train [options]',
  options: forecastOptions,
  notes: [
    'FILE is comma-separated, JSON (a list of records) or Parquet. What is not said is found out from it, and told. A series that cannot be forecast is',
    'listed with its fault and where it stands; the others are forecast, and the exit status is 1.',
    '',
    '  einlab forecast sales.csv',
    '  einlab forecast sales.csv --column revenue --id store --horizon 24 --out forecast.csv --plot forecast.png',
    '  einlab forecast sales.csv --backtest 5 --report report',
    '  einlab forecast sales.csv --model my-chronos-2 --covariates price,weather --future next-month.csv',
    '  einlab forecast M4-FOLDER --model amazon/chronos-bolt-tiny --benchmark m4_weekly',
    '  einlab forecast train --recipe nano --out my-nano',
    '  einlab forecast train --family chronos-2 --out my-chronos-2 --report training',
  ].join('\n'),
  run: async (argv) => {
    const { values, positionals } = parseArguments('forecast', forecastOptions, argv);
    const [file, ...others] = positionals;
    if (file === undefined || others.length > 0) {
      throw inputError(
        file === undefined
          ? 'einlab forecast: the file is missing; expected FILE, such as sales.csv'
          : `einlab forecast: ${JSON.stringify(others[0])} belongs to no option; expected one file`,
      );
    }
    if (file === 'train' && !existsSync(file)) {
      return train(values);
    }
    return values.benchmark === undefined ? forecastFile(file, values) : benchmark(file, values.benchmark, values);
  },
};

/** `einlab forecast train`. */
function train(values: ForecastValues): Promise<number> {
  const known = ['out', 'recipe', 'family', 'seed', 'steps', 'report', 'force'];
  const stranger = Object.keys(values).find((name) => !known.includes(name));
  if (stranger !== undefined) {
    throw inputError(
      `einlab forecast train: --${stranger} does not go with training; expected ${known.map((name) => `--${name}`).join(', ')}`,
    );
  }
  const { out = 'einlab-nano', family, seed, steps, report, force } = values;
  return trainForecaster({ folder: out, family, seed, steps, report, force });
}

/** `einlab forecast FOLDER --benchmark SET`. */
async function benchmark(
  folder: string,
  name: string,
  { model: wanted = 'nano', json }: ForecastValues,
): Promise<number> {
  const data = benchmarkData(folder, name);
  const stop = catchStop();
  const model = await openModel(wanted, process.stderr, stop.signal);
  try {
    const { scores, text } = await runBenchmark(model, wanted, data);
    await write(
      process.stdout,
      json === true ? `${JSON.stringify({ set: name, model: wanted, scores }, undefined, 1)}\n` : text,
    );
    return exitStatus.done;
  } finally {
    stop.release();
    model.dispose();
  }
}
