// The one test of the shipped weights, on series that trained nothing and chose nothing: those of the folder of reference data, last window
// of each, and what the baselines make of them. SHARED_DIR names the folder, by default beside the repository.
//   node --conditions=source packages/chronos-nano/recipe/test.ts [FOLDER WITH model.safetensors]
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  aggregateScores,
  type BacktestData,
  backtest,
  deciles,
  eachSeries,
  ets,
  type ForecastMany,
  openPipeline,
  seasonalNaivePoint,
  theta,
  writeConfig,
} from '@einlab/chronos';
import { openDevice, setDefaultDevice } from '@einlab/einsum-core';
import { keyFromSeed } from '@einlab/numerics';
import { nanoRecipe } from '../src/recipe.ts';

const shared = process.env['SHARED_DIR'] || fileURLToPath(new URL('../../../../shared', import.meta.url));
const folder = join(shared, 'fixtures', 'timeseries');

/** What the folder's index says about a file. */
interface IndexEntry {
  readonly file: string;
  readonly season?: number;
  readonly horizon?: number;
}

/** Columns that are no values to forecast. */
const notValues = new Set(['month', 'week', 'year', 'quarter', 'date', 'time']);

/** The columns of numbers of a file. */
function columnsOf(file: string): number[][] {
  const [head = '', ...lines] = readFileSync(join(folder, file), 'utf8').trim().split(/\r?\n/);
  const rows = lines.map((line) => line.split(','));
  return head
    .split(',')
    .map((name, i) => ({ name, values: rows.map((row) => (row[i] === '' ? NaN : Number(row[i]))) }))
    .filter(({ name }) => !notValues.has(name))
    .map(({ values }) => values);
}

/** The series of an M4 set, with the horizon of the competition. */
function m4(name: string, season: number): BacktestData {
  const bytes = readFileSync(join(folder, `${name}.f32`));
  const values = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  const { series }: { series: [string, number, number, number][] } = JSON.parse(
    readFileSync(join(folder, `${name}.json`), 'utf8'),
  );
  const horizon = series[0]?.[3] ?? 1;
  return {
    name,
    series: series.map(([, offset, before, after]) => values.subarray(offset, offset + before + after)),
    horizon,
    season,
  };
}

const index: IndexEntry[] = JSON.parse(readFileSync(join(folder, 'INDEX.json'), 'utf8'));
const sets: BacktestData[] = [
  ...index.flatMap(({ file, season, horizon }): BacktestData[] =>
    season === undefined || horizon === undefined
      ? []
      : [{ name: file.replace('.csv', ''), series: columnsOf(file), season, horizon }],
  ),
  m4('m4_hourly', 24),
  m4('m4_weekly', 1),
];

setDefaultDevice(await openDevice('wasm', { threads: 1 }));
const [weights = fileURLToPath(new URL('../weights', import.meta.url))] = process.argv.slice(2);
const model = await openPipeline({
  config: writeConfig(nanoRecipe.config),
  weights: join(weights, 'model.safetensors'),
});
const nano: ForecastMany = (histories, { horizon, levels }) => model.predictQuantiles(histories, { horizon, levels });
const methods: readonly (readonly [string, ForecastMany])[] = [
  ['nano', nano],
  ['theta', eachSeries(theta)],
  ['ETS', eachSeries(ets)],
];

const relative = new Map<string, { name: string; score: number; baseline: number }[]>();
const say = (line: string): boolean => process.stdout.write(`${line}\n`);
say(
  `| set | series | horizon | season | WQL seasonal naive | ${methods.map(([name]) => `WQL ${name}`).join(' | ')} | MASE seasonal naive | ${methods.map(([name]) => `MASE ${name}`).join(' | ')} |`,
);
say(`|---|${'--:|'.repeat(5 + 2 * methods.length)}`);
const totals = { wins: 0, series: 0 };
for (const set of sets) {
  const naive = await backtest(set, seasonalNaivePoint, deciles);
  const cells: { wql: string[]; mase: string[] } = { wql: [], mase: [] };
  for (const [name, run] of methods) {
    const own = await backtest(set, run, deciles);
    for (const which of ['wql', 'mase'] as const) {
      cells[which].push(own[which].toFixed(which === 'wql' ? 4 : 3));
      const list = relative.get(`${name} ${which}`) ?? [];
      list.push({ name: set.name, score: own[which], baseline: naive[which] });
      relative.set(`${name} ${which}`, list);
    }
    if (name !== 'nano') continue;
    const [mine, theirs] = [own.scored, naive.scored];
    mine.forEach((window, i) => {
      const loss = (of: typeof window | undefined): number =>
        of === undefined
          ? 0
          : of.forecast.quantiles.reduce(
              (total, row, q) =>
                total +
                row.reduce((sum, value, step) => {
                  const error = (of.actual[step] ?? NaN) - value;
                  const level = of.forecast.levels[q] ?? 0.5;
                  return Number.isNaN(error) ? sum : sum + Math.max(level * error, (level - 1) * error);
                }, 0),
              0,
            );
      totals.series += 1;
      totals.wins += loss(window) < loss(theirs[i]) ? 1 : 0;
    });
  }
  say(
    `| ${set.name} | ${set.series.length} | ${set.horizon} | ${set.season} | ${naive.wql.toFixed(4)} | ${cells.wql.join(' | ')} | ${naive.mase.toFixed(3)} | ${cells.mase.join(' | ')} |`,
  );
}
say('');
for (const [name, list] of relative) {
  const { value, low, high, wins, count } = aggregateScores(list, keyFromSeed(0));
  say(`${name}: ${value.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}], ${wins} of ${count} sets won`);
}
say(`nano has the lower quantile loss on ${totals.wins} of ${totals.series} series`);
process.exit(0);
