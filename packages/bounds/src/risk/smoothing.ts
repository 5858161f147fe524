import { assertCount, optionFailure } from '../base/check.ts';
import { type Bits, bits, type Nats } from '../base/units.ts';

/** How a model's predictions are mixed with the uniform distribution, so that no loss is infinite. */
export interface Smoothing {
  /** V, the number of different tokens. */
  readonly vocabulary: number;
  /** α, the weight of the uniform distribution, in (0, 1]. */
  readonly weight: number;
}

/** Between what a smoothed loss lies. */
export interface LossRange {
  /** −log₂(1 − α + α/V), the loss where the model is certain and right: above 0. */
  readonly low: Bits;
  /** log₂(V/α), the loss where the model gives no probability. */
  readonly high: Bits;
  /** Δ = high − low: what a bound depends on. */
  readonly width: Bits;
}

/** Refuses smoothing that bounds no loss. */
export function assertSmoothing(where: string, { vocabulary, weight }: Smoothing): void {
  assertCount(where, 'vocabulary', vocabulary, 2);
  if (!(weight > 0 && weight <= 1))
    throw optionFailure(
      where,
      'the smoothing weight',
      weight,
      'a number in (0, 1]: without smoothing a loss can be infinite',
    );
}

/**
 * The range of the smoothed loss:
 *
 *   Δ(α, V) = log₂(V/α) + log₂(1 − α + α/V) = log₂(1 + (1 − α)·V/α)
 *
 * @throws {EinlabError} `option` for a weight outside (0, 1] or fewer than two tokens
 * @see Lotfi et al. 2024, "Unlocking Tokens as Data Points for Generalization Bounds on Larger Language Models"
 */
export function lossRange(smoothing: Smoothing): LossRange {
  assertSmoothing('lossRange', smoothing);
  const { vocabulary, weight } = smoothing;
  // 1 − α(1 − 1/V) keeps its digits in log1p.
  const low = -Math.log1p(-weight * (1 - 1 / vocabulary)) / Math.LN2;
  return {
    low: bits(low),
    high: bits(Math.log2(vocabulary) - Math.log2(weight)),
    width: bits(Math.log1p(((1 - weight) * vocabulary) / weight) / Math.LN2),
  };
}

/**
 * The smoothed loss of a token whose probability has the logarithm ln p:
 *
 *   ℓ = −log₂((1 − α)·p + α/V) = log₂(V/α) − log₂(1 + (1 − α)·p·V/α)
 *
 * @param logProbability - ln p ≤ 0; −∞ gives the high end of the range
 */
export function smoothedLoss(logProbability: Nats, { vocabulary, weight }: Smoothing): Bits {
  const ratio = ((1 - weight) * vocabulary) / weight;
  return bits(Math.log2(vocabulary / weight) - Math.log1p(ratio * Math.exp(logProbability)) / Math.LN2);
}

/** Δ̄ = √(mean of Δᵢ²): what a bound over tokens with ranges of their own depends on. The ranges must be fixed before the data. */
export function rootMeanSquareRange(widths: ArrayLike<number>): Bits {
  if (widths.length === 0) throw optionFailure('rootMeanSquareRange', 'the number of ranges', 0, 'at least one');
  let squares = 0;
  for (let i = 0; i < widths.length; i++) {
    const width = widths[i];
    if (!(width >= 0 && Number.isFinite(width)))
      throw optionFailure('rootMeanSquareRange', `range ${i}`, width, 'a finite number ≥ 0');
    squares += width * width;
  }
  return bits(Math.sqrt(squares / widths.length));
}
