import { createReadStream, createWriteStream, existsSync, mkdirSync, statSync } from 'node:fs';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { brotliDecompressSync, createBrotliDecompress } from 'node:zlib';
import { filesInTar } from '../tar.ts';

/** Where Chromium is, and what it takes to start it. */
export interface UnpackedChromium {
  readonly executable: string;
  /** The folder with the libraries that a bare machine lacks, for `LD_LIBRARY_PATH`. */
  readonly libraries: string;
  /** The configuration of fonts, for `FONTCONFIG_FILE`: text looks the same on every machine. */
  readonly fonts: string;
}

/** Graphics on the processor must lie beside the program; security and XML libraries are found by path. */
const [PROGRAM, GRAPHICS, LIBRARIES, FONTS] = ['chromium.br', 'swiftshader.tar.br', 'al2023.tar.br', 'fonts.tar.br'];

const fontConfiguration = (folder: string): string =>
  `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>${folder}/fonts</dir><cachedir>${folder}/fonts-cache</cachedir></fontconfig>
`;

/**
 * Unpacks the Chromium of the package `@sparticuz/chromium` into `node_modules/.cache`, at the first call. The package's
 * own function unpacks into the machine's temporary folder, and takes whatever lies there, of any version.
 */
export async function unpackChromium(): Promise<UnpackedChromium> {
  const archives = join(dirname(createRequire(import.meta.url).resolve('@sparticuz/chromium')), '../bin');
  const cache = fileURLToPath(new URL('../../../../node_modules/.cache', import.meta.url));
  // another version of the package brings an archive of another size
  const folder = join(cache, `chromium-${statSync(join(archives, PROGRAM)).size}`);
  if (!existsSync(folder)) await unpackInto(folder, archives);
  return { executable: join(folder, 'chromium'), libraries: join(folder, 'lib'), fonts: join(folder, 'fonts.conf') };
}

/** The folder appears when it is complete; where another process was faster, its folder stays. */
async function unpackInto(folder: string, archives: string): Promise<void> {
  const partial = `${folder}.${process.pid}`;
  for (const [archive, target] of [
    [GRAPHICS, partial],
    [LIBRARIES, join(partial, 'lib')],
    [FONTS, join(partial, 'fonts')],
  ] as const) {
    mkdirSync(target, { recursive: true });
    for (const { name, content } of filesInTar(brotliDecompressSync(readFileSync(join(archives, archive))))) {
      writeFileSync(join(target, basename(name)), content, { mode: 0o755 });
    }
  }
  writeFileSync(join(partial, 'fonts.conf'), fontConfiguration(folder));
  await pipeline(
    createReadStream(join(archives, PROGRAM)),
    createBrotliDecompress(),
    createWriteStream(join(partial, 'chromium'), { mode: 0o755 }),
  );
  try {
    renameSync(partial, folder);
  } catch (error) {
    rmSync(partial, { recursive: true });
    if (!existsSync(folder)) throw error;
  }
}
