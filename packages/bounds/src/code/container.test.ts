import { property } from '@einlab/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assignLevels } from '../quantize/levels.ts';
import { quantizeBlocks } from '../quantize/blocks.ts';
import { BitReader, BitWriter } from './bits.ts';
import { type Container, containerBits, decodeContainer, encodeContainer, groupValues, toHalf } from './container.ts';
import { crc32 } from './crc32.ts';
import { countSymbols, entropyBits } from './range-coder.ts';

const config = '0123456789abcdef';
const group = fc
  .tuple(
    fc.array(fc.float({ min: -8, max: 8, noNaN: true }), { maxLength: 400 }),
    fc.array(fc.float({ min: -8, max: 8, noNaN: true }), { minLength: 1, maxLength: 31 }),
    fc.boolean(),
  )
  .map(([values, levels, inBlocks]) =>
    inBlocks ? quantizeBlocks(values, { bits: 4, block: 32 }).group : assignLevels(values, levels),
  );
const container = fc.array(group, { maxLength: 6 }).map((groups): Container => ({ config, groups }));

describe('the container', () => {
  property('decodes bit for bit to what was written', container, (model) => {
    const bytes = encodeContainer(model);
    expect(decodeContainer(bytes)).toEqual(model);
    expect(encodeContainer(decodeContainer(bytes))).toEqual(bytes);
    expect(containerBits(bytes)).toBe(8 * bytes.length);
  });

  property('is never shorter than the entropy of its symbols', container, (model) => {
    const entropy = model.groups.reduce(
      (sum, { symbols, levels }) => sum + entropyBits(countSymbols(symbols, levels.length)),
      0,
    );
    expect(8 * encodeContainer(model).length).toBeGreaterThanOrEqual(entropy);
  });

  property('no container is the beginning of another', fc.tuple(container, container), ([a, b]) => {
    const [first, second] = [encodeContainer(a), encodeContainer(b)];
    const isBeginning = first.length < second.length && first.every((byte, i) => byte === second[i]);
    return !isBeginning;
  });

  it('costs little beside the entropy of a large group', () => {
    const symbols = Uint8Array.from({ length: 100_000 }, (_, i) => (i % 7919) % 9);
    const levels = Float32Array.from({ length: 9 }, (_, i) => i / 4);
    const bits = 8 * encodeContainer({ config, groups: [{ symbols, levels }] }).length;
    const entropy = entropyBits(countSymbols(symbols, 9));
    expect(bits - entropy).toBeLessThan(136 + 32 + 9 * 16 + 9 * 33 + 100);
  });

  it('refuses what it could not give back', () => {
    const symbols = Uint8Array.of(0);
    expect(() => encodeContainer({ config, groups: [{ symbols, levels: Float32Array.of(0.1) }] })).toThrow(
      'which is no finite f16',
    );
    expect(() =>
      encodeContainer({ config, groups: [{ symbols: Uint8Array.of(3), levels: Float32Array.of(1) }] }),
    ).toThrow('symbol 3 at 0 of group 0 has no level');
    expect(() => encodeContainer({ config: 'xyz', groups: [] })).toThrow('expected 16 hexadecimal digits');
    expect(() => decodeContainer(new Uint8Array(30))).toThrow('not those of a container');
  });

  it('values are levels, times their scale where there is one', () => {
    expect([...groupValues({ symbols: Uint8Array.of(1, 0), levels: Float32Array.of(-1, 2) })]).toEqual([2, -1]);
    const { group: scaled } = quantizeBlocks([1, -0.5, 8, 4], { bits: 3, block: 2 });
    expect([...groupValues(scaled)]).toEqual([1, expect.closeTo(-0.333, 2), 8, expect.closeTo(5.333, 1)]);
  });
});

describe('bits', () => {
  property(
    'come back, numbers in γ code in 2⌊log₂ x⌋ + 1 of them',
    fc.array(fc.integer({ min: 1, max: 2 ** 40 }), { maxLength: 50 }),
    (numbers) => {
      const writer = new BitWriter();
      for (const number of numbers) writer.writeGamma(number);
      expect(writer.length).toBe(numbers.reduce((sum, x) => sum + 2 * Math.floor(Math.log2(x)) + 1, 0));
      const reader = new BitReader(writer.bytes(), 'bits');
      expect(numbers.map(() => reader.readGamma())).toEqual(numbers);
    },
  );

  it('end with an error that says where', () => {
    expect(() => new BitReader(Uint8Array.of(255), 'x').read(9)).toThrow('x: the bits end at 8');
    expect(() => new BitReader(new Uint8Array(20), 'x').readGamma()).toThrow('more than 48 bits');
  });

  it('have the checksum that everybody has', () => {
    expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926);
    expect(toHalf(0.1)).toBeCloseTo(0.09997559, 8);
  });
});
