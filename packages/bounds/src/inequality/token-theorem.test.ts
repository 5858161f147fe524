import { describe, expect, it } from 'vitest';
import { nats } from '../base/units.ts';
import { lossRange, smoothedLoss } from '../risk/smoothing.ts';
import { catoniTokenBound } from './catoni-token-bound.ts';
import { betCost, defaultBets, freedmanBound } from './freedman-bound.ts';
import { tokenBound } from './token-bound.ts';

const length = 10;
const smoothing = { vocabulary: 2, weight: 0.05 };
const { low, high, width } = lossRange(smoothing);

/** P(next = 1 | last), of a source with memory; the first token is even. */
const source = (last: number | undefined): number => (last === undefined ? 0.5 : last === 1 ? 0.8 : 0.3);

/** Eight predictors of P(next = 1 | what came before). */
const predictors: readonly ((before: readonly number[]) => number)[] = [
  () => 0.5,
  () => 1,
  () => 0,
  (before) => source(before.at(-1)),
  (before) => (before.at(-1) === 1 ? 1 : 0),
  (before) => (before.at(-1) === 1 ? 0 : 1),
  (before) => (before.reduce((a, b) => a + b, 0) + 1) / (before.length + 2),
  (before) => (before.length % 2 === 0 ? 0.9 : 0.1),
];

/** What one predictor does on one sequence. */
interface Outcome {
  readonly empirical: number;
  readonly risk: number;
  readonly bets: readonly { readonly bet: number; readonly meanCost: number }[];
}

function outcomeOf(sequence: readonly number[], predict: (before: readonly number[]) => number): Outcome {
  let [empirical, risk] = [0, 0];
  let center = (low + high) / 2;
  const costs = defaultBets.map(() => 0);
  for (let i = 0; i < length; i++) {
    const before = sequence.slice(0, i);
    const p = predict(before);
    const q = source(before.at(-1));
    const loss = (token: number): number => smoothedLoss(nats(Math.log(token === 1 ? p : 1 - p)), smoothing);
    const seen = loss(sequence[i]);
    defaultBets.forEach((bet, b) => {
      costs[b] += betCost((bet * (center - seen)) / width) / length;
    });
    empirical += seen / length;
    risk += (q * loss(1) + (1 - q) * loss(0)) / length;
    center = (empirical * length) / (i + 1);
  }
  return { empirical, risk, bets: defaultBets.map((bet, b) => ({ bet, meanCost: costs[b] })) };
}

/** Every sequence of ten bits with its probability and the outcomes of the predictors. */
const all = Array.from({ length: 2 ** length }, (_, code) => {
  const sequence = Array.from({ length }, (_, i) => (code >> i) & 1);
  const probability = sequence.reduce((product, token, i) => {
    const q = source(i === 0 ? undefined : sequence[i - 1]);
    return product * (token === 1 ? q : 1 - q);
  }, 1);
  return { probability, outcomes: predictors.map((predict) => outcomeOf(sequence, predict)) };
});

type Rule = (outcome: Outcome, complexity: number, delta: number) => number;
const rules: Readonly<Record<string, Rule>> = {
  azuma: ({ empirical }, k, delta) =>
    tokenBound({ risk: empirical, range: width, complexity: nats(k), count: length, failureProbability: delta }).value,
  catoni: ({ empirical }, k, delta) =>
    catoniTokenBound({
      risk: empirical,
      range: width,
      low,
      complexity: nats(k),
      count: length,
      failureProbability: delta,
      grid: { count: 8 },
    }).value,
  freedman: ({ empirical, bets }, k, delta) =>
    freedmanBound({
      risk: empirical,
      range: width,
      complexity: nats(k),
      count: length,
      failureProbability: delta,
      bets,
    }).value,
};

/** The exact probability that some predictor's risk exceeds its bound. */
const violated = (rule: Rule, prior: readonly number[], delta: number): number =>
  all.reduce(
    (total, { probability, outcomes }) =>
      outcomes.some((outcome, h) => outcome.risk > rule(outcome, -Math.log(prior[h]), delta) + 1e-12)
        ? total + probability
        : total,
    0,
  );

const priors = {
  even: predictors.map(() => 1 / 8),
  uneven: [0.9, 0.04, 0.02, 0.01, 0.01, 0.01, 0.005, 0.005],
};

describe('the token theorem on all 1024 sequences of ten bits', () => {
  it('covers all of the probability', () => {
    expect(all.reduce((total, { probability }) => total + probability, 0)).toBeCloseTo(1, 12);
  });

  for (const [name, rule] of Object.entries(rules)) {
    it.each(Object.entries(priors))(`${name} fails with at most its probability under an %s prior`, (_prior, prior) => {
      for (const delta of [0.5, 0.2, 0.05]) expect(violated(rule, prior, delta)).toBeLessThanOrEqual(delta);
    });
  }

  it('would catch a bound that leaves the root out, or divides by 32 n', () => {
    expect(violated(({ empirical }) => empirical, priors.even, 0.5)).toBeGreaterThan(0.5);
    const loose: Rule = (outcome, k, delta) =>
      outcome.empirical + (rules['azuma']?.(outcome, k, delta) ?? 0) / 4 - outcome.empirical / 4;
    expect(violated(loose, priors.even, 0.5)).toBeGreaterThan(0.5);
  });
});

describe("Hoeffding's lemma on two points", () => {
  it('holds with equality at second order', () => {
    for (const p of [0.1, 0.5, 0.9]) {
      for (const lambda of [-3, -0.5, 0.001, 0.7, 4]) {
        // D = 1 − p with probability p and −p otherwise: range 1, mean 0
        const moment = p * Math.exp(lambda * (1 - p)) + (1 - p) * Math.exp(-lambda * p);
        expect(moment).toBeLessThanOrEqual(Math.exp(lambda ** 2 / 8) + 1e-15);
      }
    }
    const tiny = 1e-3;
    expect((0.5 * Math.exp(tiny / 2) + 0.5 * Math.exp(-tiny / 2) - 1) / (tiny ** 2 / 8)).toBeCloseTo(1, 4);
  });
});
