import { EinlabError, openDevice, setDefaultDevice, type Tensor } from '@einlab/einsum-core';
import { property } from '@einlab/testkit';
import fc from 'fast-check';
import { beforeAll, describe, expect } from 'vitest';
import { decodeSafetensors, loadSafetensors } from './load-safetensors.ts';
import { decodeNpy, readNpy } from './read-npy.ts';

/** Each element type: its name in safetensors, NumPy's code, its bytes, and a value by the platform's own reading. */
const kinds: readonly {
  readonly name: string;
  readonly code?: string;
  readonly bytes: number;
  readonly read: (view: DataView, at: number, little: boolean) => number | bigint;
}[] = [
  { name: 'F64', code: 'f8', bytes: 8, read: (view, at, little) => view.getFloat64(at, little) },
  { name: 'F32', code: 'f4', bytes: 4, read: (view, at, little) => view.getFloat32(at, little) },
  { name: 'F16', code: 'f2', bytes: 2, read: (view, at, little) => view.getFloat16(at, little) },
  { name: 'BF16', bytes: 2, read: (view, at, little) => upperHalf(view.getUint16(at, little)) },
  { name: 'I64', code: 'i8', bytes: 8, read: (view, at, little) => view.getBigInt64(at, little) },
  { name: 'I32', code: 'i4', bytes: 4, read: (view, at, little) => view.getInt32(at, little) },
  { name: 'I16', code: 'i2', bytes: 2, read: (view, at, little) => view.getInt16(at, little) },
  { name: 'I8', code: 'i1', bytes: 1, read: (view, at) => view.getInt8(at) },
  { name: 'U64', code: 'u8', bytes: 8, read: (view, at, little) => view.getBigUint64(at, little) },
  { name: 'U32', code: 'u4', bytes: 4, read: (view, at, little) => view.getUint32(at, little) },
  { name: 'U16', code: 'u2', bytes: 2, read: (view, at, little) => view.getUint16(at, little) },
  { name: 'U8', code: 'u1', bytes: 1, read: (view, at) => view.getUint8(at) },
  { name: 'BOOL', code: 'b1', bytes: 1, read: (view, at) => view.getUint8(at) },
];

const upperHalf = (bits: number): number => new Float32Array(Uint32Array.of(bits * 65536).buffer)[0] ?? 0;

/** Values that no tensor can hold: integers beyond 32 bits, booleans that are neither 0 nor 1. */
const isRefused = (name: string, value: number | bigint): boolean =>
  (name === 'I64' && (value < -(2 ** 31) || value >= 2 ** 31)) ||
  (name === 'U64' && value >= 2 ** 32) ||
  (name === 'BOOL' && value > 1);

const sizeOf = (shape: readonly number[]): number => shape.reduce((total, extent) => total * extent, 1);

/** Bytes of integers that mostly fit, and any bytes. */
const dataOf = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.oneof(
    fc.uint8Array({ minLength: length, maxLength: length }),
    fc.uint8Array({ minLength: length, maxLength: length, max: 1 }),
    fc.constant(new Uint8Array(length)),
  );

const shapes = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 });

/** One array: a type, a shape, and its bytes. */
const arrays = fc
  .tuple(fc.constantFrom(...kinds), shapes)
  .chain(([kind, shape]) => dataOf(kind.bytes * sizeOf(shape)).map((data) => ({ kind, shape, data })));

/** Any JSON, and numbers that are sizes of nothing that exists. */
const absurd = fc.oneof(
  fc.constantFrom<unknown>(
    2 ** 40,
    2 ** 53,
    1e300,
    -1,
    0.5,
    null,
    'F32',
    [2 ** 40],
    [2 ** 31, 2 ** 31],
    [0, 2 ** 43],
    {},
  ),
  fc.array(fc.nat({ max: 2 ** 52 }), { maxLength: 4 }),
  fc.jsonValue({ maxDepth: 2 }),
);

/** Bytes turned into others: some changed, some cut off, some added. */
const damages = fc.record({
  edits: fc.array(fc.record({ at: fc.nat({ max: 400 }), byte: fc.nat({ max: 255 }) }), { maxLength: 3 }),
  cut: fc.oneof(fc.constant(0), fc.nat({ max: 40 })),
  grow: fc.oneof(fc.constant(0), fc.nat({ max: 9 })),
});

function damaged(
  file: Uint8Array,
  { edits, cut, grow }: typeof damages extends fc.Arbitrary<infer T> ? T : never,
): Uint8Array {
  const kept = file.subarray(0, Math.max(0, file.length - cut));
  const bytes = new Uint8Array(kept.length + grow);
  bytes.set(kept);
  for (const { at, byte } of edits) if (at < bytes.length) bytes[at] = byte;
  return bytes;
}

/** What `read` makes of bytes: its result, or undefined where it refuses them as a file. Nothing big is made on the way. */
function attempt<Result>(read: () => Result): Result | undefined {
  const before = process.memoryUsage().arrayBuffers;
  try {
    return read();
  } catch (error) {
    expect(error).toBeInstanceOf(EinlabError);
    expect(error).toMatchObject({ code: 'file' });
    return undefined;
  } finally {
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 20);
  }
}

/** A safetensors file of the given header and data. */
function safetensorsOf(header: unknown, data: Uint8Array): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes;
}

const joined = (parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]));

/** What the bytes of a safetensors file say, read without any checks. */
function readPlainly(bytes: Uint8Array): { name: string; shape: number[]; values: number[] }[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = 8 + Number(view.getBigUint64(0, true));
  const header: Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] }> = JSON.parse(
    new TextDecoder().decode(bytes.subarray(8, start)),
  );
  return Object.entries(header)
    .filter(([name]) => name !== '__metadata__')
    .map(
      ([
        name,
        {
          dtype,
          shape,
          data_offsets: [from],
        },
      ]) => {
        const kind = kinds.find((candidate) => candidate.name === dtype);
        const values = Array.from({ length: sizeOf(shape) }, (_, i) =>
          Number(kind?.read(view, start + from + i * kind.bytes, true)),
        );
        return { name, shape, values };
      },
    );
}

async function assertTensor(
  got: Tensor | undefined,
  shape: readonly number[],
  values: readonly number[],
): Promise<void> {
  expect(got?.shape).toEqual(shape);
  expect([...((await got?.data()) ?? [])]).toEqual(values);
}

const members = fc.array(fc.record({ name: fc.string({ maxLength: 6 }), array: arrays }), { maxLength: 4 });

/** The header and the data of arrays one behind the other. */
function described(list: readonly { name: string; array: typeof arrays extends fc.Arbitrary<infer T> ? T : never }[]): {
  header: Record<string, unknown>;
  data: Uint8Array;
} {
  const named = [
    ...new Map(list.filter(({ name }) => name !== '__metadata__').map(({ name, array }) => [name, array])),
  ];
  let at = 0;
  const header = Object.fromEntries(
    named.map(([name, { kind, shape, data }]) => {
      const start = at;
      at += data.length;
      return [name, { dtype: kind.name, shape, data_offsets: [start, at] }];
    }),
  );
  // Keys that are whole numbers come first in an object; the order of the data is that of `named` all the same.
  return { header, data: joined(named.map(([, { data }]) => data)) };
}

// The reference device keeps all digits of F64.
beforeAll(async () => setDefaultDevice(await openDevice('reference')));

describe('safetensors bytes', () => {
  property(
    'a sound file of any types is read, as a whole, in parts and as a blob, unless a value has no place',
    members,
    async (list) => {
      const { header, data } = described(list);
      const file = safetensorsOf(header, data);
      const plain = readPlainly(file);
      const isSound = list.every(({ array: { kind, shape, data: bytes } }) => {
        const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
        return Array.from({ length: sizeOf(shape) }, (_, i) => kind.read(view, i * kind.bytes, true)).every(
          (value) => !isRefused(kind.name, value),
        );
      });
      const read = attempt(() => decodeSafetensors(file));
      if (isSound) expect(read).toBeDefined();
      if (read === undefined) return;
      for (const { name, shape, values } of plain) {
        await assertTensor(read.tensors[name], shape, values);
        const blob = new Blob([file as Uint8Array<ArrayBuffer>]);
        await assertTensor((await loadSafetensors(blob, { names: [name] })).tensors[name], shape, values);
      }
    },
    { runs: 200 },
  );

  property(
    'a damaged file is refused with a file error, or read as its bytes say',
    fc.record({ list: members, damage: damages }),
    async ({ list, damage }) => {
      const { header, data } = described(list);
      const bytes = damaged(safetensorsOf(header, data), damage);
      const read = attempt(() => decodeSafetensors(bytes));
      if (read === undefined) return;
      for (const { name, shape, values } of readPlainly(bytes)) await assertTensor(read.tensors[name], shape, values);
    },
    { runs: 500 },
  );

  property(
    'a header that says anything at all is refused before anything is allocated, or true',
    fc.record({
      list: members,
      key: fc.constantFrom('dtype', 'shape', 'data_offsets', '__proto__', 'extra'),
      value: absurd,
      metadata: fc.option(absurd),
    }),
    async ({ list, key, value, metadata }) => {
      const { header, data } = described(list);
      const [first] = Object.keys(header);
      const entry = first === undefined ? {} : (header[first] as object);
      const changed = {
        ...header,
        [first ?? 'x']: Object.fromEntries([...Object.entries(entry), [key, value]]),
        ...(metadata === null ? {} : { __metadata__: metadata }),
      };
      const file = safetensorsOf(changed, data);
      const read = attempt(() => decodeSafetensors(file));
      if (read === undefined) return;
      for (const { name, shape, values } of readPlainly(file)) await assertTensor(read.tensors[name], shape, values);
    },
    { runs: 500 },
  );

  property(
    'any JSON as a header, and any bytes as a file, is refused or empty',
    fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.jsonValue().map((header) => safetensorsOf(header, new Uint8Array())),
      fc.string({ maxLength: 40 }).map((text) => safetensorsOf(text, new Uint8Array(3)).fill(0x7b, 8, 9)),
    ),
    (bytes) => {
      const read = attempt(() => decodeSafetensors(bytes));
      return read === undefined || Object.values(read.tensors).every(({ size }) => size <= bytes.length);
    },
    { runs: 500 },
  );
});

/** An npy file of a version, with the given text as its header. */
function npyOf(version: number, header: string, data: Uint8Array): Uint8Array {
  const text = new TextEncoder().encode(`${header}\n`);
  const start = version === 1 ? 10 : 12;
  const bytes = new Uint8Array(start + text.length + data.length);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0]);
  const view = new DataView(bytes.buffer);
  if (version === 1) view.setUint16(8, text.length, true);
  else view.setUint32(8, text.length, true);
  bytes.set(text, start);
  bytes.set(data, start + text.length);
  return bytes;
}

const npyArrays = fc.record({
  array: arrays.filter(({ kind }) => kind.code !== undefined),
  version: fc.constantFrom(1, 2, 3),
  little: fc.boolean(),
  fortran: fc.boolean(),
});

type NpyArray = typeof npyArrays extends fc.Arbitrary<infer T> ? T : never;

const tupleOf = (shape: readonly unknown[]): string =>
  shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;

const headerOf = ({ array: { kind, shape }, little, fortran }: NpyArray, tuple: string = tupleOf(shape)): string =>
  `{'descr': '${little ? '<' : '>'}${kind.code}', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': ${tuple}, }`;

/** The values in the order of a tensor, by the definition of where each lies. */
function valuesOf({ array: { kind, shape, data }, little, fortran }: NpyArray): (number | bigint)[] {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return Array.from({ length: sizeOf(shape) }, (_, flat) => {
    let rest = flat;
    const index = shape.map(() => 0);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] = rest % (shape[axis] ?? 1);
      rest = Math.floor(rest / (shape[axis] ?? 1));
    }
    const order = index.map((_, axis) => (fortran ? shape.length - 1 - axis : axis));
    const place = order.reduce((at, axis) => at * (shape[axis] ?? 1) + (index[axis] ?? 0), 0);
    return kind.read(view, place * kind.bytes, little);
  });
}

describe('npy bytes', () => {
  property(
    'a sound file of any version, type, byte order and order of axes is read, unless a value has no place',
    npyArrays,
    async (described) => {
      const { array, version } = described;
      const values = valuesOf(described);
      const file = npyOf(version, headerOf(described), array.data);
      const read = attempt(() => decodeNpy(file));
      expect(read === undefined).toBe(values.some((value) => isRefused(array.kind.name, value)));
      if (read === undefined) return;
      await assertTensor(read, array.shape, values.map(Number));
      const blob = new Blob([file as Uint8Array<ArrayBuffer>]);
      await assertTensor(await readNpy(blob), array.shape, values.map(Number));
    },
    { runs: 500 },
  );

  property(
    'a header that claims any shape is refused before anything is allocated, or true',
    fc.record({
      described: npyArrays,
      shape: fc.array(
        fc.oneof(fc.nat({ max: 4 }), fc.nat({ max: 2 ** 52 }), fc.constantFrom(2 ** 40, 1e30, -1, 'True')),
        {
          maxLength: 5,
        },
      ),
    }),
    ({ described, shape }) => {
      const { array, version } = described;
      const read = attempt(() => decodeNpy(npyOf(version, headerOf(described, tupleOf(shape)), array.data)));
      return (
        read === undefined || (read.shape.join() === shape.join() && read.size * array.kind.bytes === array.data.length)
      );
    },
    { runs: 500 },
  );

  property(
    'a damaged file is refused with a file error, or read without more than it holds',
    fc.record({ described: npyArrays, damage: damages }),
    ({ described, damage }) => {
      const bytes = damaged(npyOf(described.version, headerOf(described), described.array.data), damage);
      const read = attempt(() => decodeNpy(bytes));
      return read === undefined || read.size <= bytes.length;
    },
    { runs: 500 },
  );
});
