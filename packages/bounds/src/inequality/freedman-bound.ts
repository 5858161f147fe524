import { assertCount, assertFailure, optionFailure } from '../base/check.ts';
import type { Nats } from '../base/units.ts';
import { type Bound, priorAssumption } from './bound.ts';

/** v(x) = x − ln(1 + x) ≥ 0, for x > −1: what a bet on a deviation x costs. */
export const betCost = (x: number): number => x - Math.log1p(x);

/** The bets s that are tried by default, fixed before any data. */
export const defaultBets: readonly number[] = [0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9];

/** What the variance-adaptive bound is computed from. */
export interface FreedmanInput {
  /** The empirical risk over all points, in the unit of the range. */
  readonly risk: number;
  /** Δ: every loss exceeds its center by at most this. */
  readonly range: number;
  readonly complexity: Nats;
  readonly count: number;
  readonly failureProbability?: number;
  /** The bets s in (0, 1) and for each the mean of v(s·A_i) over the points, A_i = (center_i − loss_i)/Δ. */
  readonly bets: readonly { readonly bet: number; readonly meanCost: number }[];
}

/**
 * The empirical Freedman bound. With a center for each loss that depends only on what came before it, A_i = (center_i − loss_i)/Δ ≥ −1,
 *
 *   R ≤ R̂ + min over s of (Δ/s)·((K + ln |S| + ln 1/δ)/n + mean of v(s·A_i)),   v(x) = x − ln(1 + x)
 *
 * since Π(1 + s·A_i)·e^(−s·ΣE[A_i]) is a supermartingale. Adapts to how much the losses vary around their centers; the order of the tokens matters.
 *
 * @throws {EinlabError} `option`
 * @see Finzi et al. 2025, "Compute-Optimal LLMs Provably Generalize Better with Scale" (arXiv 2504.15208); Freedman 1975
 */
export function freedmanBound(input: FreedmanInput): Bound {
  const { risk, range, complexity, count, failureProbability = 0.05, bets } = input;
  assertCount('freedmanBound', 'count', count);
  assertFailure('freedmanBound', failureProbability);
  if (!(range > 0 && Number.isFinite(range)))
    throw optionFailure('freedmanBound', 'range', range, 'a finite number > 0');
  if (!(complexity >= 0 && Number.isFinite(complexity)))
    throw optionFailure('freedmanBound', 'complexity in nats', complexity, 'a finite number ≥ 0');
  if (!Number.isFinite(risk)) throw optionFailure('freedmanBound', 'risk', risk, 'a finite number');
  if (bets.length === 0) throw optionFailure('freedmanBound', 'the number of bets', 0, 'at least one');
  const cost = (complexity + Math.log(bets.length) - Math.log(failureProbability)) / count;
  let gap = Infinity;
  for (const { bet, meanCost } of bets) {
    if (!(bet > 0 && bet < 1)) throw optionFailure('freedmanBound', 'a bet', bet, 'a number in (0, 1)');
    if (!(meanCost >= 0)) throw optionFailure('freedmanBound', `the mean cost of bet ${bet}`, meanCost, 'a number ≥ 0');
    gap = Math.min(gap, (range / bet) * (cost + meanCost));
  }
  return {
    value: risk + gap,
    terms: { risk, complexity: gap, sampling: 0 },
    failureProbability,
    method: 'freedman',
    assumptions: [
      `each center depends only on the tokens before its own, and the ${bets.length} bets do not depend on the data; choosing among them is paid for`,
      'the losses are those of all tokens in their order',
      'the risk is that of tokens drawn anew after the contexts that are in the data; other contexts are not covered',
      priorAssumption,
    ],
  };
}
