/** Unsigned LEB128 (WebAssembly core specification §5.2.2) appended to `out`. */
export function pushUnsigned(out: number[], value: number): void {
  let rest = value;
  while (rest >= 0x80) {
    out.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  out.push(rest);
}

/** Signed LEB128 of a 32-bit integer appended to `out`. */
export function pushSigned(out: number[], value: number): void {
  let rest = value | 0;
  for (;;) {
    const byte = rest & 0x7f;
    rest >>= 7;
    if ((rest === 0 && (byte & 0x40) === 0) || (rest === -1 && (byte & 0x40) !== 0)) {
      out.push(byte);
      return;
    }
    out.push(byte | 0x80);
  }
}

const scratch = new DataView(new ArrayBuffer(4));

/** The four little-endian bytes of an f32 appended to `out`. */
export function pushF32(out: number[], value: number): void {
  scratch.setFloat32(0, value, true);
  for (let i = 0; i < 4; i++) out.push(scratch.getUint8(i));
}

/** The four little-endian bytes of a 32-bit integer appended to `out`. */
export function pushU32(out: number[], value: number): void {
  for (let i = 0; i < 4; i++) out.push((value >>> (8 * i)) & 0xff);
}

/** `items` with their count in front. */
export function pushVector(out: number[], items: readonly (readonly number[])[]): void {
  pushUnsigned(out, items.length);
  for (const item of items) pushAll(out, item);
}

/** A byte-counted section appended to `out`. */
export function pushSection(out: number[], id: number, content: readonly number[]): void {
  out.push(id);
  pushUnsigned(out, content.length);
  pushAll(out, content);
}

/** Every byte of `content` appended; a loop, because spreading a long list overflows the stack. */
export function pushAll(out: number[], content: readonly number[]): void {
  for (let i = 0; i < content.length; i++) out.push(content[i]);
}

/** A name as a length and UTF-8 bytes. */
export function pushName(out: number[], name: string): void {
  const bytes = new TextEncoder().encode(name);
  pushUnsigned(out, bytes.length);
  for (const byte of bytes) out.push(byte);
}
