import { property } from '@einlab/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bits, nats } from '../base/units.ts';
import { complexityNats } from '../complexity/prior.ts';
import { lossRange } from '../risk/smoothing.ts';
import { catoniTokenBound, temperatures } from './catoni-token-bound.ts';
import { empiricalBernstein } from './empirical-bernstein.ts';
import { betCost, defaultBets, freedmanBound } from './freedman-bound.ts';
import { tokenBound, topKBound } from './token-bound.ts';

const n = 1.218e12;
const complexityOf = (megabytes: number): ReturnType<typeof nats> =>
  complexityNats(bits(megabytes * 8e6), { prior: 'paper', selection: bits(2) });

describe('catoniTokenBound', () => {
  it.each([
    ['7B 2b', 1895, 2.871, 0.1, 1.191, 0.921],
    ['70B 2b', 16660, 2.712, 0.25, 3.223, 2.761],
    ['70B 4b', 32930, 2.593, 0.25, 4.531, 4.062],
  ])('lowers the complexity of LLaMA2 %s as computed elsewhere', (_name, megabytes, risk, weight, azuma, catoni) => {
    const { low, width } = lossRange({ vocabulary: 32000, weight });
    const input = { risk, range: width, complexity: complexityOf(megabytes), count: n };
    expect(tokenBound(input).terms.complexity).toBeCloseTo(azuma, 2);
    expect(Math.abs(catoniTokenBound({ ...input, low }).terms.complexity - catoni)).toBeLessThan(0.02);
  });

  it.each([
    ['7B 2b', 1895, 11.6, 8.4],
    ['70B 2b', 16660, 24.5, 18.0],
  ])('certifies an error of 5 %% at LLaMA2 %s better', (_name, megabytes, azuma, catoni) => {
    const input = { risk: 0.05, complexity: complexityOf(megabytes), count: n };
    expect(100 * topKBound(input).value).toBeCloseTo(azuma, 0);
    expect(Math.abs(100 * catoniTokenBound({ ...input, range: 1 }).value - catoni)).toBeLessThan(0.15);
  });

  property(
    'grows with risk, complexity and confidence, shrinks with n, and never leaves the range',
    fc.record({
      risk: fc.double({ min: 0, max: 1, noNaN: true }),
      k: fc.double({ min: 0, max: 1e5, noNaN: true }),
      count: fc.integer({ min: 10, max: 1e8 }),
    }),
    ({ risk, k, count }) => {
      const at = (r: number, cost: number, points: number): number =>
        catoniTokenBound({ risk: r, range: 1, complexity: nats(cost), count: points }).value;
      const value = at(risk, k, count);
      expect(value).toBeLessThanOrEqual(1);
      expect(value).toBeGreaterThanOrEqual(risk - 1e-12);
      expect(at(Math.min(1, risk + 0.1), k, count)).toBeGreaterThanOrEqual(value - 1e-12);
      expect(at(risk, k + 5, count)).toBeGreaterThanOrEqual(value - 1e-12);
      expect(at(risk, k, 2 * count)).toBeLessThanOrEqual(value + 1e-12);
    },
  );

  it('pays for its temperatures, and names a risk outside the range', () => {
    expect(temperatures({ low: 1, high: 100, count: 3 })).toEqual([1, expect.closeTo(10, 10), expect.closeTo(100, 10)]);
    const one = catoniTokenBound({
      risk: 0.1,
      range: 1,
      complexity: nats(9),
      count: 100,
      grid: { low: 1, high: 1, count: 1 },
    }).value;
    const twice = catoniTokenBound({
      risk: 0.1,
      range: 1,
      complexity: nats(9),
      count: 100,
      grid: { low: 1, high: 1, count: 2 },
    }).value;
    expect(twice).toBeGreaterThan(one);
    expect(() => catoniTokenBound({ risk: 2, range: 1, complexity: nats(1), count: 5 })).toThrow(
      'risk is 2; expected a number in [0, 1]',
    );
    expect(() => temperatures({ count: 0 })).toThrow('count is 0');
  });
});

describe('freedmanBound', () => {
  const flat = (meanCost: number): { bet: number; meanCost: number }[] => defaultBets.map((bet) => ({ bet, meanCost }));

  it('is (Δ/s)·𝒞 at the largest bet where every loss meets its center', () => {
    const { terms } = freedmanBound({ risk: 1, range: 6, complexity: nats(40), count: 500, bets: flat(0) });
    const cost = (40 + Math.log(8) + Math.log(20)) / 500;
    expect(terms.complexity).toBeCloseTo((6 / 0.9) * cost, 12);
  });

  it('is below Azuma where losses vary little, and not where they vary much', () => {
    const gap = (deviation: number): number => {
      const bets = defaultBets.map((bet) => ({
        bet,
        meanCost: (betCost(bet * deviation) + betCost(-bet * deviation)) / 2,
      }));
      return freedmanBound({ risk: 0, range: 1, complexity: nats(500), count: 1e5, bets }).value;
    };
    const azuma = tokenBound({ risk: 0, range: 1, complexity: nats(500), count: 1e5 }).value;
    expect(gap(0.05)).toBeLessThan(0.6 * azuma);
    expect(gap(0.9)).toBeGreaterThan(azuma);
  });

  property(
    'bets cost nothing at 0 and never less',
    fc.double({ min: -0.999, max: 5, noNaN: true }),
    (x) => betCost(x) >= -1e-16,
  );

  it('names what is wrong', () => {
    const input = { risk: 1, range: 6, complexity: nats(4), count: 50 };
    expect(() => freedmanBound({ ...input, bets: [] })).toThrow('the number of bets is 0');
    expect(() => freedmanBound({ ...input, bets: [{ bet: 1, meanCost: 0 }] })).toThrow(
      'a bet is 1; expected a number in (0, 1)',
    );
    expect(() => freedmanBound({ ...input, bets: [{ bet: 0.5, meanCost: Number.NaN }] })).toThrow(
      'the mean cost of bet 0.5 is NaN',
    );
  });
});

describe('empiricalBernstein', () => {
  it('is the formula, and beats Hoeffding where losses vary little', () => {
    const value = empiricalBernstein({ variance: 0.25, range: 1, size: 101, failureProbability: 0.05 });
    expect(value).toBeCloseTo(Math.sqrt((0.5 * Math.log(40)) / 101) + (7 * Math.log(40)) / 300, 14);
    const small = empiricalBernstein({ variance: 0.001, range: 1, size: 10_000, failureProbability: 0.05 });
    expect(small).toBeLessThan(Math.sqrt(Math.log(20) / 20_000));
    expect(() => empiricalBernstein({ variance: 1, range: 1, size: 1, failureProbability: 0.05 })).toThrow('size is 1');
  });
});
