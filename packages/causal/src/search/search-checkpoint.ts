/** Where finished chunks of tests are kept, so that a search goes on where it stopped. */
export interface DatCheckpoint {
  /** What was written under a name, if anything. */
  read(name: string): Promise<string | undefined>;
  write(name: string, text: string): Promise<void>;
}

/** A short name for what a chunk's numbers depend on (FNV-1a over its JSON, 2 × 32 bits). */
export function nameOf(value: unknown): string {
  const text = JSON.stringify(value);
  let [a, b] = [0x811c9dc5, 0x9e3779b9];
  for (let i = 0; i < text.length; i++) {
    a = Math.imul(a ^ text.charCodeAt(i), 0x01000193);
    b = Math.imul(b ^ text.charCodeAt(i), 0x85ebca6b) ^ (b >>> 13);
  }
  return `${(a >>> 0).toString(16)}${(b >>> 0).toString(16)}`;
}

/** A sample of the data that tells one table from another. */
export const fingerprint = (columns: readonly (Float32Array | Float64Array)[]): readonly number[] =>
  columns.map((column) => {
    let sum = 0;
    for (let i = 0; i < column.length; i++) sum += column[i] * Math.sin(1 + i);
    return sum;
  });

/** Numbers as f32 in base64, four bytes each, small end first. */
export function packed(values: Float64Array): string {
  const view = new DataView(new ArrayBuffer(4 * values.length));
  values.forEach((value, i) => {
    view.setFloat32(4 * i, value, true);
  });
  let text = '';
  for (let i = 0; i < view.byteLength; i++) text += String.fromCharCode(view.getUint8(i));
  return btoa(text);
}

/** Numbers that were packed. */
export function unpacked(text: string): Float64Array {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  return Float64Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(4 * i, true));
}
