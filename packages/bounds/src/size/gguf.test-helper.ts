/** Writes GGUF headers: numbers in little-endian order, texts with their lengths. */
class Writer {
  readonly parts: Uint8Array[] = [];

  u32(value: number): void {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setUint32(0, value, true);
    this.parts.push(bytes);
  }

  u64(value: number): void {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(value), true);
    this.parts.push(bytes);
  }

  text(value: string): void {
    const bytes = new TextEncoder().encode(value);
    this.u64(bytes.length);
    this.parts.push(bytes);
  }

  bytes(): Uint8Array {
    return Uint8Array.from(Buffer.concat(this.parts));
  }
}

/** A tensor to be described. */
export interface DescribedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: number;
  /** Bytes that it takes. */
  readonly bytes: number;
}

/** The header of a GGUF file, up to where its data begin, with a vocabulary of some tokens. */
export function ggufHeaderBytes(
  tensors: readonly DescribedTensor[],
  options: { readonly tokens?: number; readonly alignment?: number } = {},
): Uint8Array {
  const { tokens = 3, alignment = 32 } = options;
  const writer = new Writer();
  writer.u32(0x46554747);
  writer.u32(3);
  writer.u64(tensors.length);
  writer.u64(4);
  writer.text('general.architecture');
  writer.u32(8);
  writer.text('llama');
  writer.text('general.alignment');
  writer.u32(4);
  writer.u32(alignment);
  writer.text('tokenizer.ggml.tokens');
  writer.u32(9);
  writer.u32(8);
  writer.u64(tokens);
  for (let i = 0; i < tokens; i++) writer.text(`token${i}`);
  writer.text('tokenizer.ggml.scores');
  writer.u32(9);
  writer.u32(6);
  writer.u64(tokens);
  for (let i = 0; i < tokens; i++) writer.u32(0);
  let offset = 0;
  for (const { name, shape, type, bytes } of tensors) {
    writer.text(name);
    writer.u32(shape.length);
    for (const extent of shape) writer.u64(extent);
    writer.u32(type);
    writer.u64(offset);
    offset += Math.ceil(bytes / alignment) * alignment;
  }
  const head = writer.bytes();
  const padded = new Uint8Array(Math.ceil(head.length / alignment) * alignment);
  padded.set(head);
  return padded;
}

/** Tensors of the shapes that a model of 7 B parameters has, at about 4.5 bits per weight. */
export function sevenBillion(): readonly DescribedTensor[] {
  const q4 = (name: string, columns: number, rows: number): DescribedTensor => ({
    name,
    shape: [columns, rows],
    type: 12,
    bytes: ((columns * rows) / 256) * 144,
  });
  const blocks = Array.from({ length: 32 }, (_, i) => [
    ...['q', 'k', 'v', 'output'].map((part) => q4(`blk.${i}.attn_${part}.weight`, 4096, 4096)),
    ...['gate', 'up'].map((part) => q4(`blk.${i}.ffn_${part}.weight`, 4096, 11008)),
    q4(`blk.${i}.ffn_down.weight`, 11008, 4096),
    { name: `blk.${i}.attn_norm.weight`, shape: [4096], type: 0, bytes: 4 * 4096 },
  ]).flat();
  return [q4('token_embd.weight', 4096, 32000), ...blocks, q4('output.weight', 4096, 32000)];
}
