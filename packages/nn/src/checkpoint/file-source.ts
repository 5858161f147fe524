import { type ByteSource, endedEarly } from './byte-source.ts';
import { type FileSystem, fileFailure, nodeFileSystem } from './files.ts';

/** Systems read at most 2³¹ − 1 bytes at once. */
const longestRead = 2 ** 30;

/**
 * A file of the system, read at positions: only what is asked for is in memory.
 *
 * @throws {EinlabError} `file`
 */
export async function fileSource(path: string, system?: FileSystem): Promise<ByteSource> {
  const files = system ?? (await nodeFileSystem());
  const failing = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    try {
      return await work();
    } catch (error) {
      throw fileFailure('read', path, error);
    }
  };
  const handle = await failing(() => files.open(path, 'r'));
  const size = await failing(async () => (await handle.stat()).size).catch(async (error: unknown) => {
    await handle.close();
    throw error;
  });
  return {
    name: path,
    size,
    read: async (position, target) => {
      for (let at = 0; at < target.byteLength; ) {
        const length = Math.min(longestRead, target.byteLength - at);
        const { bytesRead } = await failing(() => handle.read(target, at, length, position + at));
        if (bytesRead === 0) throw endedEarly(path, position + at, position + target.byteLength);
        at += bytesRead;
      }
    },
    close: () => handle.close(),
  };
}
