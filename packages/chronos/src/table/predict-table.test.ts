import { openDevice, random, setDefaultDevice } from '@einlab/einsum-core';
import { encodeSafetensors } from '@einlab/nn';
import { property } from '@einlab/testkit';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../golden.test-helper.ts';
import { makeBolt } from '../model/bolt/bolt-model.ts';
import { makeChronos2 } from '../model/chronos2/chronos2-model.ts';
import { randomMaker } from '../model/parameter-maker.ts';
import { type ChronosPipeline, openPipeline } from '../pipeline/pipeline.ts';
import { tinyBolt, tinyChronos2 } from '../tiny.test-helper.ts';
import { writeConfig } from '../weights/write-config.ts';
import { seriesOfTable } from './series-of-table.ts';
import { type Cell, columnsOf } from './table.ts';

let bolt: ChronosPipeline;
let chronos2: ChronosPipeline;
beforeAll(async () => {
  setDefaultDevice(await openDevice('wasm', { threads: 1 }));
  bolt = await openPipeline({
    config: writeConfig(tinyBolt),
    weights: await encodeSafetensors(makeBolt(randomMaker(random.key(1)), tinyBolt)),
  });
  chronos2 = await openPipeline({
    config: writeConfig(tinyChronos2),
    weights: await encodeSafetensors(makeChronos2(randomMaker(random.key(1)), tinyChronos2)),
  });
});

const day = (i: number): string => new Date(Date.UTC(2024, 0, 1 + i)).toISOString().slice(0, 10);

/** Rows of two shops, those of one backwards. */
const shops = Array.from({ length: 24 }, (_, i) => ({
  shop: i % 2 === 0 ? 'b' : 'a',
  day: day(i % 2 === 0 ? i / 2 : 11 - (i - 1) / 2),
  sales: (i * 7) % 11,
  weather: i % 3 === 0 ? 'rain' : 'sun',
}));

describe('predictTable', () => {
  it('forecasts series by first appearance, in time, as a long table', async () => {
    const result = await bolt.predictTable(shops, { id: 'shop', target: 'sales', horizon: 3, levels: [0.1, 0.5] });
    expect(result.calendar?.frequency).toBe('D');
    const rows = result.records();
    expect(rows.map(({ shop, day: time }) => `${shop} ${time}`)).toEqual(
      ['b', 'a'].flatMap((shop) => [12, 13, 14].map((i) => `${shop} ${day(i)}`)),
    );
    expect(Object.keys(rows[0]).sort()).toEqual(['0.1', '0.5', 'day', 'predictions', 'shop', 'target_name']);
    const own = shops.filter(({ shop }) => shop === 'a').toReversed();
    const [direct] = await bolt.predictQuantiles([own.map(({ sales }) => sales)], { horizon: 3, levels: [0.1, 0.5] });
    expectClose(
      rows.slice(3).map((row) => Number(row['0.1'])),
      [...direct.quantiles[0]],
      1e-5,
    );
    expectClose(
      rows.slice(3).map(({ predictions }) => Number(predictions)),
      [...direct.mean],
      1e-5,
    );
  });

  it('takes columns too, finds roles out, and leaves steps without a row as missing', () => {
    const table = columnsOf({
      unique_id: ['x', 'x', 'x', 'x', 'x'],
      ds: [0, 1, 2, 4, 5].map((i) => new Date(Date.UTC(2024, i, 1))),
      y: [1, 2, 3, 5, 6],
    });
    const { columns, series, inferred } = seriesOfTable(table);
    expect(columns).toMatchObject({ id: 'unique_id', time: 'ds', targets: ['y'] });
    expect([...series[0].targets[0]]).toEqual([1, 2, 3, NaN, 5, 6]);
    expect(inferred).toContain('steps are ME');
  });

  it('gives Chronos-2 covariates, those with a future as known ones, and several targets', async () => {
    const future = ['b', 'a'].flatMap((shop) =>
      [12, 13, 14].map((i) => ({ shop, day: day(i), weather: i === 13 ? 'rain' : 'sun' })),
    );
    const options = { id: 'shop', target: 'sales', horizon: 3 };
    const known = await chronos2.predictTable(shops, { ...options, future });
    const own = shops.filter(({ shop }) => shop === 'b');
    const [[direct]] = await chronos2.predictTasks(
      [
        {
          target: own.map(({ sales }) => sales),
          pastCovariates: { weather: own.map(({ weather }) => weather) },
          futureCovariates: { weather: ['sun', 'rain', 'sun'] },
        },
      ],
      { horizon: 3 },
    );
    for (const [q, row] of known.forecasts[0].forecast.quantiles.entries()) {
      row.forEach((value, step) => {
        expect(value).toBeCloseTo(direct.quantiles[q][step], 4);
      });
    }
    const past = await chronos2.predictTable(shops, options);
    expect(past.forecasts[0].forecast.mean).not.toEqual(known.forecasts[0].forecast.mean);
    const two = shops.map((row) => ({ ...row, visits: row.sales + 1 }));
    const both = await chronos2.predictTable(two, {
      id: 'shop',
      target: ['sales', 'visits'],
      horizon: 2,
      covariates: [],
    });
    expect(both.records().map(({ shop, target_name: name }) => `${shop} ${name}`)).toEqual([
      'b sales',
      'b sales',
      'b visits',
      'b visits',
      'a sales',
      'a sales',
      'a visits',
      'a visits',
    ]);
  });

  it('lists futures that do not line up beside the forecasts of those that do', async () => {
    const rows = (shop: string, days: readonly number[]): { shop: string; day: string; weather: string }[] =>
      days.map((i) => ({ shop, day: day(i), weather: 'sun' }));
    const options = { id: 'shop', target: 'sales', horizon: 3 };
    const late = await chronos2.predictTable(shops, {
      ...options,
      future: [...rows('a', [12, 13, 14]), ...rows('b', [12, 13, 15])],
    });
    expect(late.forecasts.map(({ id }) => id)).toEqual(['a']);
    expect(late.refused).toEqual([
      {
        id: 'b',
        reason: 'row 6 of the future: the time is 2024-01-16; expected 2024-01-15, step 3 after its last value',
      },
    ]);
    const short = await chronos2.predictTable(shops, {
      ...options,
      future: [...rows('a', [12, 13, 14]), ...rows('c', [12])],
    });
    expect(short.refused.map(({ id, reason }) => `${id}: ${reason}`)).toEqual([
      'b: the future has 0 rows for it; expected 3, one for each step of the forecast',
      'c: the future has a future for it, but it is no series that is forecast',
    ]);
    await expect(chronos2.predictTable(shops, { ...options, future: rows('c', [12, 13, 14]) })).rejects.toThrow(
      'no series of the table can be forecast: series "b": the future has 0 rows',
    );
    await expect(bolt.predictTable(shops, { ...options, covariates: ['weather'] })).rejects.toThrow(
      'a model of the family bolt takes no covariates',
    );
  });
});

const rowsOf = (id: string, cells: readonly (readonly [Cell, Cell])[]): Record<string, Cell>[] =>
  cells.map(([time, y]) => ({ id, time, y }));
const good = rowsOf(
  'good',
  [0, 1, 2, 3].map((i) => [day(i), i] as const),
);

describe('seriesOfTable', () => {
  it.each<readonly [string, readonly (readonly [Cell, Cell])[], string]>([
    [
      'a text',
      [
        [day(0), 1],
        [day(1), 'many'],
        [day(2), 1],
      ],
      'row 6 of the table: "y" is "many"; expected a finite number',
    ],
    [
      'an infinity',
      [
        [day(0), 1],
        [day(1), -Infinity],
        [day(2), 1],
      ],
      'row 6 of the table: "y" is null',
    ],
    [
      'a time that is none',
      [
        [day(0), 1],
        ['soon', 1],
        [day(2), 1],
      ],
      'row 6 of the table: "time" is "soon"; expected a time',
    ],
    [
      'a day that is none',
      [
        [day(0), 1],
        ['2024-02-31', 1],
        [day(2), 1],
      ],
      '"time" is "2024-02-31"',
    ],
    [
      'the same time twice',
      [
        [day(0), 1],
        [day(1), 1],
        [day(0), 2],
      ],
      'row 7 of the table: the same time as in row 5, 2024-01-01',
    ],
    [
      'nothing observed',
      [
        [day(0), null],
        [day(1), ''],
        [day(2), NaN],
      ],
      'all of its values are missing',
    ],
    ['one value', [[day(0), 1]], 'it has 1 value; expected at least 3'],
    [
      'other steps',
      [
        ['2024-01', 1],
        ['2024-02', 1],
        ['2024-03', 1],
      ],
      'its steps are ME; those of the other series are D',
    ],
    [
      'no steps',
      [
        [day(0), 1],
        ['2024-01-02 01:07', 1],
        ['2024-01-05 02:00', 1],
      ],
      'follow no frequency',
    ],
  ])('refuses a series with %s, and keeps the other', (_, cells, reason) => {
    const table = [...good, ...rowsOf('bad', cells), ...good.map((row) => ({ ...row, id: 'good too' }))];
    const { series, refused } = seriesOfTable(columnsOf(table), { target: 'y' });
    expect(series.map(({ id }) => id)).toEqual(['good', 'good too']);
    expect(refused.map(({ id }) => id)).toEqual(['bad']);
    expect(refused[0].reason).toContain(reason);
  });

  it('does not take numbers of rows for names of series', () => {
    const numbered = Array.from({ length: 8 }, (_, i) => ({ id: i, day: day(i), y: i % 3 }));
    const { columns, series } = seriesOfTable(columnsOf(numbered));
    expect([columns.id, series.length]).toEqual([undefined, 1]);
  });

  it('says of a constant series that it is one', () => {
    const { series, notes } = seriesOfTable(
      columnsOf(
        rowsOf(
          'flat',
          [0, 1, 2].map((i) => [day(i), 7] as const),
        ),
      ),
    );
    expect(series.length).toBe(1);
    expect(notes).toEqual([{ id: 'flat', reason: 'all of its values are 7' }]);
  });

  it('names the columns that there are when one is asked for that there is not', () => {
    expect(() => seriesOfTable(columnsOf(good), { target: 'z' })).toThrow(
      'the target "z": the table has no such column; expected one of id, time, y',
    );
    expect(() => seriesOfTable(columnsOf([{ a: 'x' }]))).toThrow('the table has no column of numbers');
    expect(() => columnsOf({ a: [1], b: [1, 2] })).toThrow('the column "b" has 2 cells and "a" has 1');
    expect(() => columnsOf([])).toThrow('the table has no rows');
  });

  property(
    'every series of a table comes out once: forecast or refused',
    fc.array(
      fc.record({
        id: fc.constantFrom('p', 'q', 'r'),
        time: fc.oneof(fc.nat({ max: 40 }).map(day), fc.constantFrom('soon', '', '2024-13-01')),
        y: fc.oneof(fc.double(), fc.constantFrom<Cell>('3', 'x', null, Infinity)),
      }),
      { minLength: 1, maxLength: 30 },
    ),
    (rows) => {
      const { series, refused } = seriesOfTable(columnsOf(rows), { id: 'id', time: 'time', target: 'y' });
      const all = [...series, ...refused].map(({ id }) => id).sort();
      expect(all).toEqual([...new Set(rows.map(({ id }) => id))].sort());
      for (const { targets } of series) expect(targets[0].some((value) => !Number.isNaN(value))).toBe(true);
    },
  );
});
