import { openSafetensors } from '@einlab/nn';
import { type BytesSource, sourceName } from '../base/bytes.ts';
import { fileFailure } from '../base/check.ts';
import { openPrefix } from '../base/prefix.ts';
import { ggufSize } from './gguf.ts';
import { ggufEntropy } from './gguf-entropy.ts';
import { type ModelSize, sizeOfTensors, type TensorSize } from './tensor-size.ts';

/** N·H of the values of a list as they are: how many bits an order-0 code of them needs at least. */
export function valueEntropyBits(values: ArrayLike<number | boolean>): number {
  const counts = new Map<number | boolean, number>();
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  let bits = 0;
  for (const count of counts.values()) bits += count * Math.log2(values.length / count);
  return bits;
}

/**
 * The size of a safetensors file: from its header, or with the entropy of each tensor's values, which are then read one tensor after the other.
 *
 * @throws {EinlabError} `file`
 */
export async function safetensorsSize(
  from: BytesSource,
  options: { readonly entropy?: boolean } = {},
): Promise<ModelSize> {
  await using file = await openSafetensors(from);
  const tensors: TensorSize[] = [];
  for (const { name, type, shape, bytes } of file.entries) {
    const elements = shape.reduce((total, extent) => total * extent, 1);
    const size = { name, type, shape, elements, bytes, bitsPerWeight: elements === 0 ? 0 : (8 * bytes) / elements };
    if (options.entropy !== true) tensors.push(size);
    else tensors.push({ ...size, entropyBits: valueEntropyBits(await (await file.read(name)).data()) });
  }
  return sizeOfTensors('safetensors', tensors);
}

/**
 * The size of a model file, whichever of the two formats it is: by its header, or with the entropy of what its tensors hold, which are then read.
 *
 * @throws {EinlabError} `file` where it is neither, or damaged
 */
export async function modelSize(from: BytesSource, options: { readonly entropy?: boolean } = {}): Promise<ModelSize> {
  const prefix = await openPrefix(from);
  const start = await prefix.atLeast(9);
  await prefix.close();
  if (start.length >= 4 && start[0] === 0x47 && start[1] === 0x47 && start[2] === 0x55 && start[3] === 0x46)
    return options.entropy === true ? ggufEntropy(from) : ggufSize(from);
  if (start.length >= 9 && start[8] === 0x7b) return safetensorsSize(from, options);
  throw fileFailure(sourceName(from), 'this is neither GGUF nor safetensors; expected one of the two');
}
