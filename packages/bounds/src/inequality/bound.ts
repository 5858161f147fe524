/** Which inequality gave a bound. */
export type BoundMethod = 'azuma' | 'hoeffding' | 'catoni' | 'freedman' | 'mcallester' | 'kl' | 'convexity';

/** What a bound is made of; the terms add up to its value where the inequality is a sum. */
export interface BoundTerms {
  /** What was measured. */
  readonly risk: number;
  /** What the choice of the hypothesis costs. */
  readonly complexity: number;
  /** What looking at a sample instead of everything costs. */
  readonly sampling: number;
}

/** An upper bound on a risk: a number with its parts and with what must be true for it. */
export interface Bound {
  readonly value: number;
  readonly terms: BoundTerms;
  /** Holds except with this probability. */
  readonly failureProbability: number;
  readonly method: BoundMethod;
  /** What the reader has to believe; each a sentence. */
  readonly assumptions: readonly string[];
}

/** A bound from its terms. */
export function boundOf(
  method: BoundMethod,
  terms: BoundTerms,
  failureProbability: number,
  assumptions: readonly string[],
): Bound {
  return { value: terms.risk + terms.complexity + terms.sampling, terms, failureProbability, method, assumptions };
}

/** What every bound here rests on. */
export const priorAssumption =
  'the prior, with everything that is not in the code (architecture, decoder, seeds, vocabulary), was fixed before the data were seen, and every choice made by looking at the data is paid for in bits';
