import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gaussianForecast } from '@einlab/chronos';
import { property } from '@einlab/testkit';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CommandError } from '../command-error.ts';
import { forecastCommand } from '../commands/forecast.ts';
import { fanChart } from './fan-chart.ts';
import { readTable } from './read-table.ts';
import { seriesOfTable } from './series-of-table.ts';
import { sketch } from './sketch.ts';

let folder = '';
let printed = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'einlab-forecast-'));
  printed = '';
  const take = (text: unknown, done: unknown): boolean => {
    printed += String(text);
    if (typeof done === 'function') done();
    return true;
  };
  vi.spyOn(process.stdout, 'write').mockImplementation(take as typeof process.stdout.write);
  vi.spyOn(process.stderr, 'write').mockImplementation(((_: unknown, done: unknown) =>
    take('', done)) as typeof process.stderr.write);
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

describe('readTable and seriesOfTable', () => {
  it('find out the columns and the frequency, and say so', async () => {
    const found = seriesOfTable(await readTable(fileOf('a.csv', ['month,sales', ...yearly])), {});
    expect(found.calendar?.frequency).toBe('ME');
    expect(found.target).toBe('sales');
    expect(found.inferred).toEqual([
      'time is in the column "month"',
      'the target is the column "sales"',
      'steps are ME',
    ]);
    expect(found.series[0]?.values.length).toBe(60);
  });

  it('take several series apart, sort them, and leave gaps as missing', async () => {
    const lines = [
      'store,day,y',
      'b,2024-01-03,3',
      'b,2024-01-01,1',
      'a,2024-01-01,1',
      'a,2024-01-02,',
      'a,2024-01-03,5',
      'b,2024-01-04,4',
    ];
    const found = seriesOfTable(await readTable(fileOf('a.csv', lines)), { id: 'store', column: 'y' }, 'D');
    expect(found.series.map(({ id, values }) => [id, values])).toEqual([
      ['b', [1, NaN, 3, 4]],
      ['a', [1, NaN, 5]],
    ]);
  });

  it('list series that cannot be forecast beside those that can', async () => {
    const lines = ['id,y', 'a,1', 'a,2', 'a,3', 'b,', 'b,', 'b,', 'c,1'];
    const found = seriesOfTable(await readTable(fileOf('a.csv', lines)), { id: 'id', column: 'y' });
    expect(found.series.map(({ id }) => id)).toEqual(['a']);
    expect(found.refused).toEqual([
      { id: 'b', reason: 'all of its values are missing' },
      { id: 'c', reason: 'it has 1 values; expected at least 3' },
    ]);
  });

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

  it.each([
    [['a,b', '1'], {}, 'line 2 of FILE has 1 cells; expected 2'],
    [['a,a', '1,2'], {}, 'FILE has two columns "a"'],
    [['month,sales', '2024-01,x'], { column: 'sales' }, 'line 2 of FILE: "sales" is "x"; expected a finite number'],
    [['month,sales', '2024-01,1'], { column: 'sale' }, 'FILE has no such column; did you mean sales?'],
    [['t,y', '2024-01-01,1', 'soon,2'], { time: 't', column: 'y' }, 'line 3 of FILE: "t" is "soon"; expected a time'],
    [['t,y', '2024-01-01,1', '2024-01-01,2'], { time: 't', column: 'y' }, 'line 3 of FILE: the same time as in line 2'],
    [
      ['t,y', '2024-01-01,1', '2024-01-02,1', '2024-01-02 01:07,2', '2024-05-05,3'],
      { time: 't', column: 'y' },
      'follow no frequency',
    ],
    [['y', '1', 'Infinity'], { column: 'y' }, 'line 3 of FILE: "y" is "Infinity"; expected a finite number'],
  ])('refuse %j', async (lines, choice, message) => {
    const path = fileOf('wrong.csv', lines);
    const read = async (): Promise<unknown> => seriesOfTable(await readTable(path), choice);
    await expect(read()).rejects.toThrow(CommandError);
    await expect(read()).rejects.toThrow(message.replace('FILE', path));
  });

  property('any text is a table or an error that names the file', fc.string({ maxLength: 60 }), async (text) => {
    const path = fileOf('fuzz.csv', [text]);
    try {
      expect(seriesOfTable(await readTable(path), {}).target).toBeTypeOf('string');
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

  it('trains by the recipe into a folder that it forecasts with', async () => {
    const out = join(folder, 'model');
    expect(await forecastCommand.run(['train', '--recipe', 'nano', '--steps', '2', '--out', out])).toBe(0);
    expect(readFileSync(join(out, 'loss.csv'), 'utf8')).toMatch(/^step,loss\n2,\d+/);
    const path = fileOf('sales.csv', ['month,sales', ...yearly]);
    expect(await forecastCommand.run([path, '--horizon', '2', '--model', out, '--json'])).toBe(0);
    expect(JSON.parse(printed).forecasts[0].predictions.length).toBe(2);
  }, 120_000);

  it('scores the last windows beside the baselines', async () => {
    const path = fileOf('sales.csv', ['month,sales', ...yearly]);
    expect(await forecastCommand.run([path, '--horizon', '6', '--backtest', '2'])).toBe(0);
    for (const method of ['model', 'seasonal naive', 'theta', 'ETS']) expect(printed).toContain(method);
  }, 60_000);

  it.each([
    [['--horizon', '0'], '--horizon is "0"; expected a whole number from 1'],
    [['--quantiles', '0.5,1'], '--quantiles is "0.5,1"; expected rising numbers between 0 and 1'],
    [['--model', 'nowhere/at-all'], 'there is no folder nowhere/at-all'],
    [['--frequency', 'fortnight'], 'the frequency is "fortnight"'],
  ])('refuses %j', async (args, message) => {
    const path = fileOf('sales.csv', ['month,sales', ...yearly]);
    await expect(forecastCommand.run([path, ...args])).rejects.toThrow(message);
  });
});

describe('charts', () => {
  it('fanChart stays inside its frame, whatever the values', () => {
    const forecast = gaussianForecast([1e9, -1e9], () => 1e8, [0.1, 0.5, 0.9]);
    const svg = fanChart({ title: '<&>', history: [1, NaN, 3], forecast, labels: ['a', 'b', 'c'] });
    expect(svg).toContain('&#60;&#38;&#62;');
    const numbers = [...svg.matchAll(/(\d+\.\d),(-?\d+\.\d)/g)].map(([, , y]) => Number(y));
    expect(numbers.length).toBeGreaterThan(8);
    expect(numbers.every((y) => y >= 0 && y <= 360)).toBe(true);
  });

  it('sketch averages down and leaves gaps', () => {
    expect(sketch([0, 7], 2, [0, 7])).toBe('▁█');
    expect(sketch([0, 0, 7, 7, NaN, NaN], 3, [0, 7])).toBe('▁█ ');
  });
});
