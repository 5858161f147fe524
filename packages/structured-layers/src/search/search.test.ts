import { EinlabError } from '@einlab/einsum-core';
import { keyFromSeed, rngFromKey } from '@einlab/numerics';
import { describe, expect, it } from 'vitest';
import { formatTheta, parseTheta } from '../einsum/theta.ts';
import { taxonomy } from '../taxonomy.ts';
import { denseCandidate, gridCandidates, randomCandidates, refinedCandidates } from './candidates.ts';
import { halvingRungs, type SearchOptions, search } from './search.ts';
import type { SearchRun } from './search-run.ts';

const rngOf = (seed: number) => rngFromKey(keyFromSeed(seed));

/** Losses of a law, shifted by what each candidate is worth; candidates are called by their worth. */
const worldOf =
  (asked: SearchRun[], stopAfter = Infinity): SearchOptions['train'] =>
  async (runs, onResult) => {
    for (const run of runs) {
      if (asked.length >= stopAfter) return false;
      asked.push(run);
      const macs = run.width ** 2;
      const compute = macs * run.steps;
      const shift = run.candidate === 'dense' ? 0 : Number(run.candidate);
      onResult({ ...run, macs, compute, loss: 3 * compute ** -0.1 * Math.exp(shift + 0.001 * run.seed) });
    }
    return true;
  };

const candidates = [
  denseCandidate,
  ...[0.3, -0.2, 0.1, -0.1, 0.2, 0.05, 0.4, 0.5, 0.6].map((worth) => ({ name: String(worth) })),
];
const options = { candidates, rungs: halvingRungs(9, 90), widths: () => [16, 32], seeds: [0, 1] };

describe('search', () => {
  it('gives more steps to better candidates, and ranks them', async () => {
    const asked: SearchRun[] = [];
    const { ranking, isComplete } = await search({ ...options, train: worldOf(asked) });
    expect(isComplete).toBe(true);
    expect(options.rungs).toEqual([
      { steps: 10, candidates: 9 },
      { steps: 30, candidates: 3 },
      { steps: 90, candidates: 1 },
    ]);
    expect(ranking.slice(0, 4).map(({ candidate, rung }) => [candidate.name, rung])).toEqual([
      ['-0.2', 2],
      ['dense', 2],
      ['-0.1', 1],
      ['0.05', 1],
    ]);
    for (const { candidate, gap } of ranking) {
      if (candidate.name !== 'dense') expect(gap).toBeCloseTo(Number(candidate.name), 6);
    }
    // 2 widths · 2 seeds · (10 + 4 + 2 candidates, the baseline included)
    expect(asked).toHaveLength(4 * (10 + 4 + 2));
  });

  it('stopped within a later rung, it ranks there only whoever has all runs of it, and the baseline with them', async () => {
    // the first rung takes 40 runs; dense and -0.2 have four each of the second
    const standing = async (runs: number) =>
      (await search({ ...options, train: worldOf([], runs) })).ranking.map(
        ({ candidate, rung }) => `${candidate.name} ${rung}`,
      );
    const first = ['-0.2 0', '-0.1 0', 'dense 0', '0.05 0'];
    for (const runs of [40, 42, 44, 47]) expect((await standing(runs)).slice(0, 4)).toEqual(first);
    expect((await standing(48)).slice(0, 4)).toEqual(['-0.2 1', 'dense 1', '-0.1 0', '0.05 0']);
    expect(await standing(48)).toHaveLength(10);
  });

  it('stopped and started again with what it has, it asks for the rest and ends as if it had not been stopped', async () => {
    const [first, second, whole]: [SearchRun[], SearchRun[], SearchRun[]] = [[], [], []];
    const unbroken = await search({ ...options, train: worldOf(whole) });
    const stopped = await search({ ...options, train: worldOf(first, 23) });
    expect(stopped.isComplete).toBe(false);
    expect(stopped.ranking.length).toBeGreaterThan(3);
    const resumed = await search({ ...options, known: stopped.results, train: worldOf(second) });
    expect(resumed.ranking).toEqual(unbroken.ranking);
    expect([...first, ...second]).toEqual(whole);
  });

  it('lets proposed candidates catch up with the first rung, and win', async () => {
    const asked: SearchRun[] = [];
    const { ranking } = await search({
      ...options,
      train: worldOf(asked),
      propose: (best) => {
        expect(best.map(({ name }) => name)).toEqual(['-0.2', '-0.1', '0.05']);
        return [{ name: '-0.4' }, { name: '0.3' }];
      },
    });
    expect(ranking[0]?.candidate.name).toBe('-0.4');
  });

  it.each<[string, Partial<SearchOptions>, string]>([
    ['no others', { candidates: [denseCandidate] }, 'search: 1 candidates; expected a baseline and at least one other'],
    ['no rungs', { rungs: [] }, 'search: no rungs; expected at least one'],
    ['no seeds', { seeds: [] }, 'search: no seeds; expected at least one'],
    ['no steps', { rungs: [{ steps: 0, candidates: 1 }] }, 'search: a rung has 0 steps; expected a whole number ≥ 1'],
    ['one name twice', { candidates: [denseCandidate, { name: 'a' }, { name: 'a' }] }, 'two candidates are called a'],
  ])('refuses %s', async (_, changes, message) => {
    const failing = search({ ...options, train: worldOf([]), ...changes });
    await expect(failing).rejects.toThrow(EinlabError);
    await expect(failing).rejects.toThrow(message);
  });
});

describe('candidates', () => {
  it('the grid has the 23 published points', () => {
    expect(gridCandidates()).toHaveLength(23);
  });

  it('random points are canonical, within the limits, written and read without loss, and the same for the same seed', () => {
    const limits = { maxOmega: 0, minPsi: 1, maxNu: 0.7 };
    const points = randomCandidates(40, rngOf(1), limits);
    expect(new Set(points.map(({ name }) => name)).size).toBe(40);
    for (const { name, theta } of points) {
      const { omega, psi, nu } = taxonomy(parseTheta(name));
      expect([omega <= 1e-9, psi, nu <= 0.7 + 1e-9]).toEqual([true, 1, true]);
      expect(formatTheta(theta ?? parseTheta(name))).toBe(name);
    }
    expect(randomCandidates(40, rngOf(1), limits)).toEqual(points);
    expect(randomCandidates(40, rngOf(2), limits)).not.toEqual(points);
  });

  it('refined points stay near, and leave unused axes unused', () => {
    const start = parseTheta('1/2|0|1/2|0|1/2|1/2|0');
    for (const { theta } of refinedCandidates([start], 20, rngOf(3), { minPsi: 0.8 })) {
      expect([theta?.beta, theta?.delta]).toEqual([0, 0]);
      expect(Math.abs((theta?.alpha ?? 0) - 0.5)).toBeLessThan(0.4);
    }
  });

  it('says when limits leave nothing', () => {
    expect(() => randomCandidates(5, rngOf(1), { maxNu: 0.01, minPsi: 1 })).toThrow(
      'points were found within {"maxNu":0.01,"minPsi":1}; expected limits that leave more of the space',
    );
  });
});
