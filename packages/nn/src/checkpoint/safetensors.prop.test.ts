import { EinlabError, tensor } from '@einlab/einsum-core';
import { awkwardFloat32Array, property } from '@einlab/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { duplicateKey } from './duplicate-key.ts';
import { bfloat16ToNumber, float16ToNumber, numberToFloat16 } from './half-floats.ts';
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

describe('half floats', () => {
  property(
    'every finite binary16 has the sign, and the order, of its bits',
    fc.integer({ min: 0, max: 0x7bfe }),
    (bits) => {
      const value = float16ToNumber(bits);
      return (
        value < float16ToNumber(bits + 1) &&
        Object.is(float16ToNumber(bits | 0x8000), -value) &&
        Math.fround(value) === value
      );
    },
  );

  property(
    'the binary16 of a number is the nearest one, with even bits on a tie',
    fc.record({
      bits: fc.integer({ min: 0, max: 0x7bfe }),
      part: fc.constantFrom(0, 0.25, 0.5, 0.75),
      negative: fc.boolean(),
    }),
    ({ bits, part, negative }) => {
      const [low, high] = [float16ToNumber(bits), float16ToNumber(bits + 1)];
      const value = low + (high - low) * part;
      const nearest = part < 0.5 ? bits : part > 0.5 ? bits + 1 : bits + (bits % 2);
      return numberToFloat16(negative ? -value : value) === (negative ? nearest | 0x8000 : nearest);
    },
    { runs: 2000 },
  );

  it('the binary16 of what is no ordinary number', () => {
    const cases = [0, -0, Infinity, -Infinity, Number.NaN, 65519.99, 65520, -1e300, 2 ** -25, 2 ** -25 * 1.001, 5e-324];
    expect(cases.map(numberToFloat16)).toEqual([0, 0x8000, 0x7c00, 0xfc00, 0x7e00, 0x7bff, 0x7c00, 0xfc00, 0, 1, 0]);
  });

  property('a bfloat16 is the f32 whose upper half it is', fc.integer({ min: 0, max: 0xffff }), (bits) => {
    const expected = new Float32Array(Uint32Array.of(bits * 65536).buffer)[0];
    return Object.is(bfloat16ToNumber(bits), expected);
  });
});
