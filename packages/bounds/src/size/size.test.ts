import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tensor } from '@einlab/einsum-core';
import { encodeSafetensors } from '@einlab/nn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ggufSize, readGgufHeader } from './gguf.ts';
import { ggufHeaderBytes, sevenBillion } from './gguf.test-helper.ts';
import { ggufTypes } from './gguf-types.ts';
import { modelSize, safetensorsSize, valueEntropyBits } from './model-size.ts';

const small = [
  { name: 'a', shape: [256, 2], type: 12, bytes: 288 },
  { name: 'b', shape: [5], type: 0, bytes: 20 },
];

/** A file with its data, all zeros. */
function wholeFile(bytes = 288 + 32): Uint8Array {
  const head = ggufHeaderBytes(small);
  const file = new Uint8Array(head.length + bytes);
  file.set(head);
  return file;
}

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'einlab-gguf-'));
});
afterAll(async () => rm(folder, { recursive: true }));

describe('GGUF', () => {
  it('has the bits per weight that are documented', () => {
    const perWeight = (name: string): number => {
      const found = [...ggufTypes.values()].find((type) => type.name === name);
      return (8 * (found?.bytes ?? 0)) / (found?.elements ?? 1);
    };
    expect(
      [
        'Q4_0',
        'Q4_1',
        'Q5_0',
        'Q5_1',
        'Q8_0',
        'Q2_K',
        'Q3_K',
        'Q4_K',
        'Q5_K',
        'Q6_K',
        'IQ1_S',
        'IQ2_XXS',
        'IQ3_S',
        'IQ4_XS',
        'TQ1_0',
        'MXFP4',
        'NVFP4',
        'BF16',
        'F32',
        'Q8_1',
      ].map(perWeight),
    ).toEqual([
      4.5, 5, 5.5, 6, 8.5, 2.625, 3.4375, 4.5, 5.5, 6.5625, 1.5625, 2.0625, 3.4375, 4.25, 1.6875, 4.25, 4.5, 16, 32, 10,
    ]);
  });

  it('is read to its tensors, past the vocabulary', async () => {
    const { version, metadata, tensors } = await readGgufHeader(wholeFile());
    expect(version).toBe(3);
    expect(metadata.get('general.architecture')).toBe('llama');
    expect(
      tensors.map(({ name, type, elements, bytes, bitsPerWeight }) => [name, type, elements, bytes, bitsPerWeight]),
    ).toEqual([
      ['a', 'Q4_K', 512, 288, 4.5],
      ['b', 'F32', 5, 20, 32],
    ]);
    expect(await modelSize(wholeFile())).toMatchObject({ format: 'gguf', parameters: 517, bits: 8 * 308 });
  });

  it.each([...ggufTypes.values()])('has fields that make up a block of $name', ({ bytes, fields }) => {
    expect(fields.reduce((total, field) => total + field.bytes, 0)).toBe(bytes);
  });

  it('has the entropy of each field of its blocks', async () => {
    const tensors = [
      { name: 'a', shape: [32, 4], type: 2, bytes: 72 },
      { name: 'b', shape: [8], type: 1, bytes: 16 },
      { name: 'c', shape: [4], type: 0, bytes: 16 },
    ];
    const head = ggufHeaderBytes(tensors);
    const file = new Uint8Array(head.length + 96 + 32 + 16);
    file.set(head);
    // four blocks: two scales, each twice; codes 1 and 2 in every byte, one byte of each block 3 and 3
    for (let block = 0; block < 4; block++) {
      const at = head.length + 18 * block;
      file.set([block % 2, 0x3c], at);
      file.fill(0x21, at + 2, at + 18);
      file[at + 5] = 0x33;
    }
    for (let i = 0; i < 8; i++) file.set([i, i % 2], head.length + 96 + 2 * i);
    new Float32Array(file.buffer, head.length + 128, 4).set([1, 1, 1, 2]);
    const size = await modelSize(file, { entropy: true });
    const code = (share: number): number => -share * Math.log2(share);
    expect(size.tensors[0]?.entropyBits).toBeCloseTo(4 + 128 * (2 * code(60 / 128) + code(8 / 128)), 9);
    expect(size.tensors[1]?.entropyBits).toBeCloseTo(24, 9);
    expect(size.tensors[2]?.entropyBits).toBeCloseTo(4 * (code(3 / 4) + code(1 / 4)), 9);
    // the same from a file that is read in pieces, where blocks lie across two of them
    const path = join(folder, 'pieces.gguf');
    const many = [{ name: 'w', shape: [256, 60_000], type: 14, bytes: 60_000 * 210 }];
    const start = ggufHeaderBytes(many);
    const large = new Uint8Array(start.length + 60_000 * 210);
    large.set(start);
    for (let i = start.length; i < large.length; i++) large[i] = (i * 2654435761) >>> 24;
    await writeFile(path, large);
    const [whole, pieces] = [
      await modelSize(new Blob([large]), { entropy: true }),
      await modelSize(path, { entropy: true }),
    ];
    expect(pieces.entropyBits).toBe(whole.entropyBits);
    // the oracle: each field's symbols, one by one
    const fields = [[], [], [], []] as number[][];
    for (let block = 0; block < 60_000; block++) {
      const at = start.length + 210 * block;
      for (let i = 0; i < 128; i++) fields[0]?.push((large[at + i] ?? 0) & 15, (large[at + i] ?? 0) >> 4);
      for (let i = 128; i < 192; i++)
        for (let shift = 0; shift < 8; shift += 2) fields[1]?.push(((large[at + i] ?? 0) >> shift) & 3);
      for (let i = 192; i < 208; i++) fields[2]?.push(large[at + i] ?? 0);
      fields[3]?.push((large[at + 208] ?? 0) | ((large[at + 209] ?? 0) << 8));
    }
    const oracle = fields.reduce((total, symbols) => total + valueEntropyBits(symbols), 0);
    expect((pieces.entropyBits ?? 0) / oracle).toBeCloseTo(1, 9);
  });

  it('is refused where two tensors lie in the same bytes and their values are asked for', async () => {
    const file = wholeFile();
    // the place of the second tensor is the last number of the header
    const at = new DataView(file.buffer).byteLength - 320 - 8;
    const place =
      [...Array(32).keys()].map((back) => at - back).find((from) => file[from] === 0x20 && file[from + 1] === 1) ?? 0;
    file.set([0, 0], place);
    expect((await modelSize(file)).parameters).toBe(517);
    await expect(modelSize(file, { entropy: true })).rejects.toThrow('the tensors "a" and "b" overlap');
  });

  it('of 7 B parameters is accounted without its tensors being read', async () => {
    const described = sevenBillion();
    const head = ggufHeaderBytes(described, { tokens: 32_000 });
    const path = join(folder, 'seven.gguf');
    const file = await open(path, 'w');
    await file.write(head);
    const data = described.reduce((total, { bytes }) => total + Math.ceil(bytes / 32) * 32, 0);
    // a hole of almost 4 GB: reading it would take long, and no disk has to hold it
    await file.truncate(head.length + data);
    await file.close();
    const start = performance.now();
    const size = await ggufSize(path);
    expect(size.parameters).toBeGreaterThan(6.7e9);
    expect(size.bitsPerWeight).toBeCloseTo(4.5, 2);
    expect(performance.now() - start).toBeLessThan(5000);
  });

  it.each<[string, (file: Uint8Array) => Uint8Array, string]>([
    ['other magic', (file) => file.with(0, 0x48), 'expected "GGUF"'],
    ['another version', (file) => file.with(4, 9), 'the GGUF version is 9'],
    ['a cut header', (file) => file.subarray(0, 60), 'within its header'],
    ['cut data', (file) => file.subarray(0, file.length - 33), 'but the file has'],
    ['too many tensors', (file) => file.with(13, 255), 'the number of tensors is'],
  ])('refuses %s', async (_name, change, message) => {
    await expect(readGgufHeader(change(wholeFile()))).rejects.toThrow(message);
  });
});

describe('safetensors', () => {
  it('is accounted by its header, and by the entropy of its values where that is asked for', async () => {
    const file = await encodeSafetensors({ w: tensor([1, 1, 2, 2]), v: tensor([[0, 0, 0, 5]]) });
    const size = await safetensorsSize(file);
    expect(size).toMatchObject({ format: 'safetensors', parameters: 8, bytes: 32, bitsPerWeight: 32 });
    expect(size.entropyBits).toBeUndefined();
    const measured = await safetensorsSize(file, { entropy: true });
    expect(measured.entropyBits).toBeCloseTo(4 + 3 * Math.log2(4 / 3) + 2, 12);
    expect(valueEntropyBits([7, 7, 7])).toBe(0);
  });

  it('is told from what is neither', async () => {
    await expect(modelSize(new Uint8Array(20))).rejects.toThrow('neither GGUF nor safetensors');
  });
});
