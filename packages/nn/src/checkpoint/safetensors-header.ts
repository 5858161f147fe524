import { EinlabError } from '@einlab/einsum-core';
import { duplicateKey } from './duplicate-key.ts';
import { type EntryType, entryType, entryTypeNames } from './entry-types.ts';

/** One tensor of a file: what it holds and where. */
export interface HeaderEntry {
  readonly name: string;
  /** As in the file: `F32`, `BF16`, … */
  readonly dtypeName: string;
  readonly type: EntryType;
  readonly shape: readonly number[];
  /** In bytes from the start of the file. */
  readonly start: number;
  readonly stop: number;
}

/** Everything a file says about its tensors, checked. */
export interface SafetensorsHeader {
  readonly entries: readonly HeaderEntry[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** The format's own limit on the length of a header. */
const LONGEST_HEADER = 100_000_000;

function failure(source: string, message: string, details: Readonly<Record<string, unknown>> = {}): EinlabError {
  return new EinlabError('file', `${source}: ${message}`, { source, ...details });
}

/**
 * The length of the header's text in bytes, from the first 8 bytes of a file; the text follows them.
 *
 * @param start - at least the first 8 bytes, or the whole file where that is shorter
 * @param size - of the file in bytes
 * @param source - what to call the file in errors
 * @throws {EinlabError} `file` when the file cannot hold such a header
 */
export function headerLength(start: Uint8Array, size: number, source: string): number {
  if (size < 8) {
    throw failure(
      source,
      `the file has ${size} bytes; a safetensors file starts with 8 bytes that give the length of its header`,
    );
  }
  const length = new DataView(start.buffer, start.byteOffset).getBigUint64(0, true);
  if (length > BigInt(Math.min(LONGEST_HEADER, size - 8))) {
    throw failure(
      source,
      `the header claims ${length} bytes, but ${size - 8} follow (and ${LONGEST_HEADER} is the limit); the file is truncated or is no safetensors file`,
    );
  }
  return Number(length);
}

/**
 * Reads and checks a header before any value is read: its JSON, element types, shapes, and that the tensors fill the rest of the
 * file without holes or overlaps.
 *
 * @param text - the bytes of the header's text
 * @param size - of the file in bytes
 * @param source - what to call the file in errors
 * @throws {EinlabError} `file`, naming the tensor and what is wrong with it
 */
export function readHeader(text: Uint8Array, size: number, source: string): SafetensorsHeader {
  const dataStart = 8 + text.byteLength;
  const header = parseObject(decodeText(text, source), source);
  const metadata = readMetadata(header['__metadata__'], source);
  const entries = Object.entries(header)
    .filter(([name]) => name !== '__metadata__')
    .map(([name, value]) => readEntry(name, value, dataStart, source));
  checkLayout(entries, dataStart, size, source);
  return { entries, metadata };
}

function decodeText(text: Uint8Array, source: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(text);
  } catch {
    throw failure(source, 'the header is not UTF-8 text');
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseObject(json: string, source: string): Readonly<Record<string, unknown>> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch (error) {
    throw failure(source, `the header is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (!isRecord(parsed)) throw failure(source, 'the header is JSON, but not an object of tensors');
  const duplicate = duplicateKey(json);
  if (duplicate !== undefined) throw failure(source, `the header names "${duplicate}" twice`, { name: duplicate });
  return parsed;
}

function readMetadata(value: unknown, source: string): Readonly<Record<string, string>> {
  if (value === undefined) return {};
  if (!isRecord(value)) throw failure(source, 'the metadata are not an object of texts');
  return Object.fromEntries(
    Object.entries(value).map(([key, text]): [string, string] => {
      if (typeof text !== 'string')
        throw failure(source, `the metadata "${key}" are ${JSON.stringify(text)}; expected a text`, { key });
      return [key, text];
    }),
  );
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

function readEntry(name: string, value: unknown, dataStart: number, source: string): HeaderEntry {
  const wrong = (message: string): EinlabError => failure(source, `tensor "${name}" ${message}`, { name });
  if (!isRecord(value))
    throw wrong(`is described by ${JSON.stringify(value)}; expected { dtype, shape, data_offsets }`);
  const { dtype, shape, data_offsets: offsets } = value;
  const type = entryType(dtype);
  if (type === undefined || typeof dtype !== 'string') {
    throw wrong(`has dtype ${JSON.stringify(dtype)}; expected one of ${entryTypeNames.join(', ')}`);
  }
  if (!Array.isArray(shape) || !shape.every(isCount))
    throw wrong(`has shape ${JSON.stringify(shape)}; expected whole numbers ≥ 0`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) {
    throw wrong(`has data_offsets ${JSON.stringify(offsets)}; expected two whole numbers ≥ 0`);
  }
  const [start = 0, stop = 0] = offsets;
  const needed = shape.reduce((total, extent) => total * extent, type.bytes);
  if (stop - start !== needed) {
    throw wrong(
      `is ${dtype}[${shape.join(', ')}], which takes ${needed} bytes, but its data_offsets [${start}, ${stop}] hold ${stop - start}`,
    );
  }
  return { name, dtypeName: dtype, type, shape, start: dataStart + start, stop: dataStart + stop };
}

function checkLayout(entries: readonly HeaderEntry[], dataStart: number, size: number, source: string): void {
  let end = dataStart;
  for (const { name, start, stop } of [...entries].sort((a, b) => a.start - b.start || a.stop - b.stop)) {
    const place = `data_offsets [${start - dataStart}, ${stop - dataStart}]`;
    if (start < end)
      throw failure(source, `tensor "${name}" overlaps another one: ${place} start before ${end - dataStart}`, {
        name,
      });
    if (start > end)
      throw failure(
        source,
        `there is a hole before tensor "${name}": ${place}, but the data before it end at ${end - dataStart}`,
        { name },
      );
    if (stop > size)
      throw failure(
        source,
        `tensor "${name}" is cut off: ${place}, but the file holds ${size - dataStart} bytes of data`,
        { name },
      );
    end = stop;
  }
  if (end !== size) throw failure(source, `${size - end} bytes follow the last tensor; expected none`);
}
