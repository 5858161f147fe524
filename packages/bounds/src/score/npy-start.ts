import { fileFailure } from '../base/check.ts';

/** The start of an npy file that holds numbers of one axis. */
export interface NpyStart {
  /** Bytes before the values. */
  readonly dataStart: number;
  readonly bytesPerValue: 4 | 8;
  readonly count: number;
}

const longestHeader = 10_000;

/**
 * Reads the header of an npy file with log-probabilities: `<f4` or `<f8`, one axis (or one row or column).
 *
 * @param start - the first bytes of the file
 * @returns undefined where more bytes are needed
 * @throws {EinlabError} `file`, naming what is wrong
 */
export function readNpyStart(start: Uint8Array, source: string): NpyStart | undefined {
  const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
  magic.forEach((byte, i) => {
    if (i < start.length && start[i] !== byte)
      throw fileFailure(source, `byte ${i} is ${start[i]}; expected ${byte}: this is no npy file`);
  });
  if (start.length < 12) return undefined;
  const major = start[6];
  if (major < 1 || major > 3) throw fileFailure(source, `the npy version is ${major}; expected 1, 2 or 3`);
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength);
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  const textStart = major === 1 ? 10 : 12;
  if (length > longestHeader)
    throw fileFailure(source, `the npy header has ${length} bytes; the limit is ${longestHeader}`);
  if (start.length < textStart + length) return undefined;
  const text = new TextDecoder('latin1').decode(start.subarray(textStart, textStart + length));
  const descr = /'descr'\s*:\s*'([^']*)'/.exec(text)?.[1];
  if (descr !== '<f4' && descr !== '<f8')
    throw fileFailure(source, `the values are ${descr ?? 'of a structured type'}; expected <f4 or <f8`);
  const shape = /'shape'\s*:\s*\(([^()]*)\)/.exec(text)?.[1];
  const axes = shape === undefined ? [] : shape.split(',').filter((part) => part.trim() !== '');
  const sizes = axes.map((part) => (/^\s*\d+L?\s*$/.test(part) ? Number.parseInt(part, 10) : Number.NaN));
  if (sizes.length === 0 || sizes.some((size) => !Number.isSafeInteger(size)))
    throw fileFailure(source, `the shape is (${shape ?? ''}); expected whole numbers, such as (1000,)`);
  if (sizes.filter((size) => size !== 1).length > 1)
    throw fileFailure(source, `the shape is (${shape ?? ''}); expected one log-probability per token along one axis`);
  const count = sizes.reduce((total, size) => total * size, 1);
  return { dataStart: textStart + length, bytesPerValue: descr === '<f4' ? 4 : 8, count };
}
