/** What one tensor of a file takes. */
export interface TensorSize {
  readonly name: string;
  /** As the file calls it: `Q4_K`, `BF16`, … */
  readonly type: string;
  readonly shape: readonly number[];
  readonly elements: number;
  readonly bytes: number;
  readonly bitsPerWeight: number;
  /** N·H of the values as they are stored, in bits; where it was asked for. */
  readonly entropyBits?: number;
}

/** What a model takes, out of its header. */
export interface ModelSize {
  readonly format: 'gguf' | 'safetensors';
  readonly tensors: readonly TensorSize[];
  readonly parameters: number;
  readonly bytes: number;
  readonly bits: number;
  readonly bitsPerWeight: number;
  /** The tensors' entropies together, where they were asked for. */
  readonly entropyBits?: number;
}

/** Tensors added up. */
export function sizeOfTensors(format: ModelSize['format'], tensors: readonly TensorSize[]): ModelSize {
  const parameters = tensors.reduce((total, { elements }) => total + elements, 0);
  const bytes = tensors.reduce((total, each) => total + each.bytes, 0);
  const entropies = tensors.flatMap(({ entropyBits }) => (entropyBits === undefined ? [] : [entropyBits]));
  return {
    format,
    tensors,
    parameters,
    bytes,
    bits: 8 * bytes,
    bitsPerWeight: parameters === 0 ? 0 : (8 * bytes) / parameters,
    ...(entropies.length === tensors.length && tensors.length > 0
      ? { entropyBits: entropies.reduce((total, each) => total + each, 0) }
      : {}),
  };
}
