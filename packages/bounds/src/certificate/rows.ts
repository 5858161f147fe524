import { bits, type Nats } from '../base/units.ts';
import { complexityNats, selectionBits } from '../complexity/prior.ts';
import type { Bound } from '../inequality/bound.ts';
import { catoniTokenBound } from '../inequality/catoni-token-bound.ts';
import { freedmanBound } from '../inequality/freedman-bound.ts';
import type { Sample } from '../inequality/sample.ts';
import { documentBound, tokenBound, topKBound } from '../inequality/token-bound.ts';
import { randomGuessError, randomGuessLoss } from '../risk/random-guess.ts';
import { lossRange } from '../risk/smoothing.ts';
import type { CertificateMethod, CertificateRow, CertificateSettings, CertificateStatistics } from './certificate.ts';

/** What a certificate computes from its settings, its statistics and the length of the code: nothing else goes in. */
export interface ComputedRows {
  readonly rows: readonly CertificateRow[];
  readonly best: readonly CertificateRow[];
  readonly assumptions: readonly string[];
  /** Of the rows that depend on a smoothing weight. */
  readonly complexity: { readonly selectionBits: number; readonly nats: Nats };
}

/** Every bound of a certificate, and the best of each metric. */
export function computeRows(
  settings: CertificateSettings,
  statistics: CertificateStatistics,
  codeBits: number,
): ComputedRows {
  const metrics = 1 + (statistics.documents === undefined ? 0 : 1) + (statistics.topK?.length ?? 0);
  const delta = settings.joint ? settings.failureProbability / metrics : settings.failureProbability;
  const selection = bits(settings.trialBits + selectionBits(settings.weights.length));
  const smoothed = complexityNats(bits(codeBits), { prior: settings.prior, selection });
  const plain = complexityNats(bits(codeBits), { prior: settings.prior, selection: bits(settings.trialBits) });
  const found: [CertificateRow, Bound][] = [
    ...tokenRows(settings, statistics, smoothed, delta),
    ...documentRows(settings, statistics, smoothed, delta),
    ...topKRows(settings, statistics, plain, delta),
  ];
  const rows = found.map(([row]) => row);
  const groups = new Map<string, CertificateRow>();
  for (const row of rows) {
    const name = `${row.metric} ${row.k ?? ''}`;
    const before = groups.get(name);
    if (before === undefined || row.value < before.value) groups.set(name, row);
  }
  const best = [...groups.values()];
  const used = found.filter(([row]) => best.includes(row)).flatMap(([, bound]) => bound.assumptions);
  return {
    rows,
    best,
    assumptions: [...new Set([...used, ...priorAssumptions(settings)])],
    complexity: { selectionBits: selection, nats: smoothed },
  };
}

/** What the form of the prior asks one to believe. */
function priorAssumptions({ prior }: CertificateSettings): readonly string[] {
  if (prior === 'self-delimiting')
    return ['no code is the beginning of another one, so the code lengths obey Kraft without a further logarithm'];
  if (prior === 'paper')
    return ['the prior has the published form, whose mass is π²/6 and not 1: the code is less than a bit too short'];
  return [];
}

/** The sample of a certificate as the inequalities take it; `evaluations` risks were measured on the same points. */
function sampleOf({ sample }: CertificateSettings, size: number, evaluations: number): Sample {
  return sample === 'full' ? { kind: 'full' } : { kind: sample, size, evaluations };
}

const rowOf = (
  bound: Bound,
  fields: Pick<CertificateRow, 'metric' | 'method'> & { readonly k?: number; readonly weight?: number },
  randomGuess: number,
): [CertificateRow, Bound] => [
  { ...fields, value: bound.value, terms: bound.terms, randomGuess, vacuous: !(bound.value < randomGuess) },
  bound,
];

/** The methods that can be used: Freedman needs all losses in their order, and their spread. */
const usable = ({ methods, sample }: CertificateSettings): readonly CertificateMethod[] =>
  methods.filter((method) => method !== 'freedman' || sample === 'full');

function tokenRows(
  settings: CertificateSettings,
  { tokens }: CertificateStatistics,
  complexity: Nats,
  delta: number,
): [CertificateRow, Bound][] {
  const { vocabulary, bets, temperatures } = settings;
  const methods = usable(settings);
  const guess = randomGuessLoss(vocabulary);
  return tokens.byWeight.flatMap(({ weight, risk, betCosts }) => {
    const { low, width } = lossRange({ vocabulary, weight });
    const input = {
      risk,
      range: width,
      complexity,
      count: settings.tokens,
      // the best of several inequalities is reported, so they share the failure
      failureProbability: delta / methods.length,
      sample: sampleOf(settings, tokens.count, settings.weights.length),
    };
    const bounds: Readonly<Record<CertificateMethod, () => Bound>> = {
      azuma: () => tokenBound(input),
      catoni: () => catoniTokenBound({ ...input, low, grid: temperatures }),
      freedman: () => freedmanBound({ ...input, bets: bets.map((bet, i) => ({ bet, meanCost: betCosts[i] })) }),
    };
    // at weight 1 there is no range to bet on
    const possible = methods.filter((method) => width > 0 || method === 'azuma');
    return possible.map((method) => rowOf(bounds[method](), { metric: 'token', method, weight }, guess));
  });
}

function documentRows(
  settings: CertificateSettings,
  { documents }: CertificateStatistics,
  complexity: Nats,
  delta: number,
): [CertificateRow, Bound][] {
  if (documents === undefined) return [];
  const { vocabulary } = settings;
  return documents.byWeight.map(({ weight, risk }) => {
    const { width } = lossRange({ vocabulary, weight });
    const bound = documentBound({ risk, range: width, complexity, count: documents.count, failureProbability: delta });
    return rowOf(bound, { metric: 'document', method: 'hoeffding', weight }, randomGuessLoss(vocabulary));
  });
}

function topKRows(
  settings: CertificateSettings,
  { topK = [], tokens }: CertificateStatistics,
  complexity: Nats,
  delta: number,
): [CertificateRow, Bound][] {
  const methods = usable(settings).filter((method) => method !== 'freedman');
  return topK.flatMap(({ k, error }) => {
    const input = {
      risk: error,
      complexity,
      count: settings.tokens,
      failureProbability: delta / Math.max(1, methods.length),
      sample: sampleOf(settings, tokens.count, 1),
    };
    const guess = randomGuessError(settings.vocabulary, k);
    return methods.map((method) =>
      rowOf(
        method === 'azuma' ? topKBound(input) : catoniTokenBound({ ...input, range: 1, grid: settings.temperatures }),
        { metric: 'top-k', k, method },
        guess,
      ),
    );
  });
}
