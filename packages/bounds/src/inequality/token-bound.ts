import { optionFailure } from '../base/check.ts';
import type { Nats } from '../base/units.ts';
import { type Bound, boundOf, priorAssumption } from './bound.ts';
import { type Sample, sampleAssumptions, sampleTerms } from './sample.ts';

/** What a bound by a range is computed from. */
export interface RangeBoundInput {
  /** The empirical risk, in the unit of the range. */
  readonly risk: number;
  /** Δ, the width of the interval that each loss lies in; the root mean square where tokens have ranges of their own. */
  readonly range: number;
  /** K = ln 1/P(h), see `complexityNats`. */
  readonly complexity: Nats;
  /** n, the number of points (tokens, documents, examples) that the bound is about. */
  readonly count: number;
  /** δ; default 0.05. */
  readonly failureProbability?: number;
  /** Default `full`: the risk was measured on all points. */
  readonly sample?: Sample;
}

function rangeBound(
  where: string,
  method: 'azuma' | 'hoeffding',
  input: RangeBoundInput,
  assumptions: readonly string[],
): Bound {
  const { risk, range, complexity, count, failureProbability = 0.05, sample = { kind: 'full' } } = input;
  if (!Number.isFinite(risk)) throw optionFailure(where, 'risk', risk, 'a finite number');
  if (!(range >= 0 && Number.isFinite(range))) throw optionFailure(where, 'range', range, 'a finite number ≥ 0');
  const terms = sampleTerms(where, complexity, count, sample, failureProbability);
  return boundOf(
    method,
    { risk, complexity: range * terms.complexity, sampling: range * terms.sampling },
    failureProbability,
    [...assumptions, ...sampleAssumptions(sample), priorAssumption],
  );
}

/**
 * The token-level bound: with probability ≥ 1 − δ, for all hypotheses at once,
 *
 *   R(h) ≤ R̂(h) + Δ·√((ln 1/P(h) + ln 1/δ) / (2n))
 *
 * for any random sequence of n tokens, where R is the mean over the tokens' expected losses given what stands before each of
 * them. Nothing is assumed about independence; and nothing is said about other contexts than those of the data.
 * With a sample, the two terms of `sampleTerms`.
 *
 * @throws {EinlabError} `option`, naming what is out of range
 * @see Lotfi et al. 2024, "Unlocking Tokens as Data Points for Generalization Bounds on Larger Language Models"; Azuma 1967,
 *   Hoeffding 1963 for martingale differences in intervals of fixed width
 */
export function tokenBound(input: RangeBoundInput): Bound {
  return rangeBound('tokenBound', 'azuma', input, [
    'the ranges of the losses are constants that do not depend on the data',
    'the risk is that of tokens drawn anew after the contexts that are in the data; other contexts are not covered',
  ]);
}

/**
 * The document-level bound, the same formula with n independent documents, whose losses are means over their tokens: a statement
 * about new documents, and so a stronger one with larger numbers.
 *
 * @throws {EinlabError} `option`, naming what is out of range
 * @see Lotfi et al. 2023, "Non-Vacuous Generalization Bounds for Large Language Models"
 */
export function documentBound(input: RangeBoundInput): Bound {
  return rangeBound('documentBound', 'hoeffding', input, [
    'documents are independent and come from one distribution',
    "a document's loss is the mean over its tokens",
  ]);
}

/**
 * The bound for finitely or countably many hypotheses and independent losses in an interval of width Δ.
 *
 * @throws {EinlabError} `option`, naming what is out of range
 */
export function finiteHypothesisBound(input: RangeBoundInput): Bound {
  return rangeBound('finiteHypothesisBound', 'hoeffding', input, [
    'examples are independent and come from one distribution',
  ]);
}

/**
 * The token-level bound on a top-k error, 1 where the right token is not among the k that the model finds likeliest: a loss in
 * [0, 1], so Δ = 1 and nothing is smoothed.
 *
 * @throws {EinlabError} `option`, naming what is out of range
 */
export function topKBound(input: Omit<RangeBoundInput, 'range'>): Bound {
  if (!(input.risk >= 0 && input.risk <= 1)) throw optionFailure('topKBound', 'risk', input.risk, 'a number in [0, 1]');
  return rangeBound('topKBound', 'azuma', { ...input, range: 1 }, [
    'ties between tokens are decided by their ids',
    'the risk is that of tokens drawn anew after the contexts that are in the data; other contexts are not covered',
  ]);
}
