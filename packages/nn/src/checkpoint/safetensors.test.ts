import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { EinlabError, evaluate, tensor } from '@einlab/einsum-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FileSystem, writeFileAtomically } from './files.ts';
import { restoreTree } from './restore-tree.ts';
import { decodeSafetensors, loadSafetensors } from './load-safetensors.ts';
import { encodeSafetensors, saveSafetensors } from './save-safetensors.ts';

/** A file with the given header text and data, whatever they are. */
function fileOf(header: string, data: readonly number[] = []): Uint8Array {
  const json = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + json.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  bytes.set(data, 8 + json.length);
  return bytes;
}

/** A file with one tensor `x` of a type, from its bytes. */
const oneTensor = (dtype: string, shape: readonly number[], data: readonly number[]): Uint8Array =>
  fileOf(JSON.stringify({ x: { dtype, shape, data_offsets: [0, data.length] } }), data);

const tree = {
  blocks: [
    {
      weight: tensor([
        [1, -2],
        [0.5, 3e38],
      ]),
      activation: 'gelu',
    },
  ],
  ids: tensor(Int32Array.of(-1, 2 ** 31 - 1)),
  bits: tensor(Uint32Array.of(2 ** 32 - 1)),
  mask: tensor([true, false, true]),
  scale: tensor(0.1),
  nothing: tensor([], { shape: [0, 3] }),
};

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'einlab-safetensors-'));
});
afterAll(async () => rm(folder, { recursive: true }));

describe('safetensors', () => {
  it('encode, then decode, gives names, shapes, types, values and metadata back', async () => {
    const { tensors, metadata } = decodeSafetensors(
      await encodeSafetensors(tree, { metadata: { made: 'here "and" now ✓' } }),
    );
    expect(Object.keys(tensors).sort()).toEqual(['bits', 'blocks.0.weight', 'ids', 'mask', 'nothing', 'scale']);
    expect(metadata).toEqual({ made: 'here "and" now ✓' });
    expect(await tensors['blocks.0.weight']?.toArray()).toEqual([
      [1, -2],
      [0.5, Math.fround(3e38)],
    ]);
    expect(await tensors['ids']?.toArray()).toEqual([-1, 2 ** 31 - 1]);
    expect(await tensors['bits']?.toArray()).toEqual([2 ** 32 - 1]);
    expect(tensors['mask']?.dtype).toBe('bool');
    expect(await tensors['mask']?.toArray()).toEqual([1, 0, 1]);
    expect(tensors['scale']?.shape).toEqual([]);
    expect(tensors['nothing']?.shape).toEqual([0, 3]);
  });

  it('starts the data at a multiple of 8 bytes', async () => {
    for (const name of ['a', 'ab', 'abc', 'abcd']) {
      const bytes = await encodeSafetensors({ [name]: tensor([1]) });
      expect((8 + new DataView(bytes.buffer).getUint32(0, true)) % 8).toBe(0);
    }
  });

  it.each<[string, number[], number[]]>([
    ['F64', [0, 0, 0, 0, 0, 0, 0xf8, 0x3f], [1.5]],
    ['F16', [0, 0x3c, 0, 0xc0, 1, 0, 0, 0x7c, 0xff, 0x7b], [1, -2, 2 ** -24, Infinity, 65504]],
    ['BF16', [0x80, 0x3f, 0, 0xc0], [1, -2]],
    ['I64', [254, 255, 255, 255, 255, 255, 255, 255], [-2]],
    ['I16', [254, 255], [-2]],
    ['I8', [254], [-2]],
    ['U64', [255, 255, 255, 255, 0, 0, 0, 0], [2 ** 32 - 1]],
    ['U16', [254, 255], [65534]],
    ['U8', [254], [254]],
    ['BOOL', [1, 0], [1, 0]],
  ])('reads %s', async (dtype, bytes, expected) => {
    const { tensors } = decodeSafetensors(oneTensor(dtype, [expected.length], bytes));
    expect(await tensors['x']?.toArray()).toEqual(expected);
  });

  it.each<[string, 'f16' | 'bf16', number[]]>([
    ['F16', 'f16', [0, 0x3c, 1, 0, 0, 0x7c, 0x01, 0x7e]], // 1, 2⁻²⁴, ∞, a NaN with a payload
    ['BF16', 'bf16', [0x80, 0x3f, 0, 0xc0, 1, 0, 0x81, 0xff]],
  ])('keeps %s as it is stored where it is asked to, and writes the same file again', async (stored, dtype, bytes) => {
    const file = oneTensor(stored, [2, 2], bytes);
    const { tensors } = decodeSafetensors(file, 'file', { halves: 'stored' });
    expect(tensors['x']?.dtype).toBe(dtype);
    expect(tensors['x']?.shape).toEqual([2, 2]);
    const written = await encodeSafetensors({ x: await evaluate(tensors['x']) });
    expect(written.slice(-8)).toEqual(Uint8Array.from(bytes));
    const again = decodeSafetensors(written).tensors['x'];
    expect(again?.dtype).toBe('f32');
    expect(await again?.data()).toEqual(await tensors['x']?.data());
  });

  it('puts numbers of 16 bits between wider and narrower ones', async () => {
    const written = await encodeSafetensors({
      mask: tensor([true]),
      half: tensor([1], { dtype: 'bf16' }),
      whole: tensor([2]),
    });
    expect(Array.from(written.slice(-7))).toEqual([0, 0, 0, 0x40, 0x80, 0x3f, 1]);
  });

  it('refuses another way of reading', () => {
    expect(() => decodeSafetensors(oneTensor('F16', [1], [0, 0]), 'file', { halves: 'f64' as never })).toThrow(
      "halves is \"f64\"; expected 'f32' or 'stored'",
    );
  });

  it('goes through a path, a stream, an address, a blob and bytes', async () => {
    const path = join(folder, 'model.safetensors');
    await saveSafetensors(path, tree);
    const bytes = new Uint8Array(await readFile(path));
    const chunks: Uint8Array[] = [];
    await saveSafetensors(new WritableStream<Uint8Array>({ write: (chunk) => void chunks.push(chunk) }), tree);
    expect(chunks).toEqual([bytes]);
    for (const from of [path, pathToFileURL(path), new Blob([bytes]), bytes, bytes.buffer]) {
      expect(await (await loadSafetensors(from)).tensors['scale']?.item()).toBe(Math.fround(0.1));
    }
  });

  it.each<[string, Uint8Array, string]>([
    ['fewer than 8 bytes', Uint8Array.of(1, 2), 'the file has 2 bytes; a safetensors file starts with 8 bytes'],
    ['a header longer than the file', fileOf('{}').subarray(0, 9), 'the header claims 2 bytes, but 1 follow'],
    [
      'a header of absurd length',
      Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 255, 0),
      'the header claims 18446744073709551615 bytes',
    ],
    ['a header that is no JSON', fileOf('{"x":'), 'the header is not JSON'],
    ['a header that is no object', fileOf('[1]'), 'the header is JSON, but not an object'],
    [
      'two tensors of one name',
      fileOf(
        '{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}',
        [7],
      ),
      'the header names "x" twice',
    ],
    [
      'a field that stands twice',
      fileOf('{"x":{"dtype":"U8","dtype":"I8","shape":[1],"data_offsets":[0,1]}}', [7]),
      'the header names "dtype" twice',
    ],
    [
      'an escaped name that stands twice',
      fileOf(
        '{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"\\u0078":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}',
        [7],
      ),
      'the header names "x" twice',
    ],
    ['metadata that are no texts', fileOf('{"__metadata__":{"a":1}}'), 'the metadata "a" are 1; expected a text'],
    ['an unknown type', oneTensor('F8', [1], [0]), 'tensor "x" has dtype "F8"; expected one of F64, F32'],
    ['a type with an inherited name', oneTensor('toString', [1], [0]), 'tensor "x" has dtype "toString"'],
    ['a negative size', oneTensor('U8', [-1], [0]), 'tensor "x" has shape [-1]; expected whole numbers ≥ 0'],
    [
      'a shape that does not fit its bytes',
      oneTensor('F32', [2], [0, 0, 0, 0]),
      'tensor "x" is F32[2], which takes 8 bytes, but its data_offsets [0, 4] hold 4',
    ],
    [
      'offsets that run backwards',
      fileOf('{"x":{"dtype":"U8","shape":[1],"data_offsets":[1,0]}}', [7]),
      'its data_offsets [1, 0] hold -1',
    ],
    [
      'a tensor that is cut off',
      oneTensor('U8', [4], [1, 2, 3, 4]).subarray(0, -1),
      'tensor "x" is cut off: data_offsets [0, 4], but the file holds 3 bytes of data',
    ],
    [
      'bytes after the last tensor',
      new Uint8Array([...oneTensor('U8', [1], [1]), 9, 9]),
      '2 bytes follow the last tensor; expected none',
    ],
    [
      'tensors that overlap',
      fileOf(
        '{"x":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"y":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}',
        [1, 2, 3],
      ),
      'tensor "y" overlaps another one: data_offsets [1, 3] start before 2',
    ],
    [
      'a hole',
      fileOf('{"x":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}', [1, 2]),
      'there is a hole before tensor "x"',
    ],
    [
      'an integer beyond 32 bits',
      oneTensor('I64', [1], [0, 0, 0, 0, 1, 0, 0, 0]),
      'tensor "x" (I64) holds 4294967296 at index 0; expected a number that fits i32',
    ],
    ['a boolean that is neither', oneTensor('BOOL', [1], [2]), 'tensor "x" (BOOL) holds 2 at index 0; expected 0 or 1'],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => decodeSafetensors(bytes, 'model.safetensors')).toThrow(message);
    expect(() => decodeSafetensors(bytes)).toThrow(EinlabError);
  });

  it('reads a name of any length', () => {
    const name = 'n\\"'.repeat(4_000_000);
    const text = JSON.stringify({ [name]: { dtype: 'U8', shape: [1], data_offsets: [0, 1] } });
    expect(decodeSafetensors(fileOf(text, [7])).tensors[name]?.shape).toEqual([1]);
    const twice = `${text.slice(0, -1)},${text.slice(1)}`;
    expect(() => decodeSafetensors(fileOf(twice, [7]))).toThrow('the header names "n');
  });

  it('refuses names that collide or are reserved', async () => {
    await expect(encodeSafetensors({ a: { b: tensor([1]) }, 'a.b': tensor([2]) })).rejects.toThrow(
      'the name "a.b" is used twice',
    );
    await expect(encodeSafetensors({ __metadata__: tensor([1]) })).rejects.toThrow(
      'the name "__metadata__" is reserved by the format',
    );
  });
});

describe('restoreTree(template, tensors)', () => {
  const template = { layer: { weight: tensor([[0, 0]]), name: 'first' } };

  it('takes tensors by name and leaves the rest', async () => {
    const restored = restoreTree(template, { 'params.layer.weight': tensor([[1, 2]]), other: tensor([3]) }, 'params.');
    expect(await restored.layer.weight.toArray()).toEqual([[1, 2]]);
    expect(restored.layer.name).toBe('first');
  });

  it.each([
    [{}, 'the tensor "layer.weight" is missing; it should be f32[1, 2]'],
    [{ 'layer.weight': tensor([1, 2]) }, 'the tensor "layer.weight" is f32[2]; expected f32[1, 2]'],
    [
      { 'layer.weight': tensor([[1, 2]]), extra: tensor([1]) },
      'the tensor "extra" belongs to no parameter of this model',
    ],
  ])('refuses what does not fit: %#', (tensors, message) => {
    expect(() => restoreTree(template, tensors)).toThrow(message);
  });
});

describe('files', () => {
  const systemError = (code: string): Error => Object.assign(new Error(`${code}: the system said so`), { code });

  /** A file system in memory whose writing fails with a code at a chosen moment. */
  function failingAt(
    moment: 'open' | 'write' | 'sync' | 'rename',
    code: string,
  ): { system: FileSystem; files: Set<string> } {
    const files = new Set(['model']);
    const fail = (now: string): void => {
      if (now === moment) throw systemError(code);
    };
    const system: FileSystem = {
      async open(path) {
        fail('open');
        files.add(path);
        return {
          stat: async () => ({ size: 0 }),
          read: async () => ({ bytesRead: 0 }),
          writeFile: async () => fail('write'),
          sync: async () => fail('sync'),
          close: async () => {},
        };
      },
      rename: async () => fail('rename'),
      rm: async (path) => void files.delete(path),
    };
    return { system, files };
  }

  it.each([
    ['open', 'EACCES', 'cannot write model: permission is denied (EACCES)'],
    ['write', 'ENOSPC', 'cannot write model: no space is left on the disk (ENOSPC)'],
    ['sync', 'EDQUOT', 'cannot write model: the disk quota is used up (EDQUOT)'],
    ['rename', 'EROFS', 'cannot write model: the file system is read-only (EROFS)'],
  ] as const)('a failure at %s leaves the old file alone and no other: %s', async (moment, code, message) => {
    const { system, files } = failingAt(moment, code);
    await expect(writeFileAtomically('model', Uint8Array.of(1), system)).rejects.toThrow(message);
    await expect(writeFileAtomically('model', Uint8Array.of(1), system)).rejects.toMatchObject({
      code: 'file',
      details: { path: 'model', reason: code },
    });
    expect([...files]).toEqual(['model']);
  });

  it('a real folder ends with the file alone, and a missing one is named', async () => {
    const path = join(folder, 'sub');
    await writeFileAtomically(path, Uint8Array.of(1, 2));
    await writeFileAtomically(path, Uint8Array.of(3));
    expect([...(await readFile(path))]).toEqual([3]);
    expect((await readdir(folder)).filter((name) => name.includes('.tmp'))).toEqual([]);
    await expect(writeFileAtomically(join(folder, 'no', 'file'), Uint8Array.of(1))).rejects.toThrow(
      'the file or its folder does not exist (ENOENT)',
    );
    await expect(loadSafetensors(undefined as never)).rejects.toThrow(
      'the source is Undefined; expected a path, a URL, a Blob or bytes',
    );
    await expect(loadSafetensors(join(folder, 'absent'))).rejects.toThrow('cannot read');
    await expect(loadSafetensors(folder)).rejects.toThrow(`cannot read ${folder}: it is a folder (EISDIR)`);
  });

  it('a truncated file is told by its path', async () => {
    const path = join(folder, 'cut.safetensors');
    await writeFile(path, (await encodeSafetensors(tree)).subarray(0, -3));
    await expect(loadSafetensors(path)).rejects.toThrow(`${path}: tensor "mask" is cut off`);
  });
});
