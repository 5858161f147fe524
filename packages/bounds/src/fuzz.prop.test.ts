import { property } from '@einlab/testkit';
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { certificateText } from './certificate/certificate.ts';
import { certify } from './certificate/certify.ts';
import { verify } from './certificate/verify.ts';
import { type Container, decodeContainer, encodeContainer } from './code/container.ts';
import { crc32 } from './code/crc32.ts';
import { quantizeBlocks } from './quantize/blocks.ts';
import { assignLevels } from './quantize/levels.ts';
import { npy } from './score/npy.test-helper.ts';
import { readLogProbabilities } from './score/read-log-probabilities.ts';
import { ggufEntropy } from './size/gguf-entropy.ts';
import { ggufHeaderBytes } from './size/gguf.test-helper.ts';
import { readGgufHeader } from './size/gguf.ts';

/** What a reader makes of something: its result, or the error, which must be one of ours. */
async function outcomeOf<T>(read: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    expect(error).toMatchObject({ name: 'EinlabError' });
    return undefined;
  }
}

/** One byte changed, an end cut off, or bytes added. */
const damage = fc.record({
  place: fc.nat(),
  flip: fc.integer({ min: 1, max: 255 }),
  kind: fc.constantFrom('change', 'cut', 'add'),
});

function damaged(bytes: Uint8Array, { place, flip, kind }: { place: number; flip: number; kind: string }): Uint8Array {
  const at = place % bytes.length;
  if (kind === 'cut') return bytes.slice(0, at);
  if (kind === 'add') return Uint8Array.from([...bytes, flip]);
  return bytes.map((byte, i) => (i === at ? byte ^ flip : byte));
}

const container = fc
  .array(
    fc
      .tuple(
        fc.array(fc.float({ min: -8, max: 8, noNaN: true }), { maxLength: 200 }),
        fc.array(fc.float({ min: -8, max: 8, noNaN: true }), { minLength: 1, maxLength: 31 }),
        fc.boolean(),
      )
      .map(([values, levels, inBlocks]) =>
        inBlocks ? quantizeBlocks(values, { bits: 4, block: 32 }).group : assignLevels(values, levels),
      ),
    { maxLength: 5 },
  )
  .map((groups): Container => ({ config: '0123456789abcdef', groups }));

describe('containers', () => {
  property('are refused with any damage', fc.tuple(container, damage), async ([model, what]) => {
    expect(await outcomeOf(() => decodeContainer(damaged(encodeContainer(model), what)))).toBeUndefined();
  });

  property(
    'with a right checksum around any bytes are read or refused, and read only as what they encode',
    fc.uint8Array({ minLength: 1, maxLength: 300 }),
    async (noise) => {
      const bytes = new Uint8Array(17 + noise.length);
      bytes.set([0x45, 0x42, 0x4e, 0x44, 1]);
      bytes.set(noise, 13);
      new DataView(bytes.buffer).setUint32(bytes.length - 4, crc32(bytes.subarray(0, -4)));
      const read = await outcomeOf(() => decodeContainer(bytes));
      if (read !== undefined) expect(read.config).toBe('0000000000000000');
    },
  );
});

describe('certificates', () => {
  const logProbabilities = new Uint8Array(Float32Array.from({ length: 500 }, (_, i) => -0.1 - (i % 50) / 20).buffer);
  const made = certify({ logProbabilities, format: 'f32', vocabulary: 40, code: { bits: 99 } }).then(certificateText);

  property('are refused with any damage', damage, async (what) => {
    const bytes = damaged(new TextEncoder().encode(await made), what);
    expect(await outcomeOf(() => verify(new TextDecoder().decode(bytes)))).toBeUndefined();
  });

  property('that are any JSON at all are refused', fc.json(), async (text) => {
    expect(await outcomeOf(() => verify(text))).toBeUndefined();
  });
});

describe('headers', () => {
  const tensors = [
    { name: 'a', shape: [256, 2], type: 12, bytes: 288 },
    { name: 'b', shape: [5], type: 0, bytes: 20 },
  ];
  const head = ggufHeaderBytes(tensors);
  const gguf = new Uint8Array(head.length + 320);
  gguf.set(head);

  property('of GGUF are read or refused with any damage', damage, async (what) => {
    const read = await outcomeOf(() => readGgufHeader(damaged(gguf, what)));
    expect(read === undefined || read.tensors.length <= 2).toBe(true);
    const size = await outcomeOf(() => ggufEntropy(damaged(gguf, what)));
    expect(size === undefined || (size.entropyBits ?? 0) <= size.bits + 1e-6).toBe(true);
  });

  const array = npy(Float32Array.from([-0.5, -1.25, -3, 0]));
  property('of npy are read or refused with any damage', damage, async (what) => {
    let count = 0;
    const read = await outcomeOf(() =>
      readLogProbabilities(damaged(array, what), ({ values }) => (count += values.length), { format: 'npy' }),
    );
    expect(read === undefined || count === 4).toBe(true);
  });

  property('and anything else is refused', fc.uint8Array({ maxLength: 400 }), async (bytes) => {
    expect(await outcomeOf(() => readGgufHeader(bytes))).toBeUndefined();
    expect(await outcomeOf(() => readLogProbabilities(bytes, () => {}, { format: 'npy' }))).toBeUndefined();
  });
});
