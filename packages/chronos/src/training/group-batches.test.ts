import { openDevice, setDefaultDevice } from '@einlab/einsum-core';
import { keyFromSeed, rngFromKey } from '@einlab/numerics';
import { property } from '@einlab/testkit';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { targetsOf } from '../model/chronos2/chronos2-task.ts';
import { tinyChronos2 } from '../tiny.test-helper.ts';
import { groupBatches, groupSizes, taskOfSeries } from './group-batches.ts';
import { taskBatch } from './task-windows.ts';

beforeAll(async () => setDefaultDevice(await openDevice('wasm', { threads: 1 })));

const noise = (seed: number, length: number): Float64Array => {
  const rng = rngFromKey(keyFromSeed(seed));
  return Float64Array.from({ length }, () => rng.nextU32() / 2 ** 32);
};

describe('groupSizes', () => {
  property(
    'fill the rows, none larger than is allowed',
    fc.tuple(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 6 }), fc.nat()),
    ([rows, most, seed]) => {
      const sizes = groupSizes(rngFromKey(keyFromSeed(seed)), rows, most);
      expect(sizes.reduce((a, b) => a + b, 0)).toBe(rows);
      for (const size of sizes) expect(size >= 1 && size <= most).toBe(true);
    },
  );
});

describe('taskOfSeries', () => {
  it('has every mixture of targets and covariates, known in the future or not', () => {
    const series = [1, 2, 3].map((seed) => noise(seed, 10));
    const kinds = Array.from({ length: 200 }, (_, seed) => {
      const task = taskOfSeries(rngFromKey(keyFromSeed(seed)), series);
      const { pastCovariates = {}, futureCovariates = {} } = task;
      const targets = targetsOf(task);
      expect(targets.length + Object.keys(pastCovariates).length).toBe(3);
      expect([...targets, ...Object.values(pastCovariates)].map((values) => Array.from(values as number[]))).toEqual(
        series.map((values) => Array.from(values)),
      );
      return `${targets.length} ${Object.keys(futureCovariates).length}`;
    });
    expect([...new Set(kinds)].sort()).toEqual(['1 0', '1 1', '1 2', '2 0', '2 1', '3 0']);
  });
});

describe('groupBatches', () => {
  const sources = [{ weight: 1, draw: () => noise(1, 60) }];
  const batches = (distinct?: number) =>
    groupBatches(keyFromSeed(2), sources, tinyChronos2, {
      batch: 9,
      minPast: 8,
      ...(distinct === undefined ? {} : { distinct }),
    });

  it('has as many rows at every step, and one or two future patches', async () => {
    const lengths = new Set<number>();
    for (let step = 0; step < 12; step++) {
      const { context, future, target, observed, groups } = batches()(step);
      expect([context.shape, target.shape[0], observed.shape]).toEqual([[9, 8, 12], 9, target.shape]);
      expect(future.shape[1] * 4).toBe(target.shape[1]);
      lengths.add(target.shape[1]);
      const ids = [...(await groups.data())];
      // groups are runs of rows, numbered from 0
      expect(ids).toEqual([...ids].sort((a, b) => a - b));
      expect(ids[0]).toBe(0);
    }
    expect([...lengths].sort()).toEqual([4, 8]);
  });

  it.each([undefined, 4])('is the same for the same step, whatever came before (%s distinct)', async (distinct) => {
    const [one, two] = [batches(distinct), batches(distinct)];
    const dataOf = async (make: typeof one, step: number): Promise<number[]> => [...(await make(step).context.data())];
    const forwards = [await dataOf(one, 0), await dataOf(one, 1)];
    expect([await dataOf(two, 1), await dataOf(two, 0)].reverse()).toEqual(forwards);
    expect(forwards[0]).not.toEqual(forwards[1]);
  });

  it('refuses groups of no rows', () => {
    expect(() => groupBatches(keyFromSeed(1), sources, tinyChronos2, { batch: 2, mostRows: 0 })).toThrow(
      'mostRows is 0',
    );
  });
});

describe('taskBatch', () => {
  it('learns targets alone, where both their past and their future say something', async () => {
    const future = [5, NaN, 6, 7];
    const windows = [
      {
        task: {
          target: [
            [1, 2, 3, 4],
            [NaN, NaN, NaN, NaN],
          ],
          pastCovariates: { a: [1, 2, 3, 5] },
          futureCovariates: { a: [1, 2, 3, 4] },
        },
        futures: [future, future],
      },
    ];
    const batch = taskBatch(windows, tinyChronos2, { horizon: 4, patches: 1 });
    expect([...(await batch.observed.data())]).toEqual([1, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
    // asinh of (y − 2.5)/√1.25
    const expected = [5, 2.5, 6, 7].map((y) => Math.asinh((y - 2.5) / Math.sqrt(1.25)));
    [...(await batch.target.data()).slice(0, 4)].forEach((value, step) => {
      expect(value).toBeCloseTo(expected[step], 5);
    });
  });
});
