import { type BytesSource, chunksOf, createHasher, sourceName } from '../base/bytes.ts';
import { assertAtLeast, assertCount, assertFraction, dataFailure, optionFailure } from '../base/check.ts';
import { type PriorForm, priorForms } from '../complexity/prior.ts';
import { defaultBets } from '../inequality/freedman-bound.ts';
import { assertSmoothing } from '../risk/smoothing.ts';
import { defaultWeights } from '../score/token-score.ts';
import {
  type Certificate,
  type CertificateMethod,
  type CertificateSettings,
  type CertifiedFile,
  certificateFormat,
  type SampleKind,
} from './certificate.ts';
import { type Measured, type MeasuredFiles, measure } from './measure.ts';
import { type ComputedRows, computeRows } from './rows.ts';

/** How the hypothesis is written down. */
export type CodeSource =
  /** A length that somebody vouches for. */
  | { readonly bits: number }
  /** A file whose size is the length. */
  | { readonly file: BytesSource };

/** What a certificate is made from. */
export interface CertifyOptions extends MeasuredFiles {
  readonly vocabulary: number;
  readonly code: CodeSource;
  /** n; default the number of log-probabilities, which are then all of the data. */
  readonly tokens?: number;
  /** Default `full`; `contiguous` is refused, since no inequality covers it. */
  readonly sample?: SampleKind | 'contiguous';
  readonly failureProbability?: number;
  readonly joint?: boolean;
  readonly weights?: readonly number[];
  readonly methods?: readonly CertificateMethod[];
  readonly prior?: PriorForm;
  readonly trialBits?: number;
  readonly base?: 'nats' | 'bits';
  /** The least that a code of the model can have, such as the entropy of its tensors; a shorter code is refused. */
  readonly entropyBits?: number;
  readonly signal?: AbortSignal;
}

const methodNames: readonly CertificateMethod[] = ['azuma', 'catoni', 'freedman'];

/** The settings of a certificate, checked before anything is read. @throws {EinlabError} `option` */
export function certificateSettings(
  options: Omit<CertifyOptions, keyof MeasuredFiles | 'code' | 'signal'>,
): Omit<CertificateSettings, 'tokens'> {
  const {
    vocabulary,
    sample = 'full',
    failureProbability = 0.05,
    joint = false,
    weights = defaultWeights,
    methods = methodNames,
    prior = 'kraft',
    trialBits = 0,
    base = 'nats',
  } = options;
  const where = 'certify';
  if (weights.length === 0) throw optionFailure(where, 'the number of smoothing weights', 0, 'at least one');
  for (const weight of weights) assertSmoothing(where, { vocabulary, weight });
  if (new Set(weights).size !== weights.length)
    throw optionFailure(where, 'weights', weights.join(', '), 'different numbers');
  assertFraction(where, 'failureProbability', failureProbability);
  assertAtLeast(where, 'trialBits', trialBits, 0);
  if (methods.length === 0) throw optionFailure(where, 'the number of methods', 0, 'at least one');
  for (const method of methods)
    if (!methodNames.includes(method))
      throw optionFailure(where, 'a method', method, `one of ${methodNames.join(', ')}`);
  if (!priorForms.includes(prior)) throw optionFailure(where, 'prior', prior, `one of ${priorForms.join(', ')}`);
  if (sample === 'contiguous')
    throw optionFailure(
      where,
      'sample',
      sample,
      'full, with-replacement or without-replacement: pieces of text are no sample, since their tokens were not drawn one by one',
    );
  if (!['full', 'with-replacement', 'without-replacement'].includes(sample))
    throw optionFailure(where, 'sample', sample, 'full, with-replacement or without-replacement');
  if (sample !== 'full' && methods.every((method) => method === 'freedman'))
    throw optionFailure(
      where,
      'methods',
      'freedman',
      'azuma or catoni for a sample: freedman needs all losses in their order',
    );
  return {
    vocabulary,
    sample,
    failureProbability,
    joint,
    weights,
    bets: defaultBets,
    temperatures: { low: 0.01, high: 100, count: 100 },
    methods: [...new Set(methods)],
    prior,
    trialBits,
    base,
  };
}

/** The length of a code, and the file that it is. */
async function measureCode(code: CodeSource): Promise<{ readonly codeBits: number; readonly file?: CertifiedFile }> {
  if ('bits' in code) {
    assertAtLeast('certify', 'the code length in bits', code.bits, 1);
    return { codeBits: code.bits };
  }
  const hasher = await createHasher();
  let bytes = 0;
  for await (const chunk of chunksOf(code.file)) {
    hasher.update(chunk);
    bytes += chunk.length;
  }
  if (bytes === 0) throw optionFailure('certify', `the code ${sourceName(code.file)}`, 'empty', 'at least one byte');
  return {
    codeBits: 8 * bytes,
    file: { name: sourceName(code.file), bytes, sha256: await hasher.hex(), format: 'bytes' },
  };
}

/** How many tokens the certificate is about. */
export function checkedTokens(sample: SampleKind, given: number | undefined, scored: number): number {
  const tokens = given ?? scored;
  assertCount('certify', 'tokens', tokens);
  if (tokens < scored)
    throw dataFailure(
      `there are ${scored} log-probabilities of ${tokens} tokens; expected at most as many as there are tokens`,
      { tokens, scored },
    );
  if (sample === 'full' && tokens !== scored)
    throw dataFailure(
      `${scored} of ${tokens} tokens were scored, and sample is full; expected all of them, or a sample with or without replacement`,
      { tokens, scored },
    );
  if (sample !== 'full' && given === undefined)
    throw optionFailure('certify', 'tokens', 'missing', 'the number of tokens that the sample was drawn from');
  return tokens;
}

/**
 * Makes a certificate: the log-probabilities are read once, every bound is computed for every smoothing weight and method, and what
 * was chosen among them is paid for. Nothing is made from input that is refused.
 *
 * @returns the certificate without its digest; `certificateText` writes it
 * @throws {EinlabError} `option`, `data` or `file`, naming what is wrong
 */
export async function certify(options: CertifyOptions): Promise<Omit<Certificate, 'digest'>> {
  const fixed = certificateSettings(options);
  const { codeBits, file } = await measureCode(options.code);
  if (options.entropyBits !== undefined && codeBits < options.entropyBits)
    throw dataFailure(
      `the code has ${codeBits} bits, but the tensors have an entropy of ${Math.ceil(options.entropyBits)} bits; no code of them is shorter, so the length belongs to another model`,
      { codeBits, entropyBits: options.entropyBits },
    );
  const measured = await measure(options, fixed, options.signal);
  const tokens = checkedTokens(fixed.sample, options.tokens, measured.statistics.tokens.count);
  return assemble({ ...fixed, tokens }, measured, codeBits, file);
}

/** A certificate out of its parts. */
export function assemble(
  settings: CertificateSettings,
  measured: Measured,
  codeBits: number,
  code: CertifiedFile | undefined,
): Omit<Certificate, 'digest'> {
  const computed = computeRows(settings, measured.statistics, codeBits);
  const token = computed.best.find(({ metric }) => metric === 'token');
  return {
    format: certificateFormat,
    claim: claimOf(settings, computed),
    vacuous: token?.vacuous ?? true,
    best: computed.best,
    rows: computed.rows,
    assumptions: computed.assumptions,
    settings,
    complexity: { codeBits, ...computed.complexity },
    statistics: measured.statistics,
    inputs: { ...measured.inputs, ...(code === undefined ? {} : { code }) },
  };
}

function claimOf({ failureProbability, joint, tokens }: CertificateSettings, { best }: ComputedRows): string {
  const token = best.find(({ metric }) => metric === 'token');
  const percent = Number((100 * (1 - failureProbability)).toPrecision(6));
  const together = joint ? 'all claims of this certificate at once' : 'each claim of this certificate on its own';
  return token === undefined
    ? 'no bound per token was computed'
    : `with probability at least ${percent} % (${together}) over the ${tokens} tokens, the smoothed model's expected loss per token, given the contexts in the data, is at most ${token.value.toFixed(6)} bits${token.vacuous ? ', which is vacuous: guessing evenly does as well' : `; guessing evenly has ${token.randomGuess.toFixed(6)}`}`;
}
