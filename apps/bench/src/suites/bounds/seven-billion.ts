import { open } from 'node:fs/promises';

const text = (value: string): Buffer => {
  const bytes = Buffer.from(value, 'utf8');
  return Buffer.concat([u64(bytes.length), bytes]);
};
const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};
const u64 = (value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
};

/** Writes a GGUF file with the tensors of a model of 7 B parameters in Q4_K and a vocabulary of 32000 texts; where the values would be is a hole. */
export async function writeSevenBillion(path: string): Promise<void> {
  const shapes: [string, number, number][] = [['token_embd.weight', 4096, 32000]];
  for (let i = 0; i < 32; i++) {
    for (const part of ['q', 'k', 'v', 'output']) shapes.push([`blk.${i}.attn_${part}.weight`, 4096, 4096]);
    for (const part of ['gate', 'up']) shapes.push([`blk.${i}.ffn_${part}.weight`, 4096, 11008]);
    shapes.push([`blk.${i}.ffn_down.weight`, 11008, 4096]);
  }
  shapes.push(['output.weight', 4096, 32000]);
  const parts = [
    u32(0x46554747),
    u32(3),
    u64(shapes.length),
    u64(1),
    text('tokenizer.ggml.tokens'),
    u32(9),
    u32(8),
    u64(32000),
  ];
  for (let i = 0; i < 32000; i++) parts.push(text(`token ${i}`));
  let offset = 0;
  for (const [name, columns, rows] of shapes) {
    parts.push(text(name), u32(2), u64(columns), u64(rows), u32(12), u64(offset));
    offset += ((columns * rows) / 256) * 144;
  }
  const head = Buffer.concat(parts);
  const file = await open(path, 'w');
  await file.write(head);
  await file.truncate(Math.ceil(head.length / 32) * 32 + offset);
  await file.close();
}
