import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeChronos2, randomMaker, seasonalNaivePoint, writeConfig } from '@einlab/chronos';
import { random } from '@einlab/einsum-core';
import { encodeSafetensors } from '@einlab/nn';
import { itWithShared, property, sharedPath } from '@einlab/testkit';
import fc from 'fast-check';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CommandError } from '../command-error.ts';
import { forecastCommand } from '../commands/forecast.ts';
import { benchmarkData } from './benchmark.ts';
import { methodScores } from './method-scores.ts';
import { readTable } from './read-table.ts';
import { sketch } from './sketch.ts';

let folder = '';
let printed = '';
let told = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'einlab-forecast-'));
  printed = '';
  const take = (text: unknown, done: unknown): boolean => {
    printed += String(text);
    if (typeof done === 'function') done();
    return true;
  };
  vi.spyOn(process.stdout, 'write').mockImplementation(take as typeof process.stdout.write);
  told = '';
  vi.spyOn(process.stderr, 'write').mockImplementation(((text: unknown, done: unknown) => {
    told += String(text);
    return take('', done);
  }) as typeof process.stderr.write);
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

/** A file with these lines. */
function fileOf(name: string, lines: readonly string[]): string {
  const path = join(folder, name);
  writeFileSync(path, lines.join('\n'));
  return path;
}

const months = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${2000 + Math.floor(i / 12)}-${String(1 + (i % 12)).padStart(2, '0')}`);
const yearly = months(60).map((month, i) => `${month},${(100 + i + 20 * Math.sin((2 * Math.PI * i) / 12)).toFixed(2)}`);

describe('readTable', () => {
  it('read JSON records, other separators, and quotes', async () => {
    const json = fileOf('a.json', [
      JSON.stringify([
        { t: '2024-01-01', y: 1 },
        { t: '2024-01-02', y: null },
      ]),
    ]);
    expect([...(await readTable(json)).columns]).toEqual([
      ['t', ['2024-01-01', '2024-01-02']],
      ['y', ['1', '']],
    ]);
    const quoted = await readTable(fileOf('a.txt', ['"a;b";c', '"x""y";2']));
    expect([...quoted.columns]).toEqual([
      ['a;b', ['x"y']],
      ['c', ['2']],
    ]);
  });

  it('reads Parquet, which says the same as the records in it', async () => {
    const records = [
      { store: 'a', month: new Date(Date.UTC(2024, 0, 1)), y: 1.5 },
      { store: 'a', month: new Date(Date.UTC(2024, 1, 1)), y: null },
      { store: 'b', month: new Date(Date.UTC(2024, 0, 1)), y: 3 },
    ];
    const path = join(folder, 'a.parquet');
    writeFileSync(
      path,
      Buffer.from(
        parquetWriteBuffer({
          columnData: [
            { name: 'store', data: records.map(({ store }) => store), type: 'STRING' },
            { name: 'month', data: records.map(({ month }) => month), type: 'TIMESTAMP' },
            { name: 'y', data: records.map(({ y }) => y), type: 'DOUBLE' },
          ],
        }),
      ),
    );
    const json = fileOf('a.json', [JSON.stringify(records)]);
    expect([...(await readTable(path)).columns]).toEqual([...(await readTable(json)).columns]);
    const broken = fileOf('b.parquet', ['PAR1 and nothing more']);
    await expect(readTable(broken)).rejects.toThrow(`${broken} is no Parquet file that can be read`);
  });

  it.each([
    [['a,b', '1'], 'line 2 of FILE has 1 cells; expected 2'],
    [['a,a', '1,2'], 'FILE has two columns "a"'],
    [['a'], 'FILE has 1 lines; expected a line of column names and rows below it'],
  ])('refuses %j', async (lines, message) => {
    const path = fileOf('wrong.csv', lines);
    await expect(readTable(path)).rejects.toThrow(CommandError);
    await expect(readTable(path)).rejects.toThrow(message.replace('FILE', path));
  });

  property('any text is a table or an error that names the file', fc.string({ maxLength: 60 }), async (text) => {
    const path = fileOf('fuzz.csv', [text]);
    try {
      expect((await readTable(path)).rows).toBeGreaterThan(0);
    } catch (error) {
      expect(error).toBeInstanceOf(CommandError);
      expect(String(error)).toContain('fuzz.csv');
    }
  });
});

describe('einlab forecast', () => {
  it('prints quantiles of the next steps, and writes them and a chart', async () => {
    const path = fileOf('sales.csv', ['month,sales', ...yearly]);
    const [out, plot] = [join(folder, 'f.csv'), join(folder, 'f.svg')];
    const status = await forecastCommand.run([path, '--horizon', '6', '--json', '--out', out, '--plot', plot]);
    expect(status).toBe(0);
    const { forecasts, frequency } = JSON.parse(printed);
    expect(frequency).toBe('ME');
    expect(forecasts[0].times).toEqual([
      '2005-01-01',
      '2005-02-01',
      '2005-03-01',
      '2005-04-01',
      '2005-05-01',
      '2005-06-01',
    ]);
    const [low, middle, high] = ['0.1', '0.5', '0.9'].map((level) => forecasts[0].quantiles[level]);
    const truth = Array.from({ length: 6 }, (_, h) => 160 + h + 20 * Math.sin((2 * Math.PI * (60 + h)) / 12));
    truth.forEach((value, h) => {
      expect(Math.abs(middle[h] - value)).toBeLessThan(15);
      expect(low[h]).toBeLessThanOrEqual(high[h]);
    });
    expect(readFileSync(out, 'utf8').split('\n')[0]).toBe('id,time,target_name,predictions,0.1,0.5,0.9');
    expect(readFileSync(plot, 'utf8')).toMatch(/^<svg[\s\S]*class="band"[\s\S]*<\/svg>\n$/);
  }, 60_000);

  it('draws the chart as PNG, and says which letters it has no shapes for', async () => {
    const path = fileOf('sales.csv', ['month,売sales', ...yearly]);
    const plot = join(folder, 'f.PNG');
    expect(await forecastCommand.run([path, '--horizon', '6', '--plot', plot])).toBe(0);
    const bytes = readFileSync(plot);
    expect([bytes.toString('latin1', 1, 4), bytes.readUInt32BE(16), bytes.readUInt32BE(20)]).toEqual([
      'PNG',
      1760,
      720,
    ]);
    expect(told).toContain(`${plot}: the font of PNG charts lacks 売`);
  }, 60_000);

  it('trains by the recipe into a folder that it forecasts with', async () => {
    const out = join(folder, 'model');
    expect(await forecastCommand.run(['train', '--recipe', 'nano', '--steps', '2', '--out', out])).toBe(0);
    expect(readFileSync(join(out, 'loss.csv'), 'utf8')).toMatch(/^step,loss\n2,[\d.]+\n$/);
    expect(readFileSync(join(out, 'loss.svg'), 'utf8')).toContain('bolt, seed 20261130: 2 of 2 steps');
    const path = fileOf('sales.csv', ['month,sales', ...yearly]);
    expect(await forecastCommand.run([path, '--horizon', '2', '--model', out, '--json'])).toBe(0);
    expect(JSON.parse(printed).forecasts[0].predictions.length).toBe(2);
  }, 120_000);

  it.each(['t5', 'chronos-2'])(
    'trains %s, with a page of its losses, and refuses what is of another run',
    async (family) => {
      const [out, report] = [join(folder, 'model'), join(folder, 'report')];
      const args = ['train', '--family', family, '--steps', '1', '--out', out];
      expect(await forecastCommand.run([...args, '--report', report])).toBe(0);
      expect(readFileSync(join(report, 'index.html'), 'utf8')).toMatch(/<svg[\s\S]*class="dot"/);
      const { losses } = JSON.parse(readFileSync(join(report, 'results.json'), 'utf8'));
      expect(losses.map(({ step }: { step: number }) => step)).toEqual([1]);
      const path = fileOf('sales.csv', ['month,sales', ...yearly]);
      expect(await forecastCommand.run([path, '--horizon', '2', '--model', out, '--json'])).toBe(0);
      expect(JSON.parse(printed).forecasts[0].predictions.every(Number.isFinite)).toBe(true);
      // done already: the same command changes nothing, and another run is not taken for this one
      const weights = readFileSync(join(out, 'model.safetensors'));
      expect(await forecastCommand.run(args)).toBe(0);
      expect(readFileSync(join(out, 'model.safetensors'))).toEqual(weights);
      await expect(forecastCommand.run([...args, '--seed', '1'])).rejects.toThrow('is of another run');
      await expect(forecastCommand.run([...args, '--horizon', '3'])).rejects.toThrow(
        '--horizon does not go with training',
      );
    },
    120_000,
  );

  it('scores the last windows beside the baselines', async () => {
    const path = fileOf('sales.csv', ['month,sales', ...yearly]);
    expect(await forecastCommand.run([path, '--horizon', '6', '--backtest', '2'])).toBe(0);
    for (const method of ['model', 'seasonal naive', 'theta', 'ETS']) expect(printed).toContain(method);
  }, 60_000);

  const day = (i: number): string => new Date(Date.UTC(2024, 0, 1 + i)).toISOString().slice(0, 10);
  const daysOf = (id: string, values: readonly (number | string)[]): string[] =>
    values.map((value, i) => `${id},${day(i)},${value}`);
  const good = daysOf(
    'good',
    Array.from({ length: 30 }, (_, i) => 10 + (i % 7)),
  );

  it.each<readonly [string, readonly string[], string]>([
    ['text', daysOf('bad', [1, 'x', 3]), 'line 33 of FILE: "y" is "x"; expected a finite number'],
    [
      'an infinity',
      daysOf('bad', [1, 2, '-Infinity']),
      'line 34 of FILE: "y" is "-Infinity"; expected a finite number',
    ],
    [
      'a time that is none',
      [...daysOf('bad', [1, 2]), 'bad,soon,3'],
      'line 34 of FILE: "day" is "soon"; expected a time',
    ],
    [
      'a time twice',
      [...daysOf('bad', [1, 2]), `bad,${day(0)},3`],
      'line 34 of FILE: the same time as in line 32, 2024-01-01',
    ],
    ['nothing observed', daysOf('bad', ['', 'NA', '']), 'all of its values are missing'],
    ['two values', daysOf('bad', [1, 2]), 'it has 2 values; expected at least 3'],
    [
      'other steps',
      ['bad,2024-01,1', 'bad,2024-02,1', 'bad,2024-03,1'],
      'its steps are ME; those of the other series are D',
    ],
  ])('lists a series with %s with its place, and forecasts the other', async (_, lines, reason) => {
    const path = fileOf('mixed.csv', ['shop,day,y', ...good, ...lines]);
    const args = [path, '--id', 'shop', '--column', 'y', '--horizon', '3', '--json'];
    expect(await forecastCommand.run(args)).toBe(1);
    const { forecasts, refused } = JSON.parse(printed);
    expect(forecasts.map(({ id }: { id: string }) => id)).toEqual(['good']);
    expect(refused).toEqual([{ id: 'bad', reason: expect.stringContaining(reason.replace('FILE', path)) }]);
    expect(told).toContain('not forecast: series "bad"');
  });

  it('forecasts a constant series, and says that it is one', async () => {
    const path = fileOf('flat.csv', ['day,y', ...Array.from({ length: 20 }, (_, i) => `${day(i)},5`)]);
    expect(await forecastCommand.run([path, '--horizon', '2', '--json'])).toBe(0);
    const { forecasts, notes } = JSON.parse(printed);
    expect(notes).toEqual([{ id: '', reason: 'all of its values are 5' }]);
    for (const value of forecasts[0].predictions) expect(Math.abs(value - 5)).toBeLessThan(0.01);
  });

  it('writes a report that needs nothing else, and does not replace one unasked', async () => {
    const path = fileOf('sales.csv', ['shop,day,y', ...good, ...daysOf('<b>', [1, 2])]);
    const report = join(folder, 'report');
    const args = [path, '--id', 'shop', '--column', 'y', '--horizon', '3', '--backtest', '1', '--report', report];
    expect(await forecastCommand.run(args)).toBe(1);
    const page = readFileSync(join(report, 'index.html'), 'utf8');
    expect(page).toMatch(/<svg[\s\S]*class="band"/);
    expect(page).toContain('&#60;b&#62;: it has 2 values');
    expect(page).toContain('seasonal naive');
    expect(page).not.toMatch(/(src|href)="(?!data:)/);
    expect(JSON.parse(readFileSync(join(report, 'results.json'), 'utf8')).forecasts.length).toBe(1);
    await expect(forecastCommand.run(args)).rejects.toThrow('--force replaces it');
    expect(await forecastCommand.run([...args, '--force'])).toBe(1);
  });

  /** A small Chronos-2 model in a folder, with random weights. */
  async function chronos2Folder(): Promise<string> {
    const body = {
      width: 8,
      hidden: 16,
      heads: 2,
      dim: 4,
      layers: 1,
      eps: 1e-6,
      ropeTheta: 10000,
      vocab: 2,
      activation: 'relu',
      dropout: 0,
      initializerFactor: 1,
    } as const;
    const sizes = { contextLength: 32, patchSize: 4, patchStride: 4, outputPatchSize: 4, maxOutputPatches: 2 };
    const config = {
      family: 'chronos2',
      body,
      ...sizes,
      quantiles: [0.1, 0.5, 0.9],
      useArcsinh: true,
      useReg: true,
      timeScale: 32,
    } as const;
    const model = join(folder, 'chronos2');
    mkdirSync(model);
    writeFileSync(join(model, 'config.json'), JSON.stringify(writeConfig(config)));
    writeFileSync(
      join(model, 'model.safetensors'),
      await encodeSafetensors(makeChronos2(randomMaker(random.key(3)), config)),
    );
    return model;
  }

  it('gives a Chronos-2 model covariates and their future, and lists futures that do not line up', async () => {
    const model = await chronos2Folder();
    const rows = ['a', 'b'].flatMap((shop) =>
      Array.from({ length: 20 }, (_, i) => `${shop},${day(i)},${(i * 3) % 7},${i % 2}`),
    );
    const path = fileOf('shops.csv', ['shop,day,y,open', ...rows]);
    const lines = (shop: string, first: number): string[] => [0, 1, 2].map((i) => `${shop},${day(first + i)},${i % 2}`);
    const future = fileOf('future.csv', ['shop,day,open', ...lines('a', 20), ...lines('b', 21)]);
    const args = [path, '--model', model, '--id', 'shop', '--column', 'y', '--horizon', '3', '--json'];
    expect(await forecastCommand.run([...args, '--covariates', 'open', '--future', future])).toBe(1);
    const { forecasts, refused } = JSON.parse(printed);
    expect(forecasts.map(({ id }: { id: string }) => id)).toEqual(['a']);
    expect(refused[0].reason).toBe(
      `line 5 of ${future}: the time is 2024-01-22; expected 2024-01-21, step 1 after its last value`,
    );
    printed = '';
    expect(await forecastCommand.run([...args, '--covariates', 'open'])).toBe(0);
    const past = JSON.parse(printed).forecasts;
    expect(past.map(({ id }: { id: string }) => id)).toEqual(['a', 'b']);
    expect(past[0].predictions).not.toEqual(forecasts[0].predictions);
    await expect(forecastCommand.run([...args, '--future', future])).rejects.toThrow(
      '--future is given without --covariates',
    );
    await expect(forecastCommand.run([path, '--covariates', 'opn', '--model', model])).rejects.toThrow(
      'did you mean open?',
    );
    await expect(forecastCommand.run([path, '--covariates', 'open'])).rejects.toThrow('takes no covariates');
  });

  it('scores a model on a set beside what was published', async () => {
    const line = (name: string, count: number, shift: number): string =>
      [name, ...Array.from({ length: count }, (_, t) => 50 + 10 * Math.sin((t + shift) / 8))].join(',');
    fileOf('Weekly-train.csv', ['V1,V2', line('W1', 60, 0), `${line('W2', 50, 3)},,,`]);
    fileOf('Weekly-test.csv', ['V1,V2', line('W1', 13, 60), line('W2', 13, 53)]);
    expect(await forecastCommand.run([folder, '--benchmark', 'm4_weekly'])).toBe(0);
    expect(printed).toContain('m4_weekly: 2 series, the last 13 steps of each, season 1');
    expect(printed).toMatch(/seasonal naive +\d\.\d+ +2\.7773 +\d\.\d+ +0\.0634/);
    const elsewhere = forecastCommand.run([folder, '--benchmark', 'm4_hourly']);
    await expect(elsewhere).rejects.toThrow(
      'expected a folder with m4_hourly.f32 and m4_hourly.json, or Hourly-train.csv',
    );
  });

  itWithShared('m4_weekly comes out for seasonal naive points as it was published', async () => {
    const set = sharedPath('fixtures', 'timeseries');
    const { series, horizon, season } = benchmarkData(set, 'm4_weekly');
    const [row] = await methodScores({ name: 'm4', series, horizon, season }, [['seasonal naive', seasonalNaivePoint]]);
    expect([series.length, row?.mase.toFixed(4), row?.wql.toFixed(4)]).toEqual([359, '2.7773', '0.0634']);
  });

  it.each([
    [['--horizon', '0'], '--horizon is "0"; expected a whole number from 1'],
    [['--horizon', '100001'], '--horizon is "100001"; expected a whole number from 1 to 100000'],
    [['--quantiles', '0.5,1'], '--quantiles is "0.5,1"; expected rising numbers between 0 and 1'],
    [['--quantiles', '-0.1'], 'expected rising numbers between 0 and 1'],
    [['--model', 'nowhere'], 'there is no folder nowhere'],
    [['--frequency', 'fortnight'], 'the frequency is "fortnight"'],
    [['--column', 'sale'], 'FILE has no such column; expected one of month, sales; did you mean sales?'],
    [['--time', 'mont'], 'did you mean month?'],
    [['--plot', 'chart.gif'], '--plot is "chart.gif"; expected a name that ends in .svg or .png'],
    [['--plot', 'nowhere/chart.png'], '--plot nowhere/chart.png: there is no folder nowhere'],
    [['--out', 'nowhere/f.csv'], '--out nowhere/f.csv: there is no folder nowhere'],
    [['--covariates', 'a,'], '--covariates is "a,"'],
    [['--backtest', '0'], '--backtest is "0"'],
  ])('refuses %j', async (args, message) => {
    const path = fileOf('sales.csv', ['month,sales', ...yearly]);
    const error = await forecastCommand.run([path, ...args]).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(CommandError);
    expect(String(error)).toContain(message.replace('FILE', path));
  });
});

describe('sketch', () => {
  it('averages down and leaves gaps', () => {
    expect(sketch([0, 7], 2, [0, 7])).toBe('▁█');
    expect(sketch([0, 0, 7, 7, NaN, NaN], 3, [0, 7])).toBe('▁█ ');
  });
});
