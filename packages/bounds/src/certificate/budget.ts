import { assertAtLeast, assertCount, assertFraction } from '../base/check.ts';
import { type Bits, bits } from '../base/units.ts';
import { complexityNats, type PriorForm, selectionBits } from '../complexity/prior.ts';
import { randomGuessLoss } from '../risk/random-guess.ts';
import { lossRange } from '../risk/smoothing.ts';
import { defaultWeights } from '../score/token-score.ts';

/** What a budget is asked for. */
export interface BudgetOptions {
  readonly vocabulary: number;
  /** n */
  readonly tokens: number;
  /** The model's mean loss on them in bits per token, without smoothing. */
  readonly risk: number;
  /** The bound must be below this; default the loss of guessing, log₂ V. */
  readonly target?: number;
  readonly failureProbability?: number;
  readonly weights?: readonly number[];
  readonly prior?: PriorForm;
  readonly trialBits?: number;
}

/** The largest code that is still good enough. */
export interface Budget {
  /** Whole bits; 0 where no code is small enough. */
  readonly codeBits: Bits;
  /** The smoothing weight that allows it. */
  readonly weight: number;
  /** c = √((K + ln 1/δ)/(2n)) at which the target is met. */
  readonly root: number;
}

/**
 * The largest model that still has a bound below the target: R̂_α + Δ(α)·√((K + ln 1/δ)/(2n)) < target, inverted for the length of the code, at the best
 * of the smoothing weights, whose choice is paid for. Smoothing costs at most −log₂(1 − α) per token.
 *
 * @throws {EinlabError} `option`
 */
export function budget(options: BudgetOptions): Budget {
  const {
    vocabulary,
    tokens,
    risk,
    failureProbability = 0.05,
    weights = defaultWeights,
    prior = 'kraft',
    trialBits = 0,
  } = options;
  const { target = randomGuessLoss(vocabulary) } = options;
  assertCount('budget', 'tokens', tokens);
  assertAtLeast('budget', 'risk', risk, 0);
  assertFraction('budget', 'failureProbability', failureProbability);
  const selection = bits(trialBits + selectionBits(weights.length));
  let best: Budget = { codeBits: bits(0), weight: weights[0], root: 0 };
  for (const weight of weights) {
    const smoothed = risk - Math.log2(1 - weight);
    const root = (target - smoothed) / lossRange({ vocabulary, weight }).width;
    if (!(root > 0)) continue;
    const nats = 2 * tokens * root ** 2 + Math.log(failureProbability);
    const codeBits = largestCode((code) => complexityNats(bits(code), { prior, selection }) < nats, nats);
    if (codeBits > best.codeBits) best = { codeBits: bits(codeBits), weight, root };
  }
  return best;
}

/** The largest whole number of bits that still fits; the complexity grows with the code. */
function largestCode(fits: (code: number) => boolean, nats: number): number {
  let [low, high] = [0, Math.max(2, Math.ceil(nats / Math.LN2) + 1)];
  if (!fits(1)) return 0;
  low = 1;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle;
  }
  return low;
}
