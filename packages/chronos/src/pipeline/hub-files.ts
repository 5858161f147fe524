import { EinlabError } from '@einlab/einsum-core';
import { type FileCache, fileCache } from './file-cache.ts';

/** How the files of a model hub are fetched. */
export interface HubOptions {
  /** A branch, a tag or a commit; default `main`. */
  readonly revision?: string;
  /** For models that ask for one. */
  readonly accessToken?: string;
  /** A folder (Node) or the name of a cache (browsers); false keeps nothing. Default `EINLAB_CACHE`, else `.cache/einlab` in the home folder; in browsers `einlab`. */
  readonly cache?: string | false;
  /** Default `https://huggingface.co`. */
  readonly hubUrl?: string;
  /** In place of the platform's, for proxies and tests. */
  readonly fetch?: typeof fetch;
  readonly onProgress?: (progress: { readonly file: string; readonly loaded: number; readonly total: number }) => void;
  readonly signal?: AbortSignal;
}

/** What a file must be. */
interface Expected {
  readonly path: string;
  readonly size: number;
  /** SHA-256 of the bytes of a large file, or the SHA-1 that git names a small one by. */
  readonly hash: string;
}

type Hub = typeof import('@huggingface/hub');

async function openHub(id: string): Promise<Hub> {
  try {
    return await import('@huggingface/hub');
  } catch (error) {
    throw new EinlabError(
      'file',
      `fromPretrained: ${id} is to be fetched, for which the package @huggingface/hub is needed, and it is not installed (${error instanceof Error ? error.message : String(error)}); install it, or download config.json and model.safetensors of ${id} and give their folder`,
      { id },
    );
  }
}

const hex = (bytes: ArrayBuffer): string =>
  Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');

/** True for the bytes that a hub has under a hash: the SHA-256 of a large file, git's SHA-1 of a small one. */
export async function hasHash(bytes: Uint8Array<ArrayBuffer>, hash: string): Promise<boolean> {
  if (hash.length === 64) return hex(await crypto.subtle.digest('SHA-256', bytes)) === hash;
  const head = new TextEncoder().encode(`blob ${bytes.byteLength}\0`);
  const blob = new Uint8Array(head.length + bytes.length);
  blob.set(head);
  blob.set(bytes, head.length);
  return hex(await crypto.subtle.digest('SHA-1', blob)) === hash;
}

/** Reads a stream to its end, telling how far it is. */
async function readAll(blob: Blob, { path, size }: Expected, options: HubOptions): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(size);
  let loaded = 0;
  const reader = blob.stream().getReader();
  for (;;) {
    options.signal?.throwIfAborted();
    const { done, value } = await reader.read();
    if (done) break;
    if (loaded + value.length > size) {
      throw new EinlabError('file', `${path}: more than ${size} bytes arrived; expected exactly that many`, {
        path,
        size,
      });
    }
    bytes.set(value, loaded);
    loaded += value.length;
    options.onProgress?.({ file: path, loaded, total: size });
  }
  if (loaded !== size) {
    throw new EinlabError('file', `${path}: ${loaded} of ${size} bytes arrived; try again`, { path, loaded, size });
  }
  return bytes;
}

/** Fetches one file, unless the cache has it already. */
async function fileOf(
  hub: Hub,
  id: string,
  expected: Expected,
  cache: FileCache,
  options: HubOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const { path, hash } = expected;
  const kept = await cache.read(path);
  if (kept !== undefined && kept.byteLength === expected.size && (await hasHash(kept, hash))) return kept;
  const blob = await hub.downloadFile({ repo: id, path, ...paramsOf(options) });
  if (blob === null) throw new EinlabError('file', `${id}: there is no ${path}`, { id, path });
  const bytes = await readAll(blob, expected, options);
  if (!(await hasHash(bytes, hash))) {
    throw new EinlabError(
      'file',
      `${id}/${path}: the bytes that arrived have another checksum than ${hash}, which the hub gives; try again`,
      { id, path, hash },
    );
  }
  await cache.write(path, bytes);
  return bytes;
}

const paramsOf = ({ revision, accessToken, hubUrl, fetch }: HubOptions): Record<string, unknown> & HubParams => ({
  ...(revision === undefined ? {} : { revision }),
  ...(accessToken === undefined ? {} : { accessToken }),
  ...(hubUrl === undefined ? {} : { hubUrl }),
  ...(fetch === undefined ? {} : { fetch }),
});

type HubParams = Pick<HubOptions, 'revision' | 'accessToken' | 'hubUrl' | 'fetch'>;

/**
 * The files of a model on a hub. Each is compared with the checksum that the hub gives, kept in a cache, and read from there the next time; without a connection what
 * the cache holds is used, compared with the checksums that it was kept with.
 *
 * @throws {EinlabError} `file` for a model or file that there is not, bytes that are not the right ones, and, offline, a model that is not in the cache
 */
export async function hubFiles(
  id: string,
  names: readonly string[],
  options: HubOptions = {},
): Promise<ReadonlyMap<string, Uint8Array<ArrayBuffer>>> {
  const cache = await fileCache(options.cache, [id.replace('/', '--'), options.revision ?? 'main']);
  const hub = await openHub(id);
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  let infos: Awaited<ReturnType<Hub['pathsInfo']>>;
  try {
    infos = await hub.pathsInfo({ repo: id, paths: [...names], ...paramsOf(options) });
  } catch (error) {
    return offlineFiles(id, names, cache, error);
  }
  for (const name of names) {
    const info = infos.find(({ path }) => path === name);
    const hash = info?.lfs?.oid ?? info?.oid;
    if (info === undefined || hash === undefined) {
      throw new EinlabError('file', `${id} has no ${name}; expected a model with ${names.join(' and ')}`, { id, name });
    }
    const expected = { path: name, size: info.lfs?.size ?? info.size, hash };
    files.set(name, await fileOf(hub, id, expected, cache, options));
    await cache.write(`${name}.checksum`, new TextEncoder().encode(hash));
  }
  return files;
}

/** What the cache has of a model, or what to do. */
async function offlineFiles(
  id: string,
  names: readonly string[],
  cache: FileCache,
  cause: unknown,
): Promise<ReadonlyMap<string, Uint8Array<ArrayBuffer>>> {
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  for (const name of names) {
    const [bytes, checksum] = [await cache.read(name), await cache.read(`${name}.checksum`)];
    const isWhole =
      bytes !== undefined && checksum !== undefined && (await hasHash(bytes, new TextDecoder().decode(checksum)));
    if (bytes === undefined || !isWhole) {
      throw new EinlabError(
        'file',
        `fromPretrained: ${id} cannot be fetched (${cause instanceof Error ? cause.message : String(cause)}), and ${cache.place} ${bytes === undefined ? `has no ${name} of it` : `has a damaged ${name} of it`}; connect once, or download ${names.join(' and ')} of ${id} by other means and give their folder`,
        { id, name },
      );
    }
    files.set(name, bytes);
  }
  return files;
}
