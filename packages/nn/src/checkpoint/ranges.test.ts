import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tensor } from '@einlab/einsum-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fileSource } from './file-source.ts';
import type { FileSystem } from './files.ts';
import { loadSafetensors } from './load-safetensors.ts';
import { readNpy } from './read-npy.ts';
import { openSafetensors } from './safetensors-file.ts';
import { encodeSafetensors } from './save-safetensors.ts';
import { encodeNpy } from './write-npy.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'einlab-ranges-'));
});
afterAll(async () => rm(folder, { recursive: true }));

const tree = { a: tensor([1, 2, 3]), b: { c: tensor(Int32Array.of(4, 5)), d: tensor([true, false]) } };

/** A file of any length whose bytes are 0 but for the given ones; the system stores no zeros. */
async function sparseFile(name: string, size: number, parts: Readonly<Record<number, Uint8Array>>): Promise<string> {
  const path = join(folder, name);
  const handle = await open(path, 'w');
  await handle.truncate(size);
  for (const [at, bytes] of Object.entries(parts)) await handle.write(bytes, 0, bytes.byteLength, Number(at));
  await handle.close();
  return path;
}

/** The start of a safetensors file, up to its data. */
function startOf(header: Readonly<Record<string, unknown>>): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

const GIB = 2 ** 30;

describe('a safetensors file that is larger than memory', () => {
  /** 12 GiB with three tensors: one that nothing could hold, and a small one behind it, beyond 2³² bytes. */
  async function hugeFile(): Promise<string> {
    const start = startOf({
      first: { dtype: 'F32', shape: [2], data_offsets: [0, 8] },
      huge: { dtype: 'U8', shape: [12, GIB], data_offsets: [8, 12 * GIB + 8] },
      last: { dtype: 'I32', shape: [1, 3], data_offsets: [12 * GIB + 8, 12 * GIB + 20] },
    });
    return sparseFile('huge.safetensors', start.length + 12 * GIB + 20, {
      0: start,
      [start.length]: new Uint8Array(Float32Array.of(1.5, -2).buffer),
      [start.length + 12 * GIB + 8]: new Uint8Array(Int32Array.of(7, -8, 9).buffer),
    });
  }

  it('is opened by its header, and its tensors are read one by one', async () => {
    await using file = await openSafetensors(await hugeFile());
    expect(file.entries).toEqual([
      { name: 'first', type: 'F32', shape: [2], bytes: 8 },
      { name: 'huge', type: 'U8', shape: [12, GIB], bytes: 12 * GIB },
      { name: 'last', type: 'I32', shape: [1, 3], bytes: 12 },
    ]);
    const before = process.memoryUsage.rss();
    expect(await (await file.read('last')).toArray()).toEqual([[7, -8, 9]]);
    expect(await (await file.read('first')).toArray()).toEqual([1.5, -2]);
    expect(process.memoryUsage.rss() - before).toBeLessThan(2 ** 28);
  });

  it('gives the tensors that are named or chosen', async () => {
    const path = await hugeFile();
    const named = await loadSafetensors(path, { names: ['last', 'first'] });
    expect(Object.keys(named.tensors)).toEqual(['first', 'last']);
    const small = await loadSafetensors(path, { filter: ({ bytes, type }) => bytes < 100 && type === 'I32' });
    expect(Object.keys(small.tensors)).toEqual(['last']);
  });

  it('tells what does not fit into memory, by its name', async () => {
    const start = startOf({ x: { dtype: 'U8', shape: [2 ** 40], data_offsets: [0, 2 ** 40] } });
    const path = await sparseFile('absurd.safetensors', start.length + 2 ** 40, { 0: start });
    await expect(loadSafetensors(path)).rejects.toThrow(
      `${path}: tensor "x" (U8) has ${2 ** 40} elements, and there is no memory for so many`,
    );
    await expect(loadSafetensors(path)).rejects.toMatchObject({ code: 'memory' });
  });

  it('is refused before anything is read of it where the header does not fit the file', async () => {
    const start = startOf({ x: { dtype: 'F64', shape: [2 ** 40], data_offsets: [0, 2 ** 43] } });
    const path = await sparseFile('short.safetensors', start.length + 5 * GIB, { 0: start });
    await expect(openSafetensors(path)).rejects.toThrow(
      `${path}: tensor "x" is cut off: data_offsets [0, ${2 ** 43}], but the file holds ${5 * GIB} bytes of data`,
    );
  });

  it('has tensors of more bytes than one call of the system reads', async () => {
    // Positions and lengths only: reading 2 GiB would take this machine's memory.
    const asked: [length: number, position: number][] = [];
    const source = await fileSource(
      'two',
      systemOf(2 * GIB + 16, (_into, _offset, length, position) => {
        asked.push([length, position]);
        return length;
      }),
    );
    const target: Pick<Uint8Array, 'byteLength'> = { byteLength: 2 * GIB + 16 };
    await source.read(5, target as Uint8Array);
    expect(asked).toEqual([
      [GIB, 5],
      [GIB, GIB + 5],
      [16, 2 * GIB + 5],
    ]);
  });
});

/** A file system with one file, whose reading is what a function makes of it. */
function systemOf(
  size: number,
  read: (into: Uint8Array, offset: number, length: number, position: number) => number,
): FileSystem {
  return {
    open: async () => ({
      stat: async () => ({ size }),
      read: async (into, offset, length, position) => ({ bytesRead: read(into, offset, length, position) }),
      writeFile: async () => {},
      sync: async () => {},
      close: async () => {},
    }),
    rename: async () => {},
    rm: async () => {},
  };
}

describe('fileSource', () => {
  it('goes on after short reads', async () => {
    const bytes = Uint8Array.of(1, 2, 3, 4, 5, 6, 7);
    const source = await fileSource(
      'f',
      systemOf(7, (into, offset, length, position) => {
        const part = bytes.subarray(position, position + Math.min(2, length));
        into.set(part, offset);
        return part.length;
      }),
    );
    const target = new Uint8Array(5);
    await source.read(1, target);
    expect([...target]).toEqual([2, 3, 4, 5, 6]);
    await expect(source.read(4, target)).rejects.toThrow('f: the bytes end at 7; expected them up to 9');
  });

  it('names the path and the reason of a failure, and closes the file', async () => {
    let closed = 0;
    const failing: FileSystem = {
      ...systemOf(1, () => 0),
      open: async () => ({
        ...(await systemOf(1, () => 0).open('', '')),
        stat: () => Promise.reject(Object.assign(new Error('no'), { code: 'EACCES' })),
        close: async () => void closed++,
      }),
    };
    await expect(fileSource('secret', failing)).rejects.toThrow('cannot read secret: permission is denied (EACCES)');
    expect(closed).toBe(1);
  });
});

describe('loadSafetensors of some tensors', () => {
  it('takes the same values from a path, a blob and bytes', async () => {
    const bytes = await encodeSafetensors(tree);
    const path = join(folder, 'small.safetensors');
    await writeFile(path, bytes);
    for (const from of [path, new Blob([bytes as Uint8Array<ArrayBuffer>]), bytes]) {
      const { tensors } = await loadSafetensors(from, { names: ['b.c'] });
      expect(Object.keys(tensors)).toEqual(['b.c']);
      expect(await tensors['b.c']?.toArray()).toEqual([4, 5]);
    }
  });

  it('reads no more of a blob than the header and what is chosen', async () => {
    const bytes = await encodeSafetensors({ big: tensor(new Float32Array(1000)), small: tensor([1]) });
    const asked: number[] = [];
    class Watched extends Blob {
      override slice(start = 0, end = this.size): Blob {
        asked.push(end - start);
        return super.slice(start, end);
      }
    }
    await loadSafetensors(new Watched([bytes as Uint8Array<ArrayBuffer>]), { names: ['small'] });
    expect(asked).toEqual([8, bytes.length - 4004 - 8, 4]);
  });

  it('refuses a name that is not there, and two ways of choosing', async () => {
    const bytes = await encodeSafetensors(tree);
    await expect(loadSafetensors(bytes, { names: ['a', 'c'] })).rejects.toThrow(
      'safetensors: there is no tensor "c"; the file holds "a", "b.c", "b.d"',
    );
    await using file = await openSafetensors(bytes);
    await expect(file.read('toString')).rejects.toThrow('there is no tensor "toString"');
    await expect(loadSafetensors(bytes, { names: [], filter: () => true })).rejects.toMatchObject({ code: 'option' });
  });
});

/** The bytes with a text in place of another one of the same length. */
function withText(bytes: Uint8Array, from: string, to: string): Uint8Array {
  const changed = bytes.slice();
  changed.set(new TextEncoder().encode(to.padEnd(from.length)), Buffer.from(bytes).indexOf(from));
  return changed;
}

describe('readNpy of some rows', () => {
  const table = tensor(
    Float32Array.from({ length: 12 }, (_, i) => i),
    { shape: [4, 3] },
  );

  it('gives the slice, of every element type and byte order', async () => {
    const bytes = await encodeNpy(table, { type: 'F16' });
    const expected = [
      [3, 4, 5],
      [6, 7, 8],
    ];
    expect(await (await readNpy(bytes, { rows: [1, 3] })).toArray()).toEqual(expected);
    expect((await readNpy(bytes, { rows: [2, 2] })).shape).toEqual([0, 3]);
    expect(await (await readNpy(await encodeNpy(table), { rows: [1, 3] })).toArray()).toEqual(expected);
    const big = await encodeNpy(tensor([1, 2, 3]), { type: 'I64' });
    big.subarray(-24).reverse();
    expect(await (await readNpy(withText(big, '<i8', '>i8'), { rows: [1, 3] })).toArray()).toEqual([2, 1]);
  });

  it('reads behind 2³² bytes', async () => {
    const bytes = await encodeNpy(tensor([0], { shape: [1, 1] }));
    const rows = 3 * 2 ** 30;
    const header = withText(bytes.subarray(0, 128), '(1, 1), }         ', `(${rows}, 1), }`);
    const path = await sparseFile('long.npy', 128 + rows * 4, {
      0: header,
      [128 + (rows - 1) * 4]: new Uint8Array(Float32Array.of(2.5).buffer),
    });
    expect(await (await readNpy(path, { rows: [rows - 2, rows] })).toArray()).toEqual([[0], [2.5]]);
  });

  it.each<[string, [number, number], string]>([
    ['too many', [1, 5], 'npy: rows [1, 5] of shape [4, 3]; expected whole numbers 0 ≤ start ≤ stop ≤ 4'],
    ['backwards', [2, 1], 'rows [2, 1] of shape [4, 3]'],
    ['half a row', [0, 0.5], 'rows [0, 0.5] of shape [4, 3]'],
  ])('refuses %s', async (_, rows, message) => {
    await expect(readNpy(await encodeNpy(table), { rows })).rejects.toThrow(message);
  });

  it('refuses rows where there are none in one piece', async () => {
    const bytes = await encodeNpy(table);
    const file = withText(bytes, 'False', 'True ');
    await expect(readNpy(file, { rows: [0, 1] })).rejects.toThrow(
      'rows [0, 1] lie scattered in an array in Fortran order',
    );
    await expect(readNpy(await encodeNpy(tensor(1)), { rows: [0, 1] })).rejects.toThrow('an array without axes');
  });
});
