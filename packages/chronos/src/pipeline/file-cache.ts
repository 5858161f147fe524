/** Files that are kept between runs. */
export interface FileCache {
  /** Where it is, for messages. */
  readonly place: string;
  read(name: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** Replaces a file as a whole. */
  write(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
}

const nothing: FileCache = {
  place: 'no cache',
  read: async () => undefined,
  write: async () => {},
};

const isNode = (): boolean => typeof process !== 'undefined' && process.versions?.node !== undefined;

/**
 * A cache in a folder, or in a browser's cache storage.
 *
 * @param wanted - the folder or the storage's name; false for none
 * @param parts - below it
 */
export async function fileCache(wanted: string | false | undefined, parts: readonly string[]): Promise<FileCache> {
  if (wanted === false) return nothing;
  return isNode() ? folderCache(wanted, parts) : storageCache(wanted ?? 'einlab', parts);
}

async function folderCache(wanted: string | undefined, parts: readonly string[]): Promise<FileCache> {
  const { mkdir, readFile, rename, writeFile } = await import('node:fs/promises');
  const { join } = await import('node:path');
  const { homedir } = await import('node:os');
  const root = wanted ?? process.env['EINLAB_CACHE'] ?? join(homedir(), '.cache', 'einlab');
  const folder = join(root, ...parts);
  return {
    place: folder,
    async read(name) {
      try {
        return Uint8Array.from(await readFile(join(folder, name)));
      } catch {
        return undefined;
      }
    },
    async write(name, bytes) {
      await mkdir(folder, { recursive: true });
      // a reader sees the old file or the new one
      const part = join(folder, `${name}.${process.pid}.part`);
      await writeFile(part, bytes);
      await rename(part, join(folder, name));
    },
  };
}

async function storageCache(name: string, parts: readonly string[]): Promise<FileCache> {
  // pages without a secure origin have none
  if (typeof caches === 'undefined') return nothing;
  const cache = await caches.open(name);
  const address = (file: string): string =>
    `https://einlab.invalid/${[...parts, file].map(encodeURIComponent).join('/')}`;
  return {
    place: `the cache ${name}`,
    async read(file) {
      const found = await cache.match(address(file));
      return found === undefined ? undefined : new Uint8Array(await found.arrayBuffer());
    },
    write: (file, bytes) => cache.put(address(file), new Response(bytes)),
  };
}
