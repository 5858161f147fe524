import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliDecompressSync } from 'node:zlib';
import { fileInTar } from './tar.ts';

/** What WebGPU runs on in the tests: `software` from npm, the machine's own driver (`system`), or `none`. */
export type WebgpuEnvironment = 'software' | 'system' | 'none';

/** Where `prepareWebgpu` leaves its result for the processes that it prepares. */
const VARIABLE = 'EINLAB_WEBGPU';

/** The Vulkan driver in the archive. It can also be loaded in place of the loader, which Dawn asks for by this name. */
const DRIVER = 'libvk_swiftshader.so';
const LOADER = 'libvulkan.so.1';

/**
 * Makes WebGPU work in Node processes started from now on, with nothing but packages from npm: the package `webgpu` is
 * Dawn, which needs Vulkan, and `@sparticuz/chromium` carries a Vulkan that computes on the processor. The library is
 * unpacked once, into `node_modules/.cache`. `EINLAB_WEBGPU=system` asks for the machine's own driver instead.
 *
 * The dynamic loader reads `LD_LIBRARY_PATH` when a process starts, so this one stays as it is.
 */
export function prepareWebgpu(): WebgpuEnvironment {
  const environment = process.env[VARIABLE] === 'system' ? 'system' : availableHere();
  process.env[VARIABLE] = environment;
  if (environment === 'software') {
    const paths = process.env['LD_LIBRARY_PATH']?.split(delimiter) ?? [];
    const folder = unpackedDriver();
    process.env['LD_LIBRARY_PATH'] = [folder, ...paths.filter((path) => path !== folder)].join(delimiter);
  }
  return environment;
}

/** What the process that started this one prepared; `none` where nothing did. */
export function webgpuEnvironment(): WebgpuEnvironment {
  const value = process.env[VARIABLE];
  return value === 'software' || value === 'system' ? value : 'none';
}

/** The archive holds a library for one kind of machine; macOS and Windows have WebGPU's foundations themselves. */
function availableHere(): WebgpuEnvironment {
  if (process.platform === 'linux') return process.arch === 'x64' ? 'software' : 'none';
  return process.platform === 'darwin' || process.platform === 'win32' ? 'system' : 'none';
}

/** The folder with the driver under the loader's name, made at the first call. */
function unpackedDriver(): string {
  const archive = join(
    dirname(createRequire(import.meta.url).resolve('@sparticuz/chromium')),
    '../bin/swiftshader.tar.br',
  );
  const cache = fileURLToPath(new URL('../../../node_modules/.cache', import.meta.url));
  const compressed = readFileSync(archive);
  // another version of the package brings an archive of another size
  const folder = join(cache, `swiftshader-${compressed.length}`);
  const target = join(folder, LOADER);
  if (existsSync(target)) return folder;
  mkdirSync(folder, { recursive: true });
  const partial = `${target}.${process.pid}`;
  writeFileSync(partial, fileInTar(brotliDecompressSync(compressed), DRIVER), { mode: 0o755 });
  renameSync(partial, target);
  return folder;
}
