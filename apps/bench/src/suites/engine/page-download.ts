import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

/**
 * A page that computes einsums and their gradients with WebAssembly, by functions and by methods: a small one, and the
 * product of matrices that is worth several threads, with the loss itself. It prints what `expectedOutput` says.
 */
export const page = `import { einsum, grad, tensor } from '@einlab/einsum-core';
const x = tensor([[1, 2], [3, 4]]);
const small = (w) => einsum('row in, in out -> row out', x, w).square().sum();
console.log((await grad(small)(tensor([[1, 0], [0, 1]])).data()).join(' '));
const matrix = (modulus) => {
  const values = Float32Array.from({ length: 256 * 256 }, (_, i) => i % modulus);
  return tensor(values).reshape([256, 256]).subtract(1);
};
const [a, b, c] = [matrix(3), matrix(5), matrix(7)];
const loss = (w) => einsum('row in, in out -> row out', a, w).multiply(c).sum();
const gradient = await grad(loss)(b).data();
console.log(await loss(b).item(), gradient[0], gradient[256 * 256 - 1]);
`;

/** The same page where memory cannot be shared between threads, as most are served: without cross-origin isolation. */
export const pageOnOneThread = page.replace('\n', '\nglobalThis.SharedArrayBuffer = undefined;\n');

/** What the page prints: small whole numbers, exact in f32 in any order of summation. */
export function expectedOutput(): string {
  const n = 256;
  const matrix = (modulus: number) => (row: number, column: number) => ((n * row + column) % modulus) - 1;
  const [a, b, c] = [matrix(3), matrix(5), matrix(7)];
  const sum = (term: (k: number) => number): number => {
    let total = 0;
    for (let k = 0; k < n; k++) total += term(k);
    return total;
  };
  // L = Σ (A·W)∘C and ∂L/∂W = Aᵀ·C
  const gradient = (row: number, column: number): number => sum((k) => a(k, row) * c(k, column));
  const loss = sum((row) => sum((column) => gradient(row, column) * b(row, column)));
  return `20 28 28 40\n${loss} ${gradient(0, 0)} ${gradient(n - 1, n - 1)}\n`;
}

/** A file that was loaded while a page ran. */
export interface LoadedFile {
  readonly name: string;
  readonly bytes: number;
  readonly gzipBytes: number;
}

/** What a page downloaded, and what it printed. */
export interface Download {
  /** In the order in which they were loaded: the entry, what it imports, and the lazy chunks that were asked for. */
  readonly files: readonly LoadedFile[];
  readonly gzipBytes: number;
  readonly output: string;
  readonly warnings: readonly string[];
}

/** Writes the address of each module that the process loads to a file when the process ends. */
const recorder = (file: string): string => `import { registerHooks } from 'node:module';
import { writeFileSync } from 'node:fs';
const loaded = [];
registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
process.on('exit', () => writeFileSync(${JSON.stringify(file)}, JSON.stringify(loaded)));
`;

/**
 * Bundles a page as an application's bundler does, minified and split where code is imported lazily, runs it, and weighs
 * each file that was loaded until it ended. What could have been loaded and was not is not counted; what was, is.
 *
 * @param program - an ES module
 * @param resolveDir - where its imports are looked up
 * @throws {Error} when the page fails
 */
export async function measureDownload(program: string, resolveDir: string): Promise<Download> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'einlab-page-')));
  try {
    const outdir = join(folder, 'page');
    await mkdir(outdir);
    const { warnings } = await build({
      stdin: { contents: program, resolveDir, sourcefile: 'page.js' },
      outdir,
      entryNames: 'page',
      outExtension: { '.js': '.mjs' },
      bundle: true,
      splitting: true,
      minify: true,
      format: 'esm',
      platform: 'neutral',
      target: 'es2023',
      // chunks that other chunks import by name, too; whether anything is missing, the run shows
      logOverride: { 'ignored-bare-import': 'silent' },
    });
    const [hooks, record] = [join(folder, 'recorder.mjs'), join(folder, 'loaded.json')];
    await writeFile(hooks, recorder(record));
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--import', pathToFileURL(hooks).href, join(outdir, 'page.mjs')],
      { timeout: 60_000 },
    );
    const urls: readonly string[] = JSON.parse(await readFile(record, 'utf8'));
    const paths = urls.filter((url) => url.startsWith('file:')).map((url) => fileURLToPath(url));
    const names = new Set(paths.filter((path) => dirname(path) === outdir).map((path) => basename(path)));
    const files = await Promise.all(
      [...names].map(async (name) => {
        const contents = await readFile(join(outdir, name));
        return { name, bytes: contents.length, gzipBytes: gzipSync(contents, { level: 9 }).length };
      }),
    );
    return {
      files,
      gzipBytes: files.reduce((sum, { gzipBytes }) => sum + gzipBytes, 0),
      output: stdout,
      warnings: warnings.map(({ text }) => text),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
