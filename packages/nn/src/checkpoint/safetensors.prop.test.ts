import { EinlabError, tensor } from '@einlab/einsum-core';
import { awkwardFloat32Array, property } from '@einlab/testkit';
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { duplicateKey } from './duplicate-key.ts';
import { decodeSafetensors } from './load-safetensors.ts';
import { encodeSafetensors } from './save-safetensors.ts';

const name = fc
  .string({ minLength: 1, maxLength: 8, unit: 'grapheme' })
  .filter((text) => text !== '__metadata__' && !text.includes('.'));

describe('safetensors', () => {
  property(
    'encode, then decode, is the identity on names, bits and metadata',
    fc.record({
      values: fc.dictionary(name, awkwardFloat32Array(5), { maxKeys: 4 }),
      metadata: fc.dictionary(fc.string(), fc.string(), { maxKeys: 3 }),
    }),
    async ({ values, metadata }) => {
      const tree = Object.fromEntries(
        Object.entries(values).map(([key, list]) => [key, tensor(Float32Array.from(list))]),
      );
      const read = decodeSafetensors(await encodeSafetensors(tree, { metadata }));
      expect(read.metadata).toEqual(metadata);
      expect(Object.keys(read.tensors).sort()).toEqual(Object.keys(tree).sort());
      for (const [key, list] of Object.entries(values)) {
        const got = (await read.tensors[key]?.data()) ?? [];
        expect(Array.from(got, (value) => (Object.is(value, -0) ? '-0' : value))).toEqual(
          Array.from(list, (value) => (Object.is(value, -0) ? '-0' : value)),
        );
      }
    },
  );

  const file = encodeSafetensors(
    {
      a: tensor([
        [1, 2],
        [3, 4],
      ]),
      b: { c: tensor([true, false]) },
    },
    { metadata: { step: '3' } },
  );

  property(
    'a file with changed, dropped or added bytes is read as something valid or refused with a file error',
    fc.record({
      edits: fc.array(fc.record({ at: fc.nat({ max: 200 }), byte: fc.nat({ max: 255 }) }), { maxLength: 3 }),
      cut: fc.nat({ max: 20 }),
      grow: fc.nat({ max: 3 }),
    }),
    async ({ edits, cut, grow }) => {
      const original = await file;
      const bytes = new Uint8Array(Math.max(0, original.length - cut) + grow);
      bytes.set(original.subarray(0, Math.max(0, original.length - cut)));
      for (const { at, byte } of edits) if (at < bytes.length) bytes[at] = byte;
      try {
        const { tensors } = decodeSafetensors(bytes);
        for (const { size, shape } of Object.values(tensors))
          expect(size).toBe(shape.reduce((total, extent) => total * extent, 1));
        return Object.values(tensors).every(({ size }) => size <= original.length);
      } catch (error) {
        return error instanceof EinlabError && error.code === 'file';
      }
    },
    { runs: 1000 },
  );

  property(
    'duplicateKey finds nothing in what JSON.stringify writes',
    fc.jsonValue(),
    (value) => duplicateKey(JSON.stringify(value)) === undefined,
  );

  property(
    'duplicateKey finds a key that was added a second time, however it is escaped',
    fc.tuple(fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }), fc.nat()),
    ([record, choice]) => {
      const keys = Object.keys(record);
      const key = keys[choice % keys.length] ?? '';
      const escaped = `"${[...Array(key.length).keys()].map((i) => `\\u${key.charCodeAt(i).toString(16).padStart(4, '0')}`).join('')}"`;
      return duplicateKey(`${JSON.stringify(record).slice(0, -1)},${escaped}:{"inner":1}}`) === key;
    },
  );
});
