import { EinlabError, isTensor, type Tensor, toBits, treeEntries } from '@einlab/einsum-core';
import { entryType, type HostValues } from './entry-types.ts';
import { type FileTarget, writeBytes } from './write-bytes.ts';

/** How a file is written. */
export interface SafetensorsOptions {
  /** Texts by name, stored in the header. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Writes f32 tensors of the reference device as F64, the precision that it computes in; default false. */
  readonly exact?: boolean;
}

/** One tensor on its way into a file. */
interface Part {
  readonly name: string;
  readonly dtypeName: 'F64' | 'F32' | 'F16' | 'BF16' | 'I32' | 'U32' | 'BOOL';
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

const bytesOf = (values: HostValues): Uint8Array => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

async function partOf(name: string, source: Tensor, exact: boolean): Promise<Part> {
  const { shape, dtype } = source;
  if (dtype === 'f16' || dtype === 'bf16')
    return { name, shape, dtypeName: dtype === 'f16' ? 'F16' : 'BF16', bytes: bytesOf(await toBits(source)) };
  const values = await source.data();
  if (dtype === 'bool') return { name, shape, dtypeName: 'BOOL', bytes: Uint8Array.from(values) };
  if (dtype === 'i32' || dtype === 'u32')
    return { name, shape, dtypeName: dtype === 'i32' ? 'I32' : 'U32', bytes: bytesOf(values) };
  if (exact && values instanceof Float64Array) return { name, shape, dtypeName: 'F64', bytes: bytesOf(values) };
  return { name, shape, dtypeName: 'F32', bytes: bytesOf(Float32Array.from(values)) };
}

/**
 * The bytes of a safetensors file with the tensors of a tree under their path names (`blocks.0.query.cores.left`). Leaves that are no
 * tensors are left out.
 *
 * @remarks f32, f16, bf16, i32, u32 and bool become F32, F16, BF16, I32, U32 and BOOL. Little-endian; the header is padded to a multiple of 8 bytes.
 * @throws {EinlabError} `data` when two tensors have one name, or a name that the format reserves
 */
export async function encodeSafetensors(tree: unknown, options: SafetensorsOptions = {}): Promise<Uint8Array> {
  const { metadata = {}, exact = false } = options;
  const parts: Part[] = [];
  for (const [name, leaf] of treeEntries(tree)) {
    if (!isTensor(leaf)) continue;
    if (name === '__metadata__' || parts.some((part) => part.name === name)) {
      throw new EinlabError(
        'data',
        `saveSafetensors: the name "${name}" is ${name === '__metadata__' ? 'reserved by the format' : 'used twice'}; rename a field of the tree`,
        { name },
      );
    }
    parts.push(await partOf(name, leaf, exact));
  }
  // Wide elements first, so that every tensor starts at a multiple of its element size.
  const width = ({ dtypeName }: Part): number => entryType(dtypeName)?.bytes ?? 0;
  parts.sort((a, b) => width(b) - width(a));
  return assemble(parts, metadata);
}

function assemble(parts: readonly Part[], metadata: Readonly<Record<string, string>>): Uint8Array {
  let offset = 0;
  const described = parts.map(({ name, dtypeName, shape, bytes }): [string, unknown] => {
    const start = offset;
    offset += bytes.byteLength;
    return [name, { dtype: dtypeName, shape, data_offsets: [start, offset] }];
  });
  const header = Object.fromEntries([
    ...(Object.keys(metadata).length > 0 ? [['__metadata__', metadata] as const] : []),
    ...described,
  ]);
  const json = new TextEncoder().encode(JSON.stringify(header));
  const dataStart = Math.ceil((8 + json.byteLength) / 8) * 8;
  const file = new Uint8Array(dataStart + offset).fill(0x20, 8, dataStart);
  new DataView(file.buffer).setBigUint64(0, BigInt(dataStart - 8), true);
  file.set(json, 8);
  let at = dataStart;
  for (const { bytes } of parts) {
    file.set(bytes, at);
    at += bytes.byteLength;
  }
  return file;
}

/**
 * Writes the tensors of a tree to a safetensors file. A file is written under another name first and then renamed, so that
 * it is never seen half-written.
 *
 * @param target - a path (Node), or a stream of bytes, which is closed
 * @throws {EinlabError} `file` when the file cannot be written
 */
export async function saveSafetensors(
  target: FileTarget,
  tree: unknown,
  options: SafetensorsOptions = {},
): Promise<void> {
  return writeBytes(target, await encodeSafetensors(tree, options));
}
