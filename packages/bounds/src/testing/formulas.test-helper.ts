import { bits, nats } from '../base/units.ts';
import { complexityNats, selectionBits } from '../complexity/prior.ts';
import { tokenBound } from '../inequality/token-bound.ts';
import { lossRange } from '../risk/smoothing.ts';
import { fairCoinTail } from './binomial.test-helper.ts';

/** The chain from a code length to a bound, as functions that can be replaced one by one by wrong ones. */
export interface Formulas {
  /** Δ in bits. */
  readonly width: (weight: number, vocabulary: number) => number;
  /** K in nats of a code of C bits in the papers' form, with `alternatives` smoothing weights tried. */
  readonly complexity: (code: number, alternatives: number) => number;
  /** What is added to the empirical risk; m = undefined where all n points were measured. */
  readonly gap: (range: number, complexity: number, n: number, m: number | undefined, delta: number) => number;
}

/** The formulas of this package. */
export const implemented: Formulas = {
  width: (weight, vocabulary) => lossRange({ vocabulary, weight }).width,
  complexity: (code, alternatives) =>
    complexityNats(bits(code), { prior: 'paper', selection: selectionBits(alternatives) }),
  gap: (range, complexity, n, m, delta) =>
    tokenBound({
      risk: 0,
      range,
      complexity: nats(complexity),
      count: n,
      failureProbability: delta,
      ...(m === undefined ? {} : { sample: { kind: 'with-replacement', size: m } as const }),
    }).value,
};

/** The same formulas written out, with the places where one goes wrong as parameters. */
function written(change: {
  readonly width?: (weight: number, vocabulary: number) => number;
  readonly complexity?: (code: number, alternatives: number) => number;
  readonly divisor?: number;
  readonly log?: (x: number) => number;
  readonly share?: (m: number, n: number) => number;
  readonly samplingRange?: (range: number) => number;
  readonly samplingFailure?: (share: number, delta: number) => number;
  readonly samplingDivisor?: number;
}): Formulas {
  const {
    width = (weight, vocabulary) => Math.log2(1 + ((1 - weight) * vocabulary) / weight),
    complexity = (code, alternatives) => code * Math.LN2 + 2 * Math.log(code) + Math.log(alternatives),
    divisor = 2,
    log = Math.log,
    share = (m, n) => m / (m + n),
    samplingRange = (range) => range,
    samplingFailure = (s, delta) => (1 - s) * delta,
    samplingDivisor = 2,
  } = change;
  return {
    width,
    complexity,
    gap(range, k, n, m, delta) {
      const s = m === undefined ? 1 : share(m, n);
      const first = range * Math.sqrt((k + log(1 / (s * delta))) / (divisor * n));
      if (m === undefined) return first;
      return first + samplingRange(range) * Math.sqrt(log(1 / samplingFailure(s, delta)) / (samplingDivisor * m));
    },
  };
}

/** The formulas written out, right. */
export const writtenRight: Formulas = written({});

const nativeWidth = (weight: number, vocabulary: number): number => Math.log2(1 + ((1 - weight) * vocabulary) / weight);

/** Mistakes that are easily made, each in one place. */
export const mutants: Readonly<Record<string, Formulas>> = {
  'n in place of 2n': written({ divisor: 1 }),
  '4n in place of 2n': written({ divisor: 4 }),
  'm in place of 2m': written({ samplingDivisor: 1 }),
  '4m in place of 2m': written({ samplingDivisor: 4 }),
  'log₂ in place of ln for 1/δ': written({ log: Math.log2 }),
  'K in bits, × ln 2 forgotten': written({
    complexity: (code, alternatives) => code + 2 * Math.log2(code) + Math.log2(alternatives),
  }),
  'log₂ C where ln C belongs': written({
    complexity: (code, alternatives) => code * Math.LN2 + 2 * Math.log2(code) + Math.log(alternatives),
  }),
  'the high end in place of the width': written({ width: (weight, vocabulary) => Math.log2(vocabulary / weight) }),
  'V/α in place of (1 − α)V/α': written({ width: (weight, vocabulary) => Math.log2(1 + vocabulary / weight) }),
  '(1 − α)V/α without 1 +': written({ width: (weight, vocabulary) => Math.log2(((1 - weight) * vocabulary) / weight) }),
  'the width in nats': written({ width: (weight, vocabulary) => nativeWidth(weight, vocabulary) * Math.LN2 }),
  's and 1 − s swapped': written({ share: (m, n) => n / (m + n) }),
  'the sampling term without Δ': written({ samplingRange: () => 1 }),
  'δ in place of (1 − s)δ': written({ samplingFailure: (_s, delta) => delta }),
  '2 ln C dropped': written({ complexity: (code, alternatives) => code * Math.LN2 + Math.log(alternatives) }),
  'the choice of α unpaid': written({ complexity: (code) => code * Math.LN2 + 2 * Math.log(code) }),
  'the union over hypotheses dropped': written({ complexity: () => 0 }),
};

/** A law: what is wrong with formulas, or undefined. */
export interface FormulaLaw {
  readonly name: string;
  readonly check: (formulas: Formulas) => string | undefined;
}

const differs = (what: string, got: number, expected: number, digits: number): string | undefined =>
  Math.abs(got - expected) <= 0.51 * 10 ** -digits ? undefined : `${what} is ${got}; expected ${expected}`;

const first = (findings: readonly (string | undefined)[]): string | undefined =>
  findings.find((finding) => finding !== undefined);

/** P(some of `hypotheses` independent fair two-point losses over n tokens strays below its risk by more than the bound allows). */
export function violation(formulas: Formulas, hypotheses: number, n: number, delta: number): number {
  const gap = formulas.gap(1, Math.log(hypotheses), n, undefined, delta);
  return 1 - (1 - fairCoinTail(n, n * (0.5 - gap) - 1e-9)) ** hypotheses;
}

/** What right formulas obey. Too small a bound shows in coverage; one that is too large shows only in numbers. */
export const formulaLaws: readonly FormulaLaw[] = [
  {
    name: 'widths of the table',
    check: ({ width }) =>
      first(
        (
          [
            [0.1, 32000, 18.135714],
            [0.25, 50257, 17.202009],
            [0.5, 29, 4.906891],
            [0.05, 65, 10.271463],
            [1, 64, 0],
          ] as const
        ).map(([weight, vocabulary, expected]) =>
          differs(`Δ(${weight}, ${vocabulary})`, width(weight, vocabulary), expected, 6),
        ),
      ),
  },
  {
    name: 'complexities of the table',
    check: ({ complexity }) =>
      first([
        differs('K(10⁶)', complexity(1e6, 1), 693174.811581, 6),
        differs('K(50000)', complexity(50000, 1), 34678.998585, 6),
        differs('K(8)', complexity(8, 1), 8 * Math.LN2 + 2 * Math.log(8), 9),
        differs('the price of 8 weights', complexity(1000, 8) - complexity(1000, 1), 3 * Math.LN2, 9),
      ]),
  },
  {
    name: 'roots of the table',
    check: ({ gap }) =>
      first([
        differs('root 1, all measured', gap(1, 34678.998585, 1_003_854, undefined, 0.05), 0.13143219, 8),
        differs('both roots', gap(1, 90875.754254, 8_009_762, 10_000, 0.05), 0.07532209 + 0.01224128, 8),
        differs(
          'both roots at 10⁹ tokens',
          gap(1, 693174.811581, 9_035_582_198, 10_000, 0.05),
          0.00619346 + 0.01223874,
          8,
        ),
        differs(
          'both roots at Δ = 18',
          gap(18, 90875.754254, 8_009_762, 10_000, 0.05),
          18 * (0.07532209 + 0.01224128),
          6,
        ),
        // (1 − s)δ shows where the sample is a large part of the data
        differs('both roots at m = n', gap(1, 0, 1000, 1000, 0.05), 2 * Math.sqrt(Math.log(1 / 0.025) / 2000), 9),
      ]),
  },
  {
    name: 'coverage of two-point losses',
    check: (formulas) => {
      const share = violation(formulas, 1000, 400, 0.05);
      return share <= 0.05 ? undefined : `violated with probability ${share.toFixed(4)}; expected at most 0.05`;
    },
  },
  {
    name: 'coverage with the choice paid for',
    check: (formulas) => {
      // 2^C hypotheses of C bits each, as K says
      const gap = formulas.gap(1, formulas.complexity(10, 1), 400, undefined, 0.05);
      const share = 1 - (1 - fairCoinTail(400, 400 * (0.5 - gap) - 1e-9)) ** 1024;
      return share <= 0.05 ? undefined : `violated with probability ${share.toFixed(4)}; expected at most 0.05`;
    },
  },
];
