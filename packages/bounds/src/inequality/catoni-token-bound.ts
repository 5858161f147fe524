import { assertCount, optionFailure } from '../base/check.ts';
import { type Bound, priorAssumption } from './bound.ts';
import { catoniInverse } from './pac-bayes.ts';
import { sampleAssumptions, sampleTerms } from './sample.ts';
import type { RangeBoundInput } from './token-bound.ts';

/** Temperatures that are tried, fixed before any data: evenly spaced on a logarithmic axis. */
export interface TemperatureGrid {
  /** Default 0.01. */
  readonly low?: number;
  /** Default 100. */
  readonly high?: number;
  /** G; default 100. Each costs ln G in the union. */
  readonly count?: number;
}

/** The temperatures of a grid. */
export function temperatures({ low = 0.01, high = 100, count = 100 }: TemperatureGrid = {}): readonly number[] {
  assertCount('temperatures', 'count', count);
  if (!(low > 0 && high >= low && Number.isFinite(high)))
    throw optionFailure('temperatures', 'the grid', `[${low}, ${high}]`, '0 < low ≤ high');
  if (count === 1) return [low];
  return Array.from({ length: count }, (_, i) => low * (high / low) ** (i / (count - 1)));
}

/** What Catoni's bound for martingales is computed from. */
export interface CatoniTokenInput extends RangeBoundInput {
  /** The low end of the loss's range; default 0, as errors have it. */
  readonly low?: number;
  readonly grid?: TemperatureGrid;
}

/**
 * Catoni's bound for martingales. Losses Z = (ℓ − low)/Δ in [0, 1] have conditional means p_i with E[e^(−λZ_i)] ≤ 1 − p_i(1 − e^−λ), and the logarithm is
 * concave in p_i, so for each fixed λ
 *
 *   p̄ ≤ Φ⁻¹_λ(Z̄ + (K + ln G + ln 1/δ)/(n·λ))
 *
 * although the p_i are random; ln G pays for the best of G temperatures. Faster than √(1/n) where the risk is near an end of its range.
 *
 * @throws {EinlabError} `option`
 * @see Catoni 2007; the extension to martingales is derived in docs/derivations/token-bounds.md
 */
export function catoniTokenBound(input: CatoniTokenInput): Bound {
  const { risk, range, complexity, count, low = 0, failureProbability = 0.05, sample = { kind: 'full' } } = input;
  if (!(range > 0 && Number.isFinite(range)))
    throw optionFailure('catoniTokenBound', 'range', range, 'a finite number > 0');
  const normalized = (risk - low) / range;
  if (!(normalized >= -1e-9 && normalized <= 1 + 1e-9))
    throw optionFailure(
      'catoniTokenBound',
      'risk',
      risk,
      `a number in [${low}, ${low + range}], the range of the loss`,
    );
  const grid = temperatures(input.grid);
  const { sampling, complexityFailure } = sampleTerms(
    'catoniTokenBound',
    complexity,
    count,
    sample,
    failureProbability,
  );
  const cost = (complexity + Math.log(grid.length) - Math.log(complexityFailure)) / count;
  const mean = Math.min(1, Math.max(0, normalized) + sampling);
  const best = Math.min(1, ...grid.map((lambda) => catoniInverse(lambda, mean + cost / lambda)));
  const value = low + range * best;
  return {
    value,
    terms: { risk, complexity: value - risk - range * sampling, sampling: range * sampling },
    failureProbability,
    method: 'catoni',
    assumptions: [
      `the range of the losses and the ${grid.length} temperatures do not depend on the data; choosing among them is paid for`,
      'the risk is that of tokens drawn anew after the contexts that are in the data; other contexts are not covered',
      ...sampleAssumptions(sample),
      priorAssumption,
    ],
  };
}
