// Runs `einlab forecast` with a backtest on every series of the folder of reference data and prints the table of scores: the shipped model beside the seasonal naive
// forecast, theta and ETS. SHARED_DIR names the folder, by default beside the repository.
//   node --conditions=source packages/chronos-nano/recipe/backtests.ts [WINDOWS=3]
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const shared = process.env['SHARED_DIR'] || fileURLToPath(new URL('../../../../shared', import.meta.url));
const folder = join(shared, 'fixtures', 'timeseries');
const command = fileURLToPath(new URL('../../../apps/cli/src/main.ts', import.meta.url));
const [windows = '3'] = process.argv.slice(2);

/** What the folder's index says about a file. */
interface IndexEntry {
  readonly file: string;
  readonly season?: number;
  readonly horizon?: number;
}

/** Scores as the command prints them. */
interface Printed {
  readonly frequency: string | null;
  readonly backtest: readonly { readonly method: string; readonly mase: number; readonly wql: number }[];
}

/** Columns that are no values to forecast. */
const notValues = new Set(['month', 'week', 'year', 'quarter', 'date', 'time']);

const print = (line: string): boolean => process.stdout.write(`${line}\n`);
const index: IndexEntry[] = JSON.parse(readFileSync(join(folder, 'INDEX.json'), 'utf8'));
const methods = ['model', 'seasonal naive', 'theta', 'ETS'];
print(
  `| series | steps | horizon | season | ${methods.map((name) => `MASE ${name.replace('model', 'nano')}`).join(' | ')} | ${methods.map((name) => `WQL ${name.replace('model', 'nano')}`).join(' | ')} |`,
);
print(`|---|---|--:|--:|${'--:|'.repeat(2 * methods.length)}`);
const logs = new Map<string, number[]>();
for (const { file, season, horizon } of index) {
  if (season === undefined || horizon === undefined || !file.endsWith('.csv')) continue;
  const [head = ''] = readFileSync(join(folder, file), 'utf8').split(/\r?\n/);
  for (const column of head.split(',').filter((name) => !notValues.has(name))) {
    const args = ['--column', column, '--horizon', String(horizon), '--season', String(season), '--backtest', windows];
    const flags = ['--conditions=source', '--disable-warning=ExperimentalWarning'];
    const text = execFileSync(
      process.execPath,
      [...flags, command, 'forecast', join(folder, file), ...args, '--json'],
      {
        stdio: ['ignore', 'pipe', 'ignore'],
        encoding: 'utf8',
      },
    );
    const { frequency, backtest }: Printed = JSON.parse(text);
    const of = (method: string): Printed['backtest'][number] | undefined =>
      backtest.find((row) => row.method === method);
    const cells = (which: 'mase' | 'wql'): string =>
      methods.map((method) => (of(method)?.[which] ?? Number.NaN).toFixed(which === 'mase' ? 3 : 4)).join(' | ');
    print(
      `| ${file.replace('.csv', '')}: ${column} | ${frequency ?? ''} | ${horizon} | ${season} | ${cells('mase')} | ${cells('wql')} |`,
    );
    for (const method of methods) {
      for (const which of ['mase', 'wql'] as const) {
        const ratio = Math.log((of(method)?.[which] ?? Number.NaN) / (of('seasonal naive')?.[which] ?? Number.NaN));
        logs.set(`${method} ${which}`, [...(logs.get(`${method} ${which}`) ?? []), ratio]);
      }
    }
  }
}
for (const [name, all] of logs) {
  const known = all.filter(Number.isFinite);
  const mean = Math.exp(known.reduce((a, b) => a + b, 0) / known.length);
  print(
    `${name}: ${mean.toFixed(3)} of seasonal naive over ${known.length} series, better on ${known.filter((log) => log < 0).length}`,
  );
}
