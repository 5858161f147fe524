import { type BytesSource, chunksOf, createHasher, sourceName } from '../base/bytes.ts';
import { fileFailure, optionFailure } from '../base/check.ts';
import { readNpyStart } from './npy-start.ts';

/** How log-probabilities are stored: raw little-endian f32 or f64, NumPy's npy, or one JSON object per line. */
export type LogProbabilityFormat = 'f32' | 'f64' | 'npy' | 'ndjson';

/** A piece of the log-probabilities, with ranks and documents where the lines have them. */
export interface LogProbabilityPiece {
  readonly values: Float32Array | Float64Array;
  readonly ranks?: Uint32Array;
  /** The document of each token, as the lines call it. */
  readonly documents?: readonly (string | number)[];
}

/** What a file turned out to be, once it was read to its end. */
export interface ReadFile {
  readonly name: string;
  readonly format: LogProbabilityFormat;
  readonly bytes: number;
  readonly sha256: string;
}

/** The format of a file by its name. @throws {EinlabError} `option` where the name does not say */
export function formatOf(from: BytesSource, format?: LogProbabilityFormat): LogProbabilityFormat {
  if (format !== undefined) return format;
  const ending = /\.(f32|f64|npy|ndjson|jsonl)$/i.exec(typeof from === 'string' ? from : '')?.[1]?.toLowerCase();
  if (ending === 'jsonl') return 'ndjson';
  if (ending === 'f32' || ending === 'f64' || ending === 'npy' || ending === 'ndjson') return ending;
  throw optionFailure(
    sourceName(from),
    'the format',
    'not in the name',
    'a name that ends in .f32, .f64, .npy, .ndjson or .jsonl, or the option format',
  );
}

/**
 * Reads log-probabilities once, from beginning to end, handing on piece after piece; the bytes are hashed on the way.
 *
 * @throws {EinlabError} `file` for a damaged or empty file
 */
export async function readLogProbabilities(
  from: BytesSource,
  take: (piece: LogProbabilityPiece) => void,
  options: { readonly format?: LogProbabilityFormat; readonly signal?: AbortSignal } = {},
): Promise<ReadFile> {
  const format = formatOf(from, options.format);
  const name = sourceName(from);
  const hasher = await createHasher();
  const decoder = format === 'ndjson' ? lines(name, take) : numbers(name, format, take);
  let bytes = 0;
  for await (const chunk of chunksOf(from)) {
    options.signal?.throwIfAborted();
    hasher.update(chunk);
    bytes += chunk.length;
    decoder.push(chunk);
  }
  decoder.end(bytes);
  return { name, format, bytes, sha256: await hasher.hex() };
}

interface Decoder {
  push(chunk: Uint8Array): void;
  end(bytes: number): void;
}

const joined = (a: Uint8Array, b: Uint8Array): Uint8Array => {
  if (a.length === 0) return b;
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
};

const none = new Uint8Array(0);

function numbers(name: string, format: 'f32' | 'f64' | 'npy', take: (piece: LogProbabilityPiece) => void): Decoder {
  let rest: Uint8Array = none;
  let width: 4 | 8 | undefined = format === 'f32' ? 4 : format === 'f64' ? 8 : undefined;
  let expected: number | undefined;
  let count = 0;
  return {
    push(chunk) {
      let bytes = joined(rest, chunk);
      if (width === undefined) {
        const start = readNpyStart(bytes, name);
        if (start === undefined) {
          rest = bytes;
          return;
        }
        width = start.bytesPerValue;
        expected = start.count;
        bytes = bytes.subarray(start.dataStart);
      }
      const whole = Math.floor(bytes.length / width);
      rest = bytes.slice(whole * width);
      if (whole === 0) return;
      const at = bytes.byteOffset % width === 0 ? bytes : bytes.slice(0, whole * width);
      count += whole;
      take({
        values:
          width === 4
            ? new Float32Array(at.buffer, at.byteOffset, whole)
            : new Float64Array(at.buffer, at.byteOffset, whole),
      });
    },
    end(bytes) {
      if (width === undefined) throw fileFailure(name, `the file ends after ${bytes} bytes, within its npy header`);
      if (rest.length > 0)
        throw fileFailure(
          name,
          `${rest.length} bytes are left over after ${count} values of ${width} bytes; is the file truncated?`,
        );
      if (expected !== undefined && expected !== count)
        throw fileFailure(name, `the header says ${expected} values, but ${count} follow; is the file truncated?`);
      if (count === 0) throw fileFailure(name, 'there are no log-probabilities in the file');
    },
  };
}

/** A sum of probabilities above 1 by more than this is no rounding. */
const largestExcess = 1e-6;

/** Lines that are handed on together. */
const linesTogether = 4096;

function lines(name: string, take: (piece: LogProbabilityPiece) => void): Decoder {
  const text = new TextDecoder('utf-8', { fatal: true });
  let rest = '';
  let number = 0;
  let tokens = 0;
  let fields: string | undefined;
  let values: number[] = [];
  let ranks: number[] = [];
  let documents: (string | number)[] = [];
  const flush = (): void => {
    if (values.length === 0) return;
    take({
      values: Float64Array.from(values),
      ...(ranks.length > 0 ? { ranks: Uint32Array.from(ranks) } : {}),
      ...(documents.length > 0 ? { documents } : {}),
    });
    [values, ranks, documents] = [[], [], []];
  };
  const line = (content: string): void => {
    number += 1;
    if (content.trim() === '') return;
    const wrong = (problem: string): Error => fileFailure(name, `line ${number}: ${problem}: ${content.slice(0, 80)}`);
    let parsed: unknown;
    try {
      parsed = JSON.parse(content);
    } catch {
      throw wrong('this is not JSON');
    }
    if (typeof parsed !== 'object' || parsed === null || !('lp' in parsed))
      throw wrong('expected an object with the log-probability "lp"');
    const { lp } = parsed;
    const value = lp === null || lp === '-Infinity' ? -Infinity : lp;
    if (typeof value !== 'number') throw wrong('"lp" is no number');
    const rank = 'rank' in parsed ? parsed.rank : undefined;
    const document = 'doc' in parsed ? parsed.doc : undefined;
    if (rank !== undefined && !(typeof rank === 'number' && Number.isInteger(rank) && rank >= 0 && rank < 2 ** 32))
      throw wrong('"rank" is no whole number ≥ 0');
    if (document !== undefined && typeof document !== 'number' && typeof document !== 'string')
      throw wrong('"doc" is neither a number nor a text');
    const sum = 'sum' in parsed ? parsed.sum : 1;
    if (typeof sum !== 'number' || !(sum <= 1 + largestExcess && sum >= 0))
      throw wrong(`the probabilities sum to ${String(sum)}; expected at most 1`);
    const has = `${rank !== undefined}${document !== undefined}`;
    if (fields !== undefined && fields !== has)
      throw wrong('the fields "rank" and "doc" are in some lines and not in others');
    fields = has;
    values.push(value);
    tokens += 1;
    if (rank !== undefined) ranks.push(rank);
    if (document !== undefined) documents.push(document);
    if (values.length === linesTogether) flush();
  };
  return {
    push(chunk) {
      let decoded: string;
      try {
        decoded = text.decode(chunk, { stream: true });
      } catch {
        throw fileFailure(name, `there is a byte after line ${number} that is not UTF-8`);
      }
      const parts = (rest + decoded).split('\n');
      rest = parts.pop() ?? '';
      for (const part of parts) line(part);
    },
    end() {
      if (rest !== '') line(rest);
      flush();
      if (tokens === 0) throw fileFailure(name, 'there are no log-probabilities in the file');
    },
  };
}
