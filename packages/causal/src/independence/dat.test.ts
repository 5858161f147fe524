import { keyFromSeed, normal, rngFromKey, uniform } from '@einlab/numerics';
import { property } from '@einlab/testkit';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Table, tableFromRows } from '../data/table.ts';
import { drawWeights, populationCovariance } from '../simulate/linear.ts';
import { dagOfSize } from '../testing/any-dag.test-helper.ts';
import { datLinear, softPartialCorrelation } from './dat-linear.ts';
import type { DatOutcome } from './dat-options.ts';
import { type DatTestResult, datTest } from './dat-test.ts';
import { decide } from './decision.ts';
import { partialCorrelation } from './fisher-z.ts';
import { longTailedNoise } from './long-tailed-noise.ts';

/** Correlations of a random linear model. */
const correlations = (size: number): fc.Arbitrary<Float64Array> =>
  fc.tuple(dagOfSize(size), fc.nat(10_000)).map(([graph, seed]) => {
    const covariance = populationCovariance(drawWeights(keyFromSeed(seed), graph, 0.5, 1.5), size);
    return covariance.map(
      (value, at) =>
        value / Math.sqrt(covariance[Math.floor(at / size) * (size + 1)] * covariance[(at % size) * (size + 1)]),
    );
  });

const gates = fc
  .array(fc.double({ min: 0.05, max: 0.95, noNaN: true }), { minLength: 3, maxLength: 3 })
  .map((values) => Float64Array.from(values));

describe('the closed form', () => {
  property(
    'at ψ of a set is the partial correlation given the set',
    fc.tuple(correlations(5), fc.nat(7)),
    ([r, code]) => {
      const psi = Float64Array.from({ length: 3 }, (_, i) => (code >> i) & 1);
      const set = [2, 3, 4].filter((_, i) => psi[i] === 1);
      expect(
        Math.abs(softPartialCorrelation(r, 5, 0, 1, [2, 3, 4], psi).rho - partialCorrelation(r, 5, 0, 1, set)),
      ).toBeLessThan(1e-7);
    },
  );

  property('has the slope of finite differences', fc.tuple(correlations(5), gates), ([r, psi]) => {
    const { slope } = softPartialCorrelation(r, 5, 0, 1, [2, 3, 4], psi);
    slope.forEach((value, m) => {
      const at = (step: number): number =>
        softPartialCorrelation(
          r,
          5,
          0,
          1,
          [2, 3, 4],
          psi.map((each, i) => each + (i === m ? step : 0)),
        ).rho;
      const numeric = (at(1e-5) - at(-1e-5)) / 2e-5;
      if (!(Math.abs(value - numeric) < 1e-5 * (1 + Math.abs(value))))
        throw new Error(`slope ${m}: ${value} against ${numeric}`);
    });
    expect(slope).toHaveLength(3);
  });

  it('agrees with regression on noised variables, drawn', () => {
    const rng = rngFromKey(keyFromSeed(3));
    const n = 40_000;
    const psi = 0.6;
    const [x, y, z] = [new Float64Array(n), new Float64Array(n), new Float64Array(n)];
    for (let i = 0; i < n; i++) {
      z[i] = normal(rng);
      x[i] = 0.8 * z[i] + 0.6 * normal(rng);
      y[i] = 0.6 * z[i] + 0.8 * normal(rng);
    }
    const noised = z.map((value) => psi * value + (1 - psi) * normal(rng));
    const table = tableFromRows(
      ['x', 'y', 'z'],
      Float64Array.from({ length: 3 * n }, (_, at) => [x, y, noised][at % 3][Math.floor(at / 3)]),
    );
    const drawn = partialCorrelation(correlationOf(table), 3, 0, 1, [2]);
    const closed = softPartialCorrelation(
      Float64Array.of(1, 0.48, 0.8, 0.48, 1, 0.6, 0.8, 0.6, 1),
      3,
      0,
      1,
      [2],
      Float64Array.of(psi),
    ).rho;
    expect(Math.abs(drawn - closed)).toBeLessThan(0.015);
  });

  it('certifies at the rounded ψ: where signs cancel, a fractional ψ explains nothing and no set separates', () => {
    // z → x (1), z → y (1.5), x → y (−0.6), noise of variance 1
    const covariance = populationCovariance(Float64Array.of(0, -0.6, 0, 0, 0, 0, 1, 1.5, 0), 3);
    const r = covariance.map(
      (value, at) => value / Math.sqrt(covariance[Math.floor(at / 3) * 4] * covariance[(at % 3) * 4]),
    );
    const soft = Math.min(
      ...Array.from(
        { length: 99 },
        (_, i) => softPartialCorrelation(r, 3, 0, 1, [2], Float64Array.of((i + 1) / 100)).varianceExplained,
      ),
    );
    expect(soft).toBeLessThan(1e-4);
    expect(Math.abs(datLinear(r, 3, 0, 1, [2], keyFromSeed(1)).rho)).toBeGreaterThan(0.1);
  });

  it('separates a chain and leaves a collider alone', () => {
    const chain = Float64Array.of(1, 0.25, 0.5, 0.25, 1, 0.5, 0.5, 0.5, 1);
    expect(datLinear(chain, 3, 0, 1, [2], keyFromSeed(1))).toMatchObject({ set: [2] });
    const collider = Float64Array.of(1, 0, 0.5, 0, 1, 0.5, 0.5, 0.5, 1);
    expect(datLinear(collider, 3, 0, 1, [2], keyFromSeed(1))).toMatchObject({ set: [], rho: 0 });
  });
});

function correlationOf(table: Table): Float64Array {
  const d = table.columns.length;
  const mean = table.columns.map(({ values }) => values.reduce((a, b) => a + b, 0) / table.rows);
  const cov = (i: number, j: number): number =>
    table.columns[i].values.reduce(
      (sum, value, k) => sum + (value - mean[i]) * (table.columns[j].values[k] - mean[j]),
      0,
    );
  return Float64Array.from(
    { length: d * d },
    (_, at) =>
      cov(Math.floor(at / d), at % d) / Math.sqrt(cov(Math.floor(at / d), Math.floor(at / d)) * cov(at % d, at % d)),
  );
}

describe('long-tailed noise', () => {
  it('is symmetric, depends on its position alone, and has more mass far out than a Laplace with its middle', () => {
    const noise = longTailedNoise(keyFromSeed(1), 40_000);
    expect(noise.slice(0, 100)).toEqual(longTailedNoise(keyFromSeed(1), 100));
    expect(Math.abs(noise.reduce((a, b) => a + b, 0) / noise.length)).toBeLessThan(0.02);
    const beyond = (t: number): number => noise.filter((value) => Math.abs(value) > t).length / noise.length;
    expect(beyond(2.5)).toBeGreaterThan(1.1 * Math.exp(-5) * 0.9);
    expect(Math.abs(beyond(0.3) - Math.exp(-0.6))).toBeLessThan(0.01);
  });
});

describe('decisions', () => {
  const outcome = (own: readonly number[], whole: readonly number[]): DatOutcome => ({
    psi: new Float64Array(0),
    set: [],
    varianceExplained: 0,
    softVarianceExplained: 0,
    differences: Float64Array.from(own),
    trace: [],
    whole: { varianceExplained: 0, differences: Float64Array.from(whole) },
  });
  const [clear, none] = [
    [1, 1.1, 0.9, 1.05],
    [0.1, -0.1, 0.2, -0.2],
  ];

  it('take the smaller of two certificates, and say which', () => {
    const decision = { kind: 'standardized', above: 2 } as const;
    expect(decide([outcome(clear, clear)], decision).isAdjacent).toBe(true);
    expect(decide([outcome(clear, none)], decision)).toMatchObject({ isAdjacent: false, at: 'whole', strength: 0 });
    expect(decide([outcome(none, clear)], decision)).toMatchObject({ isAdjacent: false, at: 'set', strength: 0 });
  });

  it('add the logarithm of the importance, with its weight and down to a limit', () => {
    const decision = { kind: 'standardized', above: 2, weight: 2 } as const;
    const of = (importance?: number): number => decide([outcome(none, clear)], decision, importance).evidence;
    expect(of()).toBe(0);
    expect(of(Math.E)).toBeCloseTo(2, 12);
    expect(of(1e-9)).toBe(of(0.01));
    expect(decide([outcome(none, clear)], decision, 3).isAdjacent).toBe(true);
    expect(decide([outcome(none, clear)], decision, 2).isAdjacent).toBe(false);
  });
});

/** Rows of x, z, y from three noises. */
function triple(
  seed: number,
  make: (a: number, b: number, c: number, u: number) => readonly [number, number, number],
): Table {
  const rng = rngFromKey(keyFromSeed(seed));
  const n = 6000;
  const values = new Float64Array(3 * n);
  for (let i = 0; i < n; i++) values.set(make(normal(rng), normal(rng), normal(rng), uniform(rng)), 3 * i);
  return tableFromRows(['x', 'z', 'y'], values);
}

const run = (table: Table): Promise<DatTestResult> =>
  datTest(table, 'x', 'y', ['z'], { key: keyFromSeed(1), hidden: 16, gameSteps: 600, refitSteps: 500, rate: 6e-3 });

const chain = triple(1, (a, b, c) => {
  const z = a + 0.7 * b;
  return [a, z, z + 0.7 * c];
});

describe('DAT on triples', () => {
  const explained = (result: DatTestResult): number[] =>
    result.directions.map(({ varianceExplained }) => varianceExplained);
  let first: DatTestResult;
  beforeAll(async () => {
    first = await run(chain);
  }, 60_000);

  it('chain x → z → y: not adjacent, z separates', () => {
    expect(first.isAdjacent).toBe(false);
    expect(first.separatingSet).toEqual(['z']);
    expect(first.psi['z']).toBeGreaterThan(0.5);
    for (const value of explained(first)) expect(Math.abs(value)).toBeLessThan(0.01);
    expect(first.trace[0].length).toBeGreaterThan(5);
  });

  it('the same key gives the same numbers', async () => {
    expect(await run(chain)).toEqual(first);
  });

  it('a change of units and signs changes next to nothing', async () => {
    const moved = await run({
      ...chain,
      columns: chain.columns.map((column) => ({ ...column, values: column.values.map((value) => 5 - 20 * value) })),
    });
    expect(moved.isAdjacent).toBe(false);
    for (const value of explained(moved)) expect(Math.abs(value)).toBeLessThan(0.01);
  });

  it('fork x ← z → y: not adjacent', async () => {
    const result = await run(triple(2, (a, b, c) => [a + 0.7 * b, a, Math.tanh(2 * a) + 0.7 * c]));
    expect(result.isAdjacent).toBe(false);
    expect(result.psi['z']).toBeGreaterThan(0.5);
  });

  it('collider x → z ← y: not adjacent, z does not belong to the set', async () => {
    const result = await run(triple(3, (a, b, c) => [a, a + b + 0.5 * c, b]));
    expect(result.isAdjacent).toBe(false);
    expect(result.psi['z']).toBeLessThan(0.5);
    expect(result.separatingSet).toEqual([]);
  });

  it('an edge x → y beside a fork is found', async () => {
    const result = await run(triple(4, (a, b, c) => [a + 0.7 * b, a, a + 0.8 * (a + 0.7 * b) + 0.7 * c]));
    expect(result.isAdjacent).toBe(true);
    for (const value of explained(result)) expect(value).toBeGreaterThan(0.05);
  });

  it('y = x · sign, of which a linear test sees nothing, is found by its variance', async () => {
    const table = triple(5, (a, b, c, u) => [a, b, (u < 0.5 ? -1 : 1) * a + 0.1 * c]);
    expect(Math.abs(correlationOf(table)[2])).toBeLessThan(0.06);
    expect((await run(table)).isAdjacent).toBe(true);
  });

  it('z → x, z → y, x → y with signs that cancel: the certificate at the rounded ψ finds the edge', async () => {
    const result = await run(
      triple(6, (a, b, c) => {
        const x = a + b;
        return [x, a, 1.5 * a - 0.6 * x + c];
      }),
    );
    expect(result.isAdjacent).toBe(true);
    expect(Math.max(...explained(result))).toBeGreaterThan(0.015);
  });

  it('decides by permutation and by bootstrap as well', async () => {
    const options = { key: keyFromSeed(2), hidden: 8, gameSteps: 200, refitSteps: 150, rate: 5e-3 };
    const edge = triple(7, (a, b, c) => [a, b, a + 0.5 * c]);
    const found = await datTest(edge, 'x', 'y', ['z'], {
      ...options,
      permutations: 19,
      decision: { kind: 'permutation', level: 0.05 },
    });
    expect(found).toMatchObject({ isAdjacent: true, pValue: 0.05 });
    const none = await datTest(
      triple(8, (a, b, c) => [a, b, c]),
      'x',
      'y',
      ['z'],
      { ...options, permutations: 19, decision: { kind: 'permutation', level: 0.05 } },
    );
    expect(none.isAdjacent).toBe(false);
    expect(
      (await datTest(edge, 'x', 'y', ['z'], { ...options, decision: { kind: 'bootstrap', confidence: 0.95 } }))
        .isAdjacent,
    ).toBe(true);
    expect(
      (await datTest(edge, 'x', 'y', ['z'], { ...options, decision: { kind: 'threshold', above: 1e-3 } })).isAdjacent,
    ).toBe(true);
  });

  it('refuses what it cannot test', async () => {
    const key = keyFromSeed(1);
    await expect(datTest(chain, 'x', 'w', [], { key })).rejects.toThrow('there is no column "w"');
    await expect(datTest(chain, 'x', 'y', ['x'], { key })).rejects.toThrow('must be different variables');
    await expect(datTest(chain, 'x', 'y', [], { key, hidden: 0 })).rejects.toThrow('hidden is 0');
    await expect(datTest(tableFromRows(['x', 'y'], new Float64Array(40)), 'x', 'y', [], { key })).rejects.toThrow(
      'expected at least 20 each',
    );
    const stop = new AbortController();
    stop.abort();
    await expect(datTest(chain, 'x', 'y', ['z'], { key, signal: stop.signal })).rejects.toThrow(
      'stopped by its signal',
    );
  });
});
