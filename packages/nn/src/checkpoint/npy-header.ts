import { EinlabError } from '@einlab/einsum-core';
import { type EntryType, entryType } from './entry-types.ts';

/** Everything an npy file says about its array, checked. */
export interface NpyHeader {
  /** As NumPy writes it: `<f4`, `|b1`, … */
  readonly descr: string;
  readonly type: EntryType;
  readonly bigEndian: boolean;
  /** The first axis varies fastest. */
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
  /** In bytes from the start of the file. */
  readonly dataStart: number;
  readonly dataStop: number;
}

/** NumPy's codes of element types without the byte order, by the names in safetensors. */
const names: Readonly<Record<string, string>> = {
  f8: 'F64',
  f4: 'F32',
  f2: 'F16',
  i8: 'I64',
  i4: 'I32',
  i2: 'I16',
  i1: 'I8',
  u8: 'U64',
  u4: 'U32',
  u2: 'U16',
  u1: 'U8',
  b1: 'BOOL',
};

/** `\x93NUMPY` */
export const NPY_MAGIC: readonly number[] = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/** Longer headers belong to structured types, which are no tensors; NumPy has the same limit for files that it does not trust. */
const LONGEST_HEADER = 10_000;

/** The start of a file that holds its header, in bytes: magic, version, length and text. */
export const LONGEST_START: number = 12 + LONGEST_HEADER;

const failure = (source: string, message: string): EinlabError =>
  new EinlabError('file', `${source}: ${message}`, { source });

/**
 * Reads and checks a header before any value is read: magic, version, length, the dictionary, and that the array fills the
 * rest of the file.
 *
 * @param bytes - the first `LONGEST_START` bytes of the file at least, or all where there are fewer
 * @param size - of the file in bytes
 * @param source - what to call the file in errors
 * @throws {EinlabError} `file`, naming what is wrong
 * @see NumPy Enhancement Proposal 1, "A simple file format for NumPy arrays", and numpy.lib.format for versions 2 and 3
 */
export function readNpyHeader(bytes: Uint8Array, size: number, source: string): NpyHeader {
  const { text, dataStart } = headerText(bytes, size, source);
  const fields = readDictionary(text, source);
  const known = ['descr', 'fortran_order', 'shape'];
  for (const key of fields.keys())
    if (!known.includes(key)) throw failure(source, `the header has the key "${key}"; expected ${known.join(', ')}`);
  const field = (key: string): string => {
    const value = fields.get(key);
    if (value === undefined) throw failure(source, `the header has no "${key}": ${shortened(text)}`);
    return value;
  };
  const { descr, type, bigEndian } = readDescr(field('descr'), source);
  const order = field('fortran_order');
  if (order !== 'True' && order !== 'False')
    throw failure(source, `fortran_order is ${shortened(order)}; expected True or False`);
  const shape = readShape(field('shape'), source);
  const needed = shape.reduce((total, extent) => total * extent, type.bytes);
  const held = size - dataStart;
  if (needed !== held) {
    throw failure(
      source,
      `${descr} of shape [${shape.join(', ')}] takes ${needed} bytes, but ${held} follow the header; the file is ${needed > held ? 'truncated' : 'no single array'}`,
    );
  }
  return { descr, type, bigEndian, fortranOrder: order === 'True', shape, dataStart, dataStop: size };
}

function headerText(
  bytes: Uint8Array,
  size: number,
  source: string,
): { readonly text: string; readonly dataStart: number } {
  if (bytes.byteLength < 10 || NPY_MAGIC.some((byte, i) => bytes[i] !== byte))
    throw failure(source, `the file does not start with "\\x93NUMPY" and a version; it is no npy file`);
  const [major = 0, minor = 0] = bytes.subarray(6, 8);
  if (major < 1 || major > 3 || minor !== 0)
    throw failure(source, `the format's version is ${major}.${minor}; expected 1.0, 2.0 or 3.0`);
  const textStart = major === 1 ? 10 : 12;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = bytes.byteLength < textStart ? 0 : major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  const held = Math.max(0, size - textStart);
  if (length > held || length > LONGEST_HEADER || bytes.byteLength < textStart) {
    throw failure(
      source,
      `the header claims ${length} bytes, but ${held} follow (and ${LONGEST_HEADER} is the limit); the file is truncated or is no npy file`,
    );
  }
  const dataStart = textStart + length;
  try {
    const text = new TextDecoder(major === 3 ? 'utf-8' : 'latin1', { fatal: true, ignoreBOM: true }).decode(
      bytes.subarray(textStart, dataStart),
    );
    return { text, dataStart };
  } catch {
    throw failure(source, 'the header is not UTF-8 text');
  }
}

/** A key with its colon, a value (a word, a text, or something in brackets), and what follows it. */
const pair = /\s*(?:'([^'\\]*)'|"([^"\\]*)")\s*:\s*('[^'\\]*'|"[^"\\]*"|\w+|\([^()]*\)|\[.*\])\s*(,\s*\}|,|\})/sy;

/** The values of a Python dictionary of literals, as they are written. */
function readDictionary(text: string, source: string): ReadonlyMap<string, string> {
  const wrong = (): EinlabError =>
    failure(source, `the header is not a dictionary of descr, fortran_order and shape: ${shortened(text)}`);
  const fields = new Map<string, string>();
  const opening = /^\s*\{/.exec(text);
  if (opening === null) throw wrong();
  pair.lastIndex = opening[0].length;
  for (let end = ''; !end.endsWith('}'); ) {
    const match = pair.exec(text);
    if (match === null) throw wrong();
    const [all, single, double, value = ''] = match;
    const key = single ?? double ?? '';
    if (fields.has(key)) throw failure(source, `the header names "${key}" twice`);
    fields.set(key, value);
    end = all;
    if (end.endsWith('}')) {
      if (text.slice(pair.lastIndex).trim() !== '') throw wrong();
      break;
    }
  }
  return fields;
}

function readDescr(value: string, source: string): { descr: string; type: EntryType; bigEndian: boolean } {
  const descr = /^['"](.*)['"]$/s.exec(value)?.[1];
  if (descr === undefined)
    throw failure(source, `descr is ${shortened(value)}; expected one element type, structured types are no tensors`);
  const order = descr.slice(0, 1);
  const name = names[descr.slice(1)];
  const type = entryType(name);
  // One byte has no order; NumPy writes `|` there and nowhere else.
  if (
    !Object.hasOwn(names, descr.slice(1)) ||
    type === undefined ||
    !(type.bytes === 1 ? '|<>' : '<>').includes(order)
  ) {
    throw failure(
      source,
      `descr is "${shortened(descr)}"; expected < or > (| for one byte) and one of ${Object.keys(names).join(', ')}`,
    );
  }
  return { descr, type, bigEndian: order === '>' };
}

function readShape(value: string, source: string): readonly number[] {
  const wrong = (): EinlabError =>
    failure(source, `shape is ${shortened(value)}; expected a tuple of whole numbers ≥ 0, such as (3, 4) or (3,)`);
  const inner = /^\((.*)\)$/s.exec(value)?.[1];
  if (inner === undefined) throw wrong();
  if (inner.trim() === '') return [];
  const parts = inner.split(',').map((part) => part.trim());
  if (parts.at(-1) === '' && parts.length > 1) parts.pop();
  else if (parts.length === 1) throw wrong();
  return parts.map((part) => {
    // Python 2 marked long numbers with an L.
    const extent = /^\d+L?$/.test(part) ? Number.parseInt(part, 10) : Number.NaN;
    if (!Number.isSafeInteger(extent)) throw wrong();
    return extent;
  });
}

const shortened = (text: string): string => (text.length > 60 ? `${text.slice(0, 60)}…` : text).trim();
