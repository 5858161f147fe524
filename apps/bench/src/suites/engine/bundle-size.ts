import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { atMost, type RowPlan } from './lab.ts';
import { type Download, expectedOutput, measureDownload, page } from './page-download.ts';

const source = fileURLToPath(import.meta.resolve('@einlab/einsum-core'));
const here = dirname(fileURLToPath(import.meta.url));

/** Stands for the engine as its package is built: chunks from which nothing is dropped that registers itself. */
async function engineIn(outdir: string): Promise<Plugin> {
  await build({
    entryPoints: {
      index: source,
      random: join(dirname(source), 'random/index.ts'),
      testing: join(dirname(source), 'testing/index.ts'),
    },
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    target: 'es2023',
    platform: 'neutral',
    external: ['node:*', '@einlab/numerics', '@einlab/numerics/*', 'webgpu'],
    plugins: [
      {
        name: 'random is a module',
        setup({ onResolve }) {
          onResolve({ filter: /^\.\/random\/index\.ts$/ }, () => ({ path: './random.js', external: true }));
        },
      },
    ],
    ignoreAnnotations: true,
  });
  return {
    name: 'engine',
    setup({ onResolve }) {
      onResolve({ filter: /^@einlab\/einsum-core$/ }, () => ({ path: join(outdir, 'index.js') }));
      onResolve({ filter: /^@einlab\/numerics/ }, ({ path }) => ({
        path: fileURLToPath(import.meta.resolve(path)),
        sideEffects: false,
      }));
    },
  };
}

/** What the page downloads with the engine's sources of now, built as its package is. */
async function downloadOfPage(): Promise<Download> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'einlab-engine-')));
  try {
    return await measureDownload(page, here, { plugins: [await engineIn(folder)] });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** @throws {Error} when a page did not print what it should. */
export function checkOutput({ output }: Pick<Download, 'output'>): void {
  const expected = expectedOutput();
  if (output !== expected)
    throw new Error(`the page prints ${JSON.stringify(output)} where ${JSON.stringify(expected)} was expected`);
}

const row: RowPlan = {
  group: 'size',
  name: 'download of a page with einsum and grad',
  async measure() {
    const download = await downloadOfPage();
    checkOutput(download);
    const kilobytes = download.gzipBytes / 1000;
    const quantity = 'kilobytes after gzip';
    const bytes = download.files.reduce((sum, file) => sum + file.bytes, 0);
    return {
      engines: {},
      criteria: [atMost('must', 45, quantity, kilobytes), atMost('aim', 30, quantity, kilobytes)],
      notes: [`${download.files.length} files loaded while it ran, ${(bytes / 1000).toFixed(1)} kilobytes before gzip`],
    };
  },
};

/** What a page has to load. */
export const sizeRows: readonly RowPlan[] = [row];
