import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { openDevice, setDefaultDevice, tensor } from '@einlab/einsum-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeNpy, readNpy } from './read-npy.ts';
import { encodeNpy, type NpyType, writeNpy } from './write-npy.ts';

/** A file of a version with the given header text and data, whatever they are; padded as numpy.lib.format pads. */
function fileOf(header: string, data: readonly number[] = [], version: number = 1): Uint8Array {
  const start = version === 1 ? 10 : 12;
  const text = new TextEncoder().encode(header);
  const length = Math.ceil((start + text.length + 1) / 64) * 64 - start;
  const bytes = new Uint8Array(start + length + data.length).fill(0x20, start, start + length - 1);
  bytes.set([0x93, ...new TextEncoder().encode('NUMPY'), version, 0]);
  const view = new DataView(bytes.buffer);
  if (version === 1) view.setUint16(8, length, true);
  else view.setUint32(8, length, true);
  bytes.set(text, start);
  bytes[start + length - 1] = 0x0a;
  bytes.set(data, start + length);
  return bytes;
}

/** A header as NumPy writes it. */
const headerOf = (descr: string, shape: string, fortran: string = 'False'): string =>
  `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': ${shape}, }`;

/** As long as the header is one line of 128 bytes in all, which it is for the cases below. */
const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

let folder = '';
beforeAll(async () => {
  setDefaultDevice(await openDevice('reference'));
  folder = await mkdtemp(join(tmpdir(), 'einlab-npy-'));
});
afterAll(async () => rm(folder, { recursive: true }));

describe('npy', () => {
  // Written by numpy.lib.format.write_array of NumPy 2.4.6.
  it.each<[string, string, number, string, string, string, unknown]>([
    [
      'float64',
      '\x01\x00v\x00',
      10,
      headerOf('<f8', '(2,)'),
      '\0\0\0\0\0\0\xf8?\0\0\0\0\0\0\x02\xc0',
      'f32',
      [1.5, -2.25],
    ],
    [
      'Fortran order',
      '\x01\x00v\x00',
      10,
      headerOf('<f4', '(2, 3)', 'True'),
      '\0\0\0\0\0\0@@\0\0\x80?\0\0\x80@\0\0\0@\0\0\xa0@',
      'f32',
      [
        [0, 1, 2],
        [3, 4, 5],
      ],
    ],
    ['version 3', '\x03\x00t\x00\x00\x00', 12, headerOf('|b1', '(2,)'), '\x01\x00', 'bool', [1, 0]],
    [
      'version 2, big-endian',
      '\x02\x00t\x00\x00\x00',
      12,
      headerOf('>i4', '(2, 1)'),
      '\0\0\0\x01\xff\xff\xff\xfe',
      'i32',
      [[1], [-2]],
    ],
    ['a scalar', '\x01\x00v\x00', 10, headerOf('<f2', '()'), '\x008', 'f32', 0.5],
    [
      'three axes in Fortran order',
      '\x01\x00v\x00',
      10,
      headerOf('|u1', '(2, 3, 2)', 'True'),
      '\x00\x06\x02\x08\x04\n\x01\x07\x03\t\x05\x0b',
      'u32',
      [
        [
          [0, 1],
          [2, 3],
          [4, 5],
        ],
        [
          [6, 7],
          [8, 9],
          [10, 11],
        ],
      ],
    ],
  ])('reads what NumPy wrote: %s', async (_, version, start, header, data, dtype, expected) => {
    const file = latin1(`\x93NUMPY${version}${header.padEnd(127 - start)}\n${data}`);
    const read = decodeNpy(file);
    expect(read.dtype).toBe(dtype);
    expect(read.rank === 0 ? await read.item() : await read.toArray()).toEqual(expected);
  });

  it('writes what NumPy writes, to the byte', async () => {
    const header = headerOf('<f4', '(2, 1)').padEnd(117);
    expect(await encodeNpy(tensor([[1], [-2]]))).toEqual(
      latin1(`\x93NUMPY\x01\x00v\x00${header}\n\x00\x00\x80\x3f\x00\x00\x00\xc0`),
    );
  });

  it.each<[string, number[], number[]]>([
    ['<f8', [0, 0, 0, 0, 0, 0, 0xf8, 0x3f], [1.5]],
    ['>f8', [0x3f, 0xf8, 0, 0, 0, 0, 0, 0], [1.5]],
    ['<f4', [0, 0, 0xc0, 0x3f], [1.5]],
    ['<f2', [0, 0x3c, 0, 0xc0, 1, 0, 0, 0x7c, 0xff, 0x7b], [1, -2, 2 ** -24, Infinity, 65504]],
    ['<i8', [254, 255, 255, 255, 255, 255, 255, 255], [-2]],
    ['<i4', [254, 255, 255, 255], [-2]],
    ['>i2', [255, 254], [-2]],
    ['|i1', [254], [-2]],
    ['<u8', [255, 255, 255, 255, 0, 0, 0, 0], [2 ** 32 - 1]],
    ['<u4', [255, 255, 255, 255], [2 ** 32 - 1]],
    ['<u2', [254, 255], [65534]],
    ['|u1', [254], [254]],
    ['|b1', [1, 0], [1, 0]],
  ])('reads %s', async (descr, bytes, expected) => {
    expect(await decodeNpy(fileOf(headerOf(descr, `(${expected.length},)`), bytes)).toArray()).toEqual(expected);
  });

  it('keeps f2 as it is stored where it is asked to, in either byte order and either order of axes', async () => {
    const header = headerOf('>f2', '(2, 3)', 'True');
    const x = decodeNpy(fileOf(header, [0, 0, 0x3c, 0, 0x40, 0, 0x42, 0, 0x44, 0, 0x45, 0]), 'file', {
      halves: 'stored',
    });
    expect(x.dtype).toBe('f16');
    expect(await x.toArray()).toEqual([
      [0, 2, 4],
      [1, 3, 5],
    ]);
    expect(new TextDecoder('latin1').decode(await encodeNpy(x))).toContain("'descr': '<f2'");
    const wide = await encodeNpy(tensor([1.5], { dtype: 'bf16' }));
    expect(await decodeNpy(wide).toArray()).toEqual([1.5]);
    expect(new TextDecoder('latin1').decode(wide)).toContain("'descr': '<f4'");
  });

  it('keeps all digits of the reference device where it is asked to', async () => {
    const third = tensor([1]).divide(3);
    expect(await decodeNpy(await encodeNpy(third, { type: 'F64' })).item()).toBe(1 / 3);
    expect(await decodeNpy(await encodeNpy(third)).item()).toBe(Math.fround(1 / 3));
  });

  it.each<[NpyType, number[], string]>([
    ['F64', [1.5, -2], '<f8'],
    ['F32', [1.5, -2], '<f4'],
    ['F16', [1.5, -2], '<f2'],
    ['I64', [-5, 2 ** 31 - 1], '<i8'],
    ['I32', [-5, 7], '<i4'],
    ['U32', [5, 2 ** 31], '<u4'],
    ['U8', [0, 255], '|u1'],
    ['BOOL', [1, 0], '|b1'],
  ])('writes %s, which is read back', async (type, values, descr) => {
    const file = await encodeNpy(tensor(values), { type });
    expect(new TextDecoder('latin1').decode(file)).toContain(`'descr': '${descr}'`);
    expect(await decodeNpy(file).toArray()).toEqual(values);
  });

  it.each<[NpyType, number, string]>([
    ['U8', 256, 'writeNpy: the value at index 1 is 256; U8 holds whole numbers from 0 to 255'],
    ['U8', -1, 'the value at index 1 is -1'],
    ['I32', 0.5, 'the value at index 1 is 0.5; I32 holds whole numbers'],
    ['I64', Number.NaN, 'the value at index 1 is NaN'],
    ['I64', Infinity, 'the value at index 1 is Infinity'],
    ['BOOL', 2, 'the value at index 1 is 2; BOOL holds whole numbers from 0 to 1'],
  ])('refuses to write as %s the value %d', async (type, value, message) => {
    await expect(encodeNpy(tensor([1, value]), { type })).rejects.toThrow(message);
    await expect(encodeNpy(tensor([1, value]), { type })).rejects.toMatchObject({ code: 'data' });
  });

  it('refuses a type that it does not know', async () => {
    const type = 'toString' as NpyType;
    await expect(encodeNpy(tensor([1]), { type })).rejects.toThrow(
      'writeNpy: type is "toString"; expected one of F64, F32',
    );
  });

  it('starts the data at a multiple of 64 bytes, also where a long shape fills the first line', async () => {
    for (const axes of [0, 1, 20, 21, 22, 23, 24, 60]) {
      const file = await encodeNpy(tensor([7], { shape: Array<number>(axes).fill(1) }));
      expect((file.length - 4) % 64).toBe(0);
      expect(decodeNpy(file).rank).toBe(axes);
    }
  });

  it('goes through a path, a stream, an address, a blob and bytes', async () => {
    const path = join(folder, 'array.npy');
    const values = tensor([[1, 2]]);
    await writeNpy(path, values);
    const bytes = new Uint8Array(await readFile(path));
    const chunks: Uint8Array[] = [];
    await writeNpy(new WritableStream<Uint8Array>({ write: (chunk) => void chunks.push(chunk) }), values);
    expect(chunks).toEqual([bytes]);
    for (const from of [path, pathToFileURL(path), new Blob([bytes]), bytes, bytes.buffer])
      expect(await (await readNpy(from)).toArray()).toEqual([[1, 2]]);
  });

  it('accepts what other writers put into a header: double quotes, another order, no last comma, long numbers', async () => {
    const header = `{ "shape" : ( 1L , 2L ) , "fortran_order":False,'descr':"<f4"}`;
    expect(decodeNpy(fileOf(header, Array<number>(8).fill(0))).shape).toEqual([1, 2]);
    expect(decodeNpy(fileOf(headerOf('<f4', '(0, 3)'))).shape).toEqual([0, 3]);
  });

  it.each<[string, Uint8Array, string]>([
    ['another magic', latin1('PK\x03\x04 and more'), 'npy: the file does not start with "\\x93NUMPY"'],
    ['nothing', new Uint8Array(), 'it is no npy file'],
    ['a later version', fileOf('{}', [], 4), "the format's version is 4.0; expected 1.0, 2.0 or 3.0"],
    ['a cut header', fileOf(headerOf('<f4', '()')).subarray(0, 60), 'the header claims 118 bytes, but 50 follow'],
    ['a cut length', fileOf('{}', [], 2).subarray(0, 11), 'the header claims 0 bytes, but 0 follow'],
    ['a header of absurd length', latin1('\x93NUMPY\x02\x00\xff\xff\xff\xff{}'), 'the header claims 4294967295 bytes'],
    [
      'a header that is no dictionary',
      fileOf('[1]'),
      'the header is not a dictionary of descr, fortran_order and shape: [1]',
    ],
    ['code in a header', fileOf(`{'descr': open('x'), }`), 'the header is not a dictionary'],
    ['words after the dictionary', fileOf(`${headerOf('<f4', '()')} and more`), 'the header is not a dictionary'],
    ['a missing key', fileOf(`{'descr': '<f4', 'shape': (), }`), 'the header has no "fortran_order"'],
    ['an unknown key', fileOf(`{'descr': '<f4', 'order': 1, }`), 'the header has the key "order"; expected descr,'],
    ['a key that stands twice', fileOf(`{'descr': '<f4', 'descr': '<f8', }`), 'the header names "descr" twice'],
    [
      'a structured type',
      fileOf(`{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }`),
      "descr is [('a', '<f4')]",
    ],
    [
      'an unknown type',
      fileOf(headerOf('<c8', '(1,)')),
      'descr is "<c8"; expected < or > (| for one byte) and one of f8, f4',
    ],
    ['a type with an inherited name', fileOf(headerOf('<toString', '(1,)')), 'descr is "<toString"'],
    ['an object array', fileOf(headerOf('|O', '(1,)')), 'descr is "|O"'],
    ['a wide type without an order', fileOf(headerOf('|f4', '(1,)')), 'descr is "|f4"'],
    [
      'no word for the order',
      fileOf(headerOf('<f4', '(1,)', 'Maybe')),
      'fortran_order is Maybe; expected True or False',
    ],
    ['a shape that is no tuple', fileOf(headerOf('<f4', '(3)')), 'shape is (3); expected a tuple of whole numbers ≥ 0'],
    ['a negative size', fileOf(headerOf('<f4', '(-1,)')), 'shape is (-1,)'],
    ['a hole in a shape', fileOf(headerOf('<f4', '(1,,2)')), 'shape is (1,,2)'],
    [
      'a size beyond all numbers',
      fileOf(headerOf('<f4', '(99999999999999999999,)')),
      'shape is (99999999999999999999,)',
    ],
    [
      'fewer bytes than the shape takes',
      fileOf(headerOf('<f4', '(2,)'), [0, 0, 0, 0]),
      '<f4 of shape [2] takes 8 bytes, but 4 follow the header; the file is truncated',
    ],
    [
      'more bytes than the shape takes',
      fileOf(headerOf('|u1', '(1,)'), [0, 0]),
      'takes 1 bytes, but 2 follow the header; the file is no single array',
    ],
    [
      'sizes whose product overflows',
      fileOf(headerOf('|u1', `(${'9007199254740991, '.repeat(30)})`)),
      'follow the header; the file is truncated',
    ],
    [
      'an integer of more than 32 bits',
      fileOf(headerOf('<i8', '(1,)'), [0, 0, 0, 0, 1, 0, 0, 0]),
      'npy: the array (<i8) holds 4294967296 at index 0; expected a number that fits i32',
    ],
    [
      'a boolean of 2',
      fileOf(headerOf('|b1', '(2,)'), [1, 2]),
      'npy: the array (|b1) holds 2 at index 1; expected 0 or 1',
    ],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => decodeNpy(bytes)).toThrow(message);
    expect(() => decodeNpy(bytes)).toThrow(expect.objectContaining({ code: 'file' }));
  });

  it('tells a damaged file by its path', async () => {
    const path = join(folder, 'absent.npy');
    await expect(readNpy(path)).rejects.toThrow(`cannot read ${path}`);
    expect(() => decodeNpy(Uint8Array.of(1), 'some/array.npy')).toThrow('some/array.npy: the file does not start');
  });
});
