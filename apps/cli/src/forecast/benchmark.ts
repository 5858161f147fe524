import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BacktestData, ChronosPipeline } from '@einlab/chronos';
import { inputError, systemReason } from '../command-error.ts';
import { formatTable } from '../terminal/table.ts';
import { type MethodScores, methodScores, methodsWith } from './method-scores.ts';

/** Published scores of a set: MASE and WQL. */
interface Published {
  readonly horizon: number;
  readonly season: number;
  readonly rows: Readonly<Record<string, readonly [mase: number, wql: number]>>;
}

/**
 * What the authors' evaluation says of models on the sets that are read here, last window of each series, deciles, and seasons that count days and weeks as 1.
 *
 * From the tables `scripts/evaluation/results` of the repository chronos-forecasting (Apache-2.0).
 */
const published: Readonly<Record<string, Published>> = {
  m4_hourly: {
    horizon: 48,
    season: 24,
    rows: {
      'seasonal naive': [1.1932, 0.0483],
      'amazon/chronos-t5-tiny': [0.817, 0.0275],
      'amazon/chronos-t5-small': [0.73, 0.0247],
      'amazon/chronos-bolt-tiny': [0.935, 0.0211],
      'amazon/chronos-bolt-small': [0.869, 0.0204],
    },
  },
  m4_weekly: {
    horizon: 13,
    season: 1,
    rows: {
      'seasonal naive': [2.7773, 0.0634],
      'amazon/chronos-t5-tiny': [2.215, 0.0434],
      'amazon/chronos-t5-small': [2.08, 0.0396],
      'amazon/chronos-bolt-tiny': [2.262, 0.0409],
      'amazon/chronos-bolt-small': [2.124, 0.0379],
    },
  },
  exchange_rate: {
    horizon: 30,
    season: 5,
    rows: {
      'seasonal naive': [1.7402, 0.013],
      'amazon/chronos-t5-tiny': [1.662, 0.0109],
      'amazon/chronos-t5-small': [1.814, 0.0145],
      'amazon/chronos-bolt-tiny': [1.686, 0.0115],
      'amazon/chronos-bolt-small': [1.775, 0.0114],
    },
  },
};

/** The sets that published scores are known of. */
export const benchmarkNames: readonly string[] = Object.keys(published);

/** Files of a set in a folder. */
const filesOf: Readonly<Record<string, string>> = {
  m4_hourly: 'm4_hourly.f32 and m4_hourly.json, or Hourly-train.csv and Hourly-test.csv of the M4 competition',
  m4_weekly: 'm4_weekly.f32 and m4_weekly.json, or Weekly-train.csv and Weekly-test.csv of the M4 competition',
  exchange_rate: 'exchange_rate_daily.csv, a column for each currency',
};

const linesOf = (path: string): string[][] =>
  readFileSync(path, 'utf8')
    .trim()
    .split(/\r?\n/)
    .map((line) => line.split(',').map((cell) => cell.replaceAll('"', '').trim()));

/** Numbers of a line behind its name, up to the first empty cell. */
function numbersIn([, ...cells]: readonly string[]): number[] {
  const end = cells.indexOf('');
  return cells.slice(0, end < 0 ? cells.length : end).map(Number);
}

/** The series of a set, each with its last window at the end. */
function seriesIn(folder: string, name: string): readonly ArrayLike<number>[] {
  if (name === 'exchange_rate') {
    const [head = [], ...rows] = linesOf(join(folder, 'exchange_rate_daily.csv'));
    return head.flatMap((column, i) =>
      /^(date|time|day)$/i.test(column) ? [] : [rows.map((row) => Number(row[i] ?? NaN))],
    );
  }
  try {
    const bytes = readFileSync(join(folder, `${name}.f32`));
    const values = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
    const { series }: { series: [string, number, number, number][] } = JSON.parse(
      readFileSync(join(folder, `${name}.json`), 'utf8'),
    );
    return series.map(([, offset, before, after]) => values.subarray(offset, offset + before + after));
  } catch {
    const base = name === 'm4_hourly' ? 'Hourly' : 'Weekly';
    const [train, test] = [linesOf(join(folder, `${base}-train.csv`)), linesOf(join(folder, `${base}-test.csv`))];
    return train.slice(1).map((line, i) => [...numbersIn(line), ...numbersIn(test[i + 1] ?? [])]);
  }
}

/** A set as the published evaluation takes it. @throws {CommandError} status 2 naming the files that are looked for */
export function benchmarkData(folder: string, name: string): BacktestData {
  const set = published[name];
  if (set === undefined)
    throw inputError(
      `einlab forecast: --benchmark is ${JSON.stringify(name)}; expected one of ${benchmarkNames.join(', ')}`,
    );
  try {
    return { name, series: seriesIn(folder, name), horizon: set.horizon, season: set.season };
  } catch (error) {
    throw inputError(
      `einlab forecast: --benchmark ${name}: ${folder} cannot be read as this set: ${systemReason(error)}; expected a folder with ${filesOf[name]}`,
    );
  }
}

/** Scores of a model on a set beside the published ones. */
export async function runBenchmark(
  model: ChronosPipeline,
  modelName: string,
  data: BacktestData,
): Promise<{ readonly scores: readonly MethodScores[]; readonly text: string }> {
  const scores = await methodScores(data, methodsWith(model).slice(0, 2));
  const known = published[data.name]?.rows ?? {};
  const nameOf = (method: string): string => (method === 'model' ? modelName : method);
  const columns = [
    { head: 'method', align: 'left' as const },
    ...['MASE', 'published', 'WQL', 'published'].map((head) => ({ head, align: 'right' as const })),
  ];
  const rows = scores.map(({ method, mase, wql }) => {
    const row = known[nameOf(method)];
    return [nameOf(method), mase.toFixed(4), row?.[0].toString() ?? '', wql.toFixed(4), row?.[1].toString() ?? ''];
  });
  const head = `${data.name}: ${data.series.length} series, the last ${data.horizon} steps of each, season ${data.season}`;
  return { scores, text: `${head}\n${formatTable(columns, rows)}\n` };
}
