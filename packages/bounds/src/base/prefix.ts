import { type BytesSource, chunksOf } from './bytes.ts';

/** The first bytes of a source, read piece by piece as far as they are asked for; the rest of a file is never read. */
export interface Prefix {
  /** At least the first `count` bytes, or all where the source has fewer. */
  atLeast(count: number): Promise<Uint8Array>;
  readonly size: number;
  close(): Promise<void>;
}

/** Opens the beginning of a source. */
export async function openPrefix(from: BytesSource): Promise<Prefix> {
  const size = await sizeOf(from);
  const chunks = chunksOf(from);
  let bytes: Uint8Array = new Uint8Array(0);
  let used = 0;
  return {
    size,
    async atLeast(count) {
      while (used < Math.min(count, size)) {
        const next = await chunks.next();
        if (next.done === true) break;
        if (used + next.value.length > bytes.length) {
          const larger = new Uint8Array(Math.max(2 * bytes.length, used + next.value.length));
          larger.set(bytes.subarray(0, used));
          bytes = larger;
        }
        bytes.set(next.value, used);
        used += next.value.length;
      }
      return bytes.subarray(0, used);
    },
    close: async () => {
      await chunks.return();
    },
  };
}

async function sizeOf(from: BytesSource): Promise<number> {
  if (from instanceof Uint8Array) return from.length;
  if (from instanceof Blob) return from.size;
  const { stat } = await import('node:fs/promises');
  return stat(from).then(
    ({ size }) => size,
    // opening it says what is wrong
    () => Number.MAX_SAFE_INTEGER,
  );
}
