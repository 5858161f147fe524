import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  backtest,
  type ChronosPipeline,
  eachSeries,
  ets,
  type ForecastMany,
  formatTimestamp,
  fromPretrained,
  type QuantileForecast,
  seasonalNaivePoint,
  theta,
} from '@einlab/chronos';
import { loadNano } from '@einlab/chronos-nano';
import { EinlabError } from '@einlab/einsum-core';
import { asInput, exitStatus, failure, inputError, messageOf, systemReason } from '../command-error.ts';
import { fanChart } from '../forecast/fan-chart.ts';
import { readTable } from '../forecast/read-table.ts';
import { seriesOfTable, type TableSeries, type TableSeriesResult } from '../forecast/series-of-table.ts';
import { sketch } from '../forecast/sketch.ts';
import { trainNano } from '../forecast/train-nano.ts';
import { choice, flag, integer, type Option, type OptionValues, path } from '../options/option.ts';
import { parseArguments } from '../options/parse-arguments.ts';
import { replaceFile } from '../report/atomic-write.ts';
import { formatTable } from '../terminal/table.ts';
import { write } from '../terminal/write.ts';
import type { Command } from './command.ts';

const levelsOption: Option<readonly number[]> = {
  placeholder: 'LIST',
  help: 'quantiles to forecast (0.1,0.5,0.9)',
  expected: 'rising numbers between 0 and 1, such as 0.1,0.5,0.9',
  read: (text) => {
    const levels = text.split(',').map((part) => (part.trim() === '' ? NaN : Number(part)));
    return levels.every((level, i) => level > (i === 0 ? 0 : (levels[i - 1] ?? 1)) && level < 1) ? levels : undefined;
  },
};

const options = {
  column: path('NAME', 'the column to forecast; without it, the first one of numbers'),
  time: path('NAME', 'the column of times; without it, the first one that holds times'),
  id: path('NAME', 'the column that tells several series apart'),
  horizon: integer('steps to forecast (one season, at least 12)', 1, 100_000),
  frequency: path('NAME', 'steps: s, min, 15min, 30min, h, D, B, W, ME, QE, YE; without it, found out from the times'),
  season: integer('steps of a season, for the scores (found out from the frequency)', 1, 100_000),
  model: path('NAME', 'nano, which is installed (the default), or a folder with config.json and model.safetensors'),
  quantiles: levelsOption,
  backtest: integer('forecast the last N windows of each series from what came before them, and score that', 1, 1000),
  out: path('FILE', 'write the forecast as comma-separated values; for einlab forecast train, the folder of the model'),
  plot: path('FILE', 'write a chart of the first series as SVG'),
  recipe: choice(['nano'], 'for einlab forecast train: what is trained'),
  seed: integer('for einlab forecast train: of weights and series', 0),
  steps: integer('for einlab forecast train: fewer steps than the recipe has', 1),
  json: flag('print the forecast as one JSON value'),
  help: flag('print this'),
};

type Values = OptionValues<typeof options>;

/** `einlab forecast FILE`: what a column may do next. */
export const forecastCommand: Command = {
  name: 'forecast',
  summary: 'forecast a column of a table: quantiles, chart, backtest',
  usage: 'FILE|train [options]',
  options,
  notes: [
    'FILE is comma-separated, JSON (a list of records) or Parquet. What is not said is found out from it, and told.',
    '',
    '  einlab forecast sales.csv',
    '  einlab forecast sales.csv --column revenue --id store --horizon 24 --out forecast.csv --plot forecast.svg',
    '  einlab forecast sales.csv --backtest 5',
    '  einlab forecast train --recipe nano --out my-nano',
  ].join('\n'),
  run: async (argv) => {
    const { values, positionals } = parseArguments('forecast', options, argv);
    const [file, ...others] = positionals;
    if (file === undefined || others.length > 0) {
      throw inputError(
        file === undefined
          ? 'einlab forecast: the file is missing; expected FILE, such as sales.csv'
          : `einlab forecast: ${JSON.stringify(others[0])} belongs to no option; expected one file`,
      );
    }
    if (file === 'train' && !existsSync(file)) {
      return trainNano({ folder: values.out ?? 'einlab-nano', seed: values.seed, steps: values.steps });
    }
    return forecast(file, values);
  },
};

async function openModel(name: string): Promise<ChronosPipeline> {
  if (name === 'nano') return loadNano();
  try {
    return await fromPretrained(existsSync(name) ? resolve(name) : name);
  } catch (error) {
    throw error instanceof EinlabError ? inputError(`einlab forecast: --model: ${error.message}`) : error;
  }
}

async function forecast(file: string, values: Values): Promise<number> {
  const table = await readTable(file);
  const found = asInput('einlab forecast', () => seriesOfTable(table, values, values.frequency));
  const say = (text: string): Promise<void> => write(process.stderr, `${text}\n`);
  for (const sentence of found.inferred) await say(sentence);
  for (const { id, reason } of found.refused)
    await say(`not forecast: ${id === '' ? file : `series ${JSON.stringify(id)}`}: ${reason}`);
  if (found.series.length === 0) throw inputError(`einlab forecast: no series of ${file} can be forecast`);
  const season = values.season ?? found.calendar?.season ?? 1;
  const horizon = values.horizon ?? Math.max(12, season);
  const levels = values.quantiles ?? [0.1, 0.5, 0.9];
  const model = await openModel(values.model ?? 'nano');
  try {
    const forecasts = await model.predictQuantiles(
      found.series.map((series) => series.values),
      { horizon, levels },
    );
    const scores =
      values.backtest === undefined
        ? undefined
        : await backtests(found.series, model, { horizon, season, windows: values.backtest });
    const rows = found.series.map((series, i) => ({ series, forecast: forecasts[i] }));
    const complete = rows.flatMap(({ series, forecast: own }) =>
      own === undefined ? [] : [{ series, forecast: own }],
    );
    writeFiles(complete, found, values);
    if (values.json === true)
      await write(process.stdout, `${JSON.stringify(jsonOf(complete, found, scores), undefined, 1)}\n`);
    else await write(process.stdout, textOf(complete, found, scores));
  } catch (error) {
    throw error instanceof EinlabError ? failure(`einlab forecast: ${messageOf(error)}`) : error;
  } finally {
    model.dispose();
  }
  return found.refused.length > 0 ? exitStatus.failed : exitStatus.done;
}

/** A series and its forecast. */
interface Forecasted {
  readonly series: TableSeries;
  readonly forecast: QuantileForecast;
}

/** Scores of one method. */
interface MethodScores {
  readonly method: string;
  readonly mase: number;
  readonly wql: number;
  readonly windows: number;
}

async function backtests(
  series: readonly TableSeries[],
  model: ChronosPipeline,
  { horizon, season, windows }: { readonly horizon: number; readonly season: number; readonly windows: number },
): Promise<readonly MethodScores[]> {
  const own: ForecastMany = (histories, asked) => model.predictQuantiles(histories, asked);
  const methods: readonly (readonly [string, ForecastMany])[] = [
    ['model', own],
    ['seasonal naive', seasonalNaivePoint],
    ['theta', eachSeries(theta)],
    ['ETS', eachSeries(ets)],
  ];
  const data = { name: 'the file', series: series.map(({ values }) => values), horizon, season, windows };
  const levels = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];
  const rows: MethodScores[] = [];
  for (const [method, run] of methods) {
    const {
      mase,
      wql,
      windows: count,
    } = await backtest(data, run, levels).catch((error: unknown) => {
      throw error instanceof EinlabError ? inputError(`einlab forecast: --backtest: ${error.message}`) : error;
    });
    rows.push({ method, mase, wql, windows: count });
  }
  return rows;
}

/** The time of a step after the last one, or its number. */
function timeOf({ calendar }: TableSeriesResult, series: TableSeries, step: number): string {
  return calendar === undefined || series.last === undefined
    ? String(series.values.length + step)
    : formatTimestamp(calendar.advance(series.last, step));
}

const shortNumber = (value: number): string => String(Number(value.toPrecision(6)));

function csvOf(all: readonly Forecasted[], found: TableSeriesResult): string {
  const levels = all[0]?.forecast.levels ?? [];
  const quoted = (text: string): string => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const lines = all.flatMap(({ series, forecast: own }) =>
    Array.from(own.mean, (mean, step) =>
      [series.id, timeOf(found, series, step + 1), found.target, mean, ...own.quantiles.map((row) => row[step] ?? NaN)]
        .map((cell) => quoted(String(cell)))
        .join(','),
    ),
  );
  return `${['id', 'time', 'target_name', 'predictions', ...levels].join(',')}\n${lines.join('\n')}\n`;
}

function writeFiles(all: readonly Forecasted[], found: TableSeriesResult, values: Values): void {
  const first = all[0];
  const files: (readonly [string, string])[] = [];
  if (values.out !== undefined) files.push([values.out, csvOf(all, found)]);
  if (values.plot !== undefined && first !== undefined) {
    const { series, forecast: own } = first;
    const title = series.id === '' ? found.target : `${found.target}, ${series.id}`;
    const labels = ['', timeOf(found, series, 0), timeOf(found, series, own.mean.length)] as const;
    files.push([values.plot, fanChart({ title, history: series.values, forecast: own, labels })]);
  }
  for (const [name, text] of files) {
    try {
      replaceFile(name, text);
    } catch (error) {
      throw failure(`einlab forecast: ${name} cannot be written: ${systemReason(error)}`);
    }
  }
}

function jsonOf(
  all: readonly Forecasted[],
  found: TableSeriesResult,
  scores: readonly MethodScores[] | undefined,
): unknown {
  return {
    target: found.target,
    frequency: found.calendar?.frequency ?? null,
    inferred: found.inferred,
    refused: found.refused,
    forecasts: all.map(({ series, forecast: own }) => ({
      id: series.id,
      times: Array.from(own.mean, (_, step) => timeOf(found, series, step + 1)),
      predictions: [...own.mean],
      quantiles: Object.fromEntries(own.levels.map((level, q) => [level, [...(own.quantiles[q] ?? [])]])),
    })),
    ...(scores === undefined ? {} : { backtest: scores }),
  };
}

function textOf(
  all: readonly Forecasted[],
  found: TableSeriesResult,
  scores: readonly MethodScores[] | undefined,
): string {
  const most = 3;
  const parts = all.slice(0, most).map(({ series, forecast: own }) => {
    const past = series.values.slice(-48);
    const known = [...past.filter((value) => !Number.isNaN(value)), ...own.quantiles.flatMap((row) => [...row])];
    const range = [Math.min(...known), Math.max(...known)] as const;
    const rows = Array.from(own.mean, (_, step) => [
      timeOf(found, series, step + 1),
      ...own.quantiles.map((row) => shortNumber(row[step] ?? NaN)),
    ]);
    const columns = [
      { head: 'time', align: 'left' as const },
      ...own.levels.map((level) => ({ head: String(level), align: 'right' as const })),
    ];
    const head = series.id === '' ? found.target : `${found.target}, ${series.id}`;
    return `${head}\n${sketch(past, 48, range)}│${sketch([...own.mean], 32, range)}\n\n${formatTable(columns, rows)}\n`;
  });
  if (all.length > most) parts.push(`and ${all.length - most} more series; --out FILE writes them all\n`);
  if (scores !== undefined) {
    const columns = [
      { head: 'method', align: 'left' as const },
      ...['MASE', 'WQL', 'windows'].map((head) => ({ head, align: 'right' as const })),
    ];
    const rows = scores.map(({ method, mase, wql, windows }) => [
      method,
      mase.toFixed(3),
      wql.toFixed(4),
      String(windows),
    ]);
    parts.push(`backtest (lower is better)\n${formatTable(columns, rows)}\n`);
  }
  return parts.join('\n');
}
