import { hashText } from '../base/bytes.ts';
import { fileFailure } from '../base/check.ts';
import type { PriorForm } from '../complexity/prior.ts';
import type { BoundTerms } from '../inequality/bound.ts';
import type { TokenStatistics, WeightStatistics } from '../score/token-score.ts';
import type { TopKStatistics } from '../score/rank-score.ts';
import type { DocumentStatistics } from '../score/document-score.ts';

/** The first field of every certificate. */
export const certificateFormat = 'einlab-certificate-1';

/** Inequalities that a certificate can use for tokens. */
export type CertificateMethod = 'azuma' | 'catoni' | 'freedman';

/** A file that a certificate rests on. */
export interface CertifiedFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
  /** How it is read: `f32`, `npy`, …; for code `container`, `gguf`, `safetensors` or `bytes`. */
  readonly format: string;
}

/** How the points were chosen that were scored. */
export type SampleKind = 'full' | 'with-replacement' | 'without-replacement';

/** What was decided beforehand. */
export interface CertificateSettings {
  readonly vocabulary: number;
  /** n, the tokens that the certificate is about. */
  readonly tokens: number;
  readonly sample: SampleKind;
  readonly failureProbability: number;
  /** All claims of the certificate hold at once with its probability, not each on its own. */
  readonly joint: boolean;
  readonly weights: readonly number[];
  readonly bets: readonly number[];
  readonly temperatures: { readonly low: number; readonly high: number; readonly count: number };
  readonly methods: readonly CertificateMethod[];
  readonly prior: PriorForm;
  /** Bits for choices that are not in the code: hyperparameters, seeds, checkpoints. */
  readonly trialBits: number;
  /** Whether log-probabilities are in nats or bits. */
  readonly base: 'nats' | 'bits';
}

/** What was measured. */
export interface CertificateStatistics {
  readonly tokens: Omit<TokenStatistics, 'unsmoothed' | 'byWeight'> & {
    /** null where a token had no probability at all. */
    readonly unsmoothed: number | null;
    readonly byWeight: readonly WeightStatistics[];
  };
  readonly topK?: readonly TopKStatistics[];
  readonly documents?: DocumentStatistics;
}

/** One bound: of a metric, by a method, at a smoothing weight. */
export interface CertificateRow {
  readonly metric: 'token' | 'document' | 'top-k';
  readonly k?: number;
  readonly method: CertificateMethod | 'hoeffding';
  readonly weight?: number;
  /** Bits per token; for top-k an error in [0, 1] where it is below 1. */
  readonly value: number;
  readonly terms: BoundTerms;
  /** What guessing gives: a bound at or above it is vacuous. */
  readonly randomGuess: number;
  readonly vacuous: boolean;
}

/** A certificate as it lies in its file. */
export interface Certificate {
  readonly format: typeof certificateFormat;
  readonly claim: string;
  /** Of the best bound per token. */
  readonly vacuous: boolean;
  /** The best bound of each metric. */
  readonly best: readonly CertificateRow[];
  /** Every bound that was computed; the best are among them, and choosing them is paid for. */
  readonly rows: readonly CertificateRow[];
  readonly assumptions: readonly string[];
  readonly settings: CertificateSettings;
  readonly complexity: { readonly codeBits: number; readonly selectionBits: number; readonly nats: number };
  readonly statistics: CertificateStatistics;
  readonly inputs: {
    readonly logProbabilities: CertifiedFile;
    readonly ranks?: CertifiedFile;
    readonly documents?: CertifiedFile;
    readonly positions?: CertifiedFile;
    readonly code?: CertifiedFile;
  };
  /** SHA-256 of everything above. */
  readonly digest: string;
}

/** The bytes of a certificate: JSON with its digest, always the same for the same certificate. */
export async function certificateText(certificate: Omit<Certificate, 'digest'>): Promise<string> {
  const digest = await hashText(JSON.stringify(certificate));
  return `${JSON.stringify({ ...certificate, digest }, undefined, 2)}\n`;
}

/**
 * Reads a certificate and checks that not a byte of it was changed.
 *
 * @throws {EinlabError} `file` for what is no certificate, is truncated, or was altered
 */
export async function parseCertificate(text: string, source: string): Promise<Certificate> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw fileFailure(
      source,
      `this is no certificate: ${error instanceof Error ? error.message : String(error)}; is the file truncated?`,
    );
  }
  if (typeof parsed !== 'object' || parsed === null || !('format' in parsed) || parsed.format !== certificateFormat) {
    const format = typeof parsed === 'object' && parsed !== null && 'format' in parsed ? parsed.format : undefined;
    throw fileFailure(source, `the format is ${JSON.stringify(format) ?? 'missing'}; expected "${certificateFormat}"`);
  }
  const { digest, ...rest } = { digest: undefined, ...parsed };
  // JSON keeps the order of keys and all digits of numbers, so an untouched certificate comes out as it went in.
  const expected = await hashText(JSON.stringify(rest));
  if (digest !== expected)
    throw fileFailure(
      source,
      `the digest is ${String(digest).slice(0, 16)}…, but the contents have ${expected.slice(0, 16)}…: the certificate was altered`,
    );
  if (`${JSON.stringify(parsed, undefined, 2)}\n` !== text)
    throw fileFailure(
      source,
      'the certificate was altered: its spaces or its spelling are not those that it was written with',
    );
  const found = shapeProblem(parsed);
  if (found !== undefined) throw fileFailure(source, found);
  // The digest says that this program wrote it, and the shape was checked.
  return parsed as Certificate;
}

/** What is missing in a certificate whose digest is right: somebody may have made both. */
function shapeProblem(value: object): string | undefined {
  const expected: Readonly<Record<string, string>> = {
    claim: 'string',
    vacuous: 'boolean',
    best: 'object',
    rows: 'object',
    assumptions: 'object',
    settings: 'object',
    complexity: 'object',
    statistics: 'object',
    inputs: 'object',
  };
  const fields = new Map<string, unknown>(Object.entries(value));
  for (const [name, type] of Object.entries(expected)) {
    const field = fields.get(name);
    if (typeof field !== type || field === null)
      return `"${name}" is ${field === undefined ? 'missing' : JSON.stringify(field).slice(0, 40)}; expected a ${type}`;
  }
  const nested: readonly (readonly [string, readonly string[]])[] = [
    [
      'settings',
      [
        'vocabulary',
        'tokens',
        'sample',
        'failureProbability',
        'joint',
        'weights',
        'bets',
        'temperatures',
        'methods',
        'prior',
        'trialBits',
        'base',
      ],
    ],
    ['complexity', ['codeBits', 'selectionBits', 'nats']],
    ['statistics', ['tokens']],
    ['inputs', ['logProbabilities']],
  ];
  for (const [name, keys] of nested) {
    const field = fields.get(name);
    const missing = keys.find((key) => typeof field !== 'object' || field === null || !(key in field));
    if (missing !== undefined) return `"${name}.${missing}" is missing`;
  }
  return undefined;
}
