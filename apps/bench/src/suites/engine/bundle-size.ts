import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build, type Plugin } from 'esbuild';
import { atMost, type RowPlan } from './lab.ts';

/** What a page has that differentiates an einsum and evaluates it with WebAssembly. */
const page = `
import { einsum, grad, tensor } from '@einlab/einsum-core';
const x = tensor([[1, 2], [3, 4]]);
const loss = (weights) => einsum('batch in, in ->', x, weights);
export const result = [...await grad(loss)(tensor([5, 6])).data()];
`;
const expected = [4, 6];

const shared = { bundle: true, write: false, format: 'esm', target: 'es2023' } as const;
const external = ['node:*'];

/** What is loaded when another device is asked for is no part of this page. */
const withoutLazyChunks: Plugin = {
  name: 'without lazy chunks',
  setup({ onResolve }) {
    onResolve({ filter: /.*/ }, ({ kind, path }) => (kind === 'dynamic-import' ? { path, external: true } : undefined));
  },
};

/** The engine as its package is built: one module, from which nothing is dropped that registers itself. */
async function engineModule(): Promise<string> {
  const { outputFiles } = await build({
    ...shared,
    external,
    entryPoints: [fileURLToPath(import.meta.resolve('@einlab/einsum-core'))],
    platform: 'neutral',
    conditions: ['source'],
    ignoreAnnotations: true,
    plugins: [withoutLazyChunks],
  });
  return outputFiles[0]?.text ?? '';
}

/** The page and the engine as one minified module, as a user's bundler makes it. */
export async function pageBundle(): Promise<string> {
  const engine = await engineModule();
  const { outputFiles } = await build({
    ...shared,
    external,
    stdin: { contents: page, loader: 'js' },
    platform: 'browser',
    minify: true,
    plugins: [
      withoutLazyChunks,
      {
        name: 'engine',
        setup({ onResolve, onLoad }) {
          onResolve({ filter: /^@einlab\/einsum-core$/ }, () => ({ path: 'engine', namespace: 'engine' }));
          onLoad({ filter: /.*/, namespace: 'engine' }, () => ({ contents: engine, loader: 'js' }));
        },
      },
    ],
  });
  return outputFiles[0]?.text ?? '';
}

/** Runs a bundle. @throws {Error} when it does not give the gradient. */
export async function checkBundle(bundle: string): Promise<void> {
  const { result }: { result: unknown } = await import(
    `data:text/javascript;base64,${Buffer.from(bundle).toString('base64')}`
  );
  if (JSON.stringify(result) !== JSON.stringify(expected)) {
    throw new Error(`the bundle gives ${JSON.stringify(result)} where ${JSON.stringify(expected)} was expected`);
  }
}

const row: RowPlan = {
  group: 'size',
  name: 'bundle of einsum, grad and evaluation',
  async measure() {
    const bundle = await pageBundle();
    await checkBundle(bundle);
    const kilobytes = gzipSync(bundle, { level: 9 }).length / 1000;
    const quantity = 'kilobytes after gzip';
    return {
      engines: {},
      criteria: [atMost('must', 45, quantity, kilobytes), atMost('aim', 30, quantity, kilobytes)],
      notes: [`${(bundle.length / 1000).toFixed(1)} kilobytes before gzip`],
    };
  },
};

/** What a page has to load. */
export const sizeRows: readonly RowPlan[] = [row];
