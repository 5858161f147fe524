import { assertCount, assertFailure, assertFraction, optionFailure } from '../base/check.ts';

/** How the empirical risk was measured. */
export type Sample =
  /** On all of the data. */
  | { readonly kind: 'full' }
  /** On points drawn evenly, independently of the hypothesis and after it was chosen. */
  | {
      readonly kind: 'with-replacement' | 'without-replacement';
      /** m, the number of points drawn. */
      readonly size: number;
      /** How many risks were measured on these points, of which the best is reported; default 1. */
      readonly evaluations?: number;
      /** s, the part of δ that goes to the complexity; fixed before the data. Default m/(m + n). */
      readonly split?: number;
    };

/** Roots that a range is multiplied by. */
export interface SampleTerms {
  /** √((K + ln 1/δ₁)/(2n)) */
  readonly complexity: number;
  /** √(ln(g/δ₂)/(2m)), smaller without replacement; 0 where everything was measured. */
  readonly sampling: number;
  /** δ₁, the failure that the complexity has. */
  readonly complexityFailure: number;
}

/**
 * How δ is shared and what a sample costs:
 *
 *   δ₁ = s·δ        √((K + ln 1/δ₁) / (2n))
 *   δ₂ = (1 − s)·δ  √(ln(g/δ₂) / (2m))            g evaluations on the same sample
 *
 * Without replacement the second root has a factor √min(1 − (m − 1)/n, (1 − m/n)(1 + 1/m)), which is 0 for m = n.
 *
 * @param complexity - K in nats
 * @param count - n, the number of points that the bound is about
 * @throws {EinlabError} `option` for a sample larger than the data without replacement, or m > n
 * @see Hoeffding 1963; Serfling 1974; Bardenet, Maillard 2015 for the second factor
 */
export function sampleTerms(
  where: string,
  complexity: number,
  count: number,
  sample: Sample,
  failureProbability: number,
): SampleTerms {
  assertCount(where, 'the number of points n', count);
  assertFailure(where, failureProbability);
  if (!(complexity >= 0 && Number.isFinite(complexity)))
    throw optionFailure(where, 'complexity in nats', complexity, 'a finite number ≥ 0');
  if (sample.kind === 'full') {
    const root = Math.sqrt((complexity - Math.log(failureProbability)) / (2 * count));
    return { complexity: root, sampling: 0, complexityFailure: failureProbability };
  }
  const { size, evaluations = 1, split = size / (size + count) } = sample;
  assertCount(where, 'the sample size m', size);
  assertCount(where, 'evaluations', evaluations);
  assertFraction(where, 'split', split);
  if (size > count)
    throw optionFailure(
      where,
      'the sample size m',
      size,
      `at most n = ${count}, the number of points it is drawn from`,
    );
  const complexityFailure = split * failureProbability;
  const samplingFailure = (1 - split) * failureProbability;
  const root = Math.sqrt((Math.log(evaluations) - Math.log(samplingFailure)) / (2 * size));
  return {
    complexity: Math.sqrt((complexity - Math.log(complexityFailure)) / (2 * count)),
    sampling: sample.kind === 'with-replacement' ? root : root * finiteFactor(size, count),
    complexityFailure,
  };
}

/** How much less a sample without replacement strays: √min(1 − (m − 1)/n, (1 − m/n)(1 + 1/m)). */
export const finiteFactor = (size: number, count: number): number =>
  Math.sqrt(Math.min(1 - (size - 1) / count, (1 - size / count) * (1 + 1 / size)));

/** What has to be believed about how the risk was measured. */
export const sampleAssumptions = (sample: Sample): readonly string[] =>
  sample.kind === 'full'
    ? ['the empirical risk is the mean over all points of the data']
    : [
        `the ${sample.size} points of the sample were drawn evenly ${sample.kind === 'with-replacement' ? 'with' : 'without'} replacement, after the hypothesis was chosen and independently of it`,
      ];
