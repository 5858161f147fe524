import { EinlabError, tensor } from '@einlab/einsum-core';
import { awkwardFloat32, property } from '@einlab/testkit';
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { decodeNpy } from './read-npy.ts';
import { encodeNpy } from './write-npy.ts';

const shape = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 });
const sizeOf = (extents: readonly number[]): number => extents.reduce((total, extent) => total * extent, 1);

/** A file as NumPy writes it, of u1 or big-endian i4. */
function fileOf(descr: string, fortran: boolean, extents: readonly number[], data: Uint8Array): Uint8Array {
  const tuple = `(${extents.map((extent) => `${extent},`).join(' ')})`;
  const header = `{'descr': '${descr}', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': ${tuple}, }\n`;
  const file = new Uint8Array(10 + header.length + data.length);
  file.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length, 0]);
  file.set(new TextEncoder().encode(header), 10);
  file.set(data, 10 + header.length);
  return file;
}

describe('npy', () => {
  property(
    'encode, then decode, is the identity on shapes and bits',
    fc.record({ shape, pool: fc.array(awkwardFloat32(), { minLength: 1, maxLength: 8 }) }),
    async ({ shape: extents, pool }) => {
      const values = Float32Array.from({ length: sizeOf(extents) }, (_, i) => pool[i % pool.length] ?? 0);
      const read = decodeNpy(await encodeNpy(tensor(values, { shape: extents })));
      expect(read.shape).toEqual(extents);
      const got = await read.data();
      return values.every((value, i) => Object.is(got[i], value));
    },
  );

  property(
    'an array in Fortran order is the transpose of the same bytes in C order with the shape turned round',
    fc.record({ shape, start: fc.nat({ max: 99 }) }),
    async ({ shape: extents, start }) => {
      const data = Uint8Array.from({ length: sizeOf(extents) }, (_, i) => start + (i % 100));
      const fortran = decodeNpy(fileOf('|u1', true, extents, data));
      const turned = decodeNpy(fileOf('|u1', false, [...extents].reverse(), data)).transpose();
      expect(fortran.shape).toEqual(turned.shape);
      expect([...(await fortran.data())]).toEqual([...(await turned.data())]);
    },
  );

  property(
    'both byte orders of one array give the same values',
    fc.array(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })),
    async (list) => {
      const bytes = (little: boolean): Uint8Array => {
        const view = new DataView(new ArrayBuffer(list.length * 4));
        for (const [i, value] of list.entries()) view.setInt32(i * 4, value, little);
        return new Uint8Array(view.buffer);
      };
      for (const descr of ['<i4', '>i4'])
        expect([...(await decodeNpy(fileOf(descr, false, [list.length], bytes(descr === '<i4'))).data())]).toEqual(
          list,
        );
    },
  );

  const file = encodeNpy(
    tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]),
  );

  property(
    'a file with changed, dropped or added bytes is read as something valid or refused with a file error',
    fc.record({
      edits: fc.array(fc.record({ at: fc.nat({ max: 160 }), byte: fc.nat({ max: 255 }) }), { maxLength: 4 }),
      words: fc.array(
        fc.record({
          at: fc.nat({ max: 120 }),
          text: fc.constantFrom('(', ')', "'", ',', '}', '{', 'True', '<f8', '|u1', '9'.repeat(20), '[', '\\', '(6,)'),
        }),
        { maxLength: 2 },
      ),
      cut: fc.nat({ max: 30 }),
      grow: fc.nat({ max: 3 }),
    }),
    async ({ edits, words, cut, grow }) => {
      const original = await file;
      const bytes = new Uint8Array(original.length - cut + grow);
      bytes.set(original.subarray(0, original.length - cut));
      for (const { at, byte } of edits) if (at < bytes.length) bytes[at] = byte;
      for (const { at, text } of words) bytes.set(new TextEncoder().encode(text).subarray(0, bytes.length - at), at);
      try {
        const { size, shape: extents } = decodeNpy(bytes);
        return size === sizeOf(extents) && size <= bytes.length;
      } catch (error) {
        return error instanceof EinlabError && error.code === 'file';
      }
    },
    { runs: 2000 },
  );

  property(
    'any text as a header, and any bytes as a file, is refused with a file error or read',
    fc.oneof(
      fc.uint8Array({ maxLength: 80 }),
      fc
        .array(fc.constantFrom('(', ')', "'", '"', ',', '}', '{', ':', ' ', 'shape', 'descr', '[', ']', '1', 'True'), {
          maxLength: 60,
        })
        .map((words) => {
          const text = `{${words.join('')}`;
          const bytes = new Uint8Array(10 + text.length);
          bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, text.length & 255, text.length >> 8]);
          bytes.set(new TextEncoder().encode(text), 10);
          return bytes;
        }),
    ),
    (bytes) => {
      try {
        return decodeNpy(bytes).size >= 0;
      } catch (error) {
        return error instanceof EinlabError && error.code === 'file';
      }
    },
    { runs: 2000 },
  );
});
