import { allBytes, type BytesSource, createHasher, sourceName } from '../base/bytes.ts';
import { dataFailure, fileFailure, optionFailure } from '../base/check.ts';
import { DocumentScore } from '../score/document-score.ts';
import { RankScore } from '../score/rank-score.ts';
import { type LogProbabilityFormat, readLogProbabilities } from '../score/read-log-probabilities.ts';
import { TokenScore } from '../score/token-score.ts';
import type { Certificate, CertificateSettings, CertificateStatistics, CertifiedFile } from './certificate.ts';

/** The files that statistics are measured on. */
export interface MeasuredFiles {
  readonly logProbabilities: BytesSource;
  /** Default by the ending of the name. */
  readonly format?: LogProbabilityFormat;
  /** u16 or u32, little-endian: how many tokens the model found likelier than the right one. */
  readonly ranks?: BytesSource;
  /** u32, little-endian: the number of tokens of each document, in order. */
  readonly documents?: BytesSource;
  /** u32 or f64, little-endian: where in the data each token of a sample stands. */
  readonly positions?: BytesSource;
}

/** What one pass over the files gives. */
export interface Measured {
  readonly statistics: CertificateStatistics;
  readonly inputs: Omit<Certificate['inputs'], 'code'>;
}

async function wholeFile(from: BytesSource, format: string): Promise<{ bytes: Uint8Array; file: CertifiedFile }> {
  const bytes = await allBytes(from);
  const hasher = await createHasher();
  hasher.update(bytes);
  return { bytes, file: { name: sourceName(from), bytes: bytes.length, sha256: await hasher.hex(), format } };
}

/** Whole numbers of a raw file, whose element type is in the ending of its name. */
function wholeNumbers(bytes: Uint8Array, format: string, source: string): Uint16Array | Uint32Array | Float64Array {
  const width = format === 'u16' ? 2 : format === 'u32' ? 4 : 8;
  if (bytes.length % width !== 0)
    throw fileFailure(source, `${bytes.length} bytes are no whole number of ${format} values; is the file truncated?`);
  const aligned = bytes.slice();
  return format === 'u16'
    ? new Uint16Array(aligned.buffer)
    : format === 'u32'
      ? new Uint32Array(aligned.buffer)
      : new Float64Array(aligned.buffer);
}

const endingOf = (from: BytesSource, allowed: readonly string[], fallback: string): string => {
  if (typeof from !== 'string') return fallback;
  const ending = /\.(\w+)$/.exec(from)?.[1]?.toLowerCase() ?? '';
  if (allowed.includes(ending)) return ending;
  throw optionFailure(sourceName(from), 'the ending', JSON.stringify(ending), `one of ${allowed.join(', ')}`);
};

/** Documents while tokens pass by: each is added when its last token is there. */
class DocumentCollector {
  readonly #score: DocumentScore;
  readonly #lengths: ArrayLike<number> | undefined;
  readonly #scale: number;
  #open: number[] = [];
  #document = 0;
  #name: string | number | undefined;

  constructor(score: DocumentScore, scale: number, lengths?: ArrayLike<number>) {
    this.#score = score;
    this.#scale = scale;
    this.#lengths = lengths;
  }

  add(values: Float32Array | Float64Array, names?: readonly (string | number)[]): void {
    for (let i = 0; i < values.length; i++) {
      if (names !== undefined && names[i] !== this.#name && this.#open.length > 0) this.#close();
      this.#name = names?.[i];
      this.#open.push(values[i]);
      if (this.#lengths !== undefined) {
        const length = this.#lengths[this.#document];
        if (length === undefined || length < 1)
          throw dataFailure(
            `document ${this.#document} has ${length ?? 'no'} tokens, but there are more tokens; the lengths must add up to all tokens, each at least 1`,
          );
        if (this.#open.length === length) this.#close();
      }
    }
  }

  finish(): void {
    if (this.#lengths !== undefined && (this.#open.length > 0 || this.#document !== this.#lengths.length))
      throw dataFailure(
        `the documents' lengths do not add up to the tokens: they end within document ${this.#document} of ${this.#lengths.length}`,
      );
    if (this.#open.length > 0) this.#close();
  }

  #close(): void {
    this.#score.add(Float64Array.from(this.#open), this.#scale);
    this.#open = [];
    this.#document += 1;
  }
}

/**
 * Reads the files once and measures everything that a certificate needs.
 *
 * @throws {EinlabError} `data`, `file` or `option`, naming the file and what is wrong in it
 */
export async function measure(
  files: MeasuredFiles,
  settings: Pick<CertificateSettings, 'vocabulary' | 'weights' | 'bets' | 'base'>,
  signal?: AbortSignal,
): Promise<Measured> {
  const scale = settings.base === 'bits' ? Math.LN2 : 1;
  const tokens = new TokenScore(settings);
  const ranks = new RankScore(settings.vocabulary);
  const documentScore = new DocumentScore(settings);
  const documentFile =
    files.documents === undefined
      ? undefined
      : await wholeFile(files.documents, endingOf(files.documents, ['u32'], 'u32'));
  const collector = new DocumentCollector(
    documentScore,
    scale,
    documentFile === undefined ? undefined : wholeNumbers(documentFile.bytes, 'u32', documentFile.file.name),
  );
  let hasNames = false;
  const where = typeof files.logProbabilities === 'string' ? files.logProbabilities : 'the log-probabilities';
  const read = await readLogProbabilities(
    files.logProbabilities,
    ({ values, ranks: own, documents }) => {
      tokens.add(values, scale, where);
      if (own !== undefined) ranks.add(own);
      hasNames ||= documents !== undefined;
      if (documentFile !== undefined || documents !== undefined)
        collector.add(values, documentFile === undefined ? documents : undefined);
    },
    { ...(files.format === undefined ? {} : { format: files.format }), ...(signal === undefined ? {} : { signal }) },
  );
  const found = tokens.finish();
  let rankFile: CertifiedFile | undefined;
  if (files.ranks !== undefined) {
    const format = endingOf(files.ranks, ['u16', 'u32'], 'u32');
    const { bytes, file } = await wholeFile(files.ranks, format);
    ranks.add(wholeNumbers(bytes, format, file.name));
    rankFile = file;
  }
  if (ranks.count > 0 && ranks.count !== found.count)
    throw dataFailure(`there are ${ranks.count} ranks and ${found.count} log-probabilities; expected as many of both`);
  const hasDocuments = documentFile !== undefined || hasNames;
  if (hasDocuments) collector.finish();
  const positions = files.positions === undefined ? undefined : await checkedPositions(files.positions, found.count);
  return {
    statistics: {
      tokens: { ...found, unsmoothed: Number.isFinite(found.unsmoothed) ? found.unsmoothed : null },
      ...(ranks.count > 0 ? { topK: ranks.finish() } : {}),
      ...(hasDocuments ? { documents: documentScore.finish() } : {}),
    },
    inputs: {
      logProbabilities: read,
      ...(rankFile === undefined ? {} : { ranks: rankFile }),
      ...(documentFile === undefined ? {} : { documents: documentFile.file }),
      ...(positions === undefined ? {} : { positions }),
    },
  };
}

async function checkedPositions(from: BytesSource, count: number): Promise<CertifiedFile> {
  const format = endingOf(from, ['u32', 'f64'], 'u32');
  const { bytes, file } = await wholeFile(from, format);
  const positions = wholeNumbers(bytes, format, file.name);
  if (positions.length !== count)
    throw dataFailure(`${file.name} has ${positions.length} positions for ${count} tokens; expected as many of both`);
  assertScattered(positions);
  return file;
}

/**
 * Refuses positions that no even draw gives: where more than a tenth of them, and more than 10, follow their predecessor directly, they are pieces of text.
 *
 * @throws {EinlabError} `data`
 */
export function assertScattered(positions: ArrayLike<number>): void {
  const sorted = Float64Array.from(positions).sort();
  let adjacent = 0;
  for (let i = 1; i < sorted.length; i++) if (sorted[i] === sorted[i - 1] + 1) adjacent += 1;
  let follows = 0;
  for (let i = 1; i < positions.length; i++) if (positions[i] === positions[i - 1] + 1) follows += 1;
  // Drawn evenly, a position follows the one drawn before it with a probability of 1/n; neighbors among all positions are as many as they are dense.
  const span = sorted.length > 0 ? sorted[sorted.length - 1] - sorted[0] + 1 : 1;
  const density = positions.length / span;
  const expected = positions.length * density;
  const isRun = follows > 10 && follows > positions.length / 10 && !isSorted(positions);
  if (isRun || adjacent > 10 + 2 * expected || (density > 0.99 && positions.length > 10 && isSorted(positions))) {
    throw dataFailure(
      `the sample is contiguous: ${adjacent} of its ${positions.length} positions directly follow another one; the sampling term needs points drawn one by one, evenly over the data`,
      { adjacent, count: positions.length },
    );
  }
}

function isSorted(positions: ArrayLike<number>): boolean {
  for (let i = 1; i < positions.length; i++) if (positions[i] < positions[i - 1]) return false;
  return true;
}
