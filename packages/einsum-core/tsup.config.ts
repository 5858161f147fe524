import { fileURLToPath } from 'node:url';
import { type BuildPlugin, sharedConfig } from '../../tsup.shared.ts';

const entry = { index: 'src/index.ts', testing: 'src/testing/index.ts' };
const door = fileURLToPath(new URL('src/index.ts', import.meta.url));

/** `random` is a namespace of the entry. As a module of its own, bundlers leave it out where it is not used. */
const randomIsAModule: BuildPlugin = {
  name: 'random is a module',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/random\/index\.ts$/ }, () => ({ path: './random.js', external: true }));
  },
};

/**
 * What is loaded lazily stands on all of the rest, so that the rest stays together: esbuild makes a chunk for each
 * set of modules that need a file, and many small files compress badly.
 */
const restStaysTogether: BuildPlugin = {
  name: 'the rest stays together',
  setup({ onResolve, onLoad, resolve }) {
    onResolve({ filter: /^\./, namespace: 'file' }, async ({ kind, path, resolveDir }) => {
      if (kind !== 'dynamic-import') return undefined;
      const { path: target } = await resolve(path, { kind: 'import-statement', resolveDir });
      return { path: target, namespace: 'lazy' };
    });
    onLoad({ filter: /./, namespace: 'lazy' }, ({ path }) => ({
      contents: `import ${JSON.stringify(door)}; export * from ${JSON.stringify(path)};`,
      resolveDir: '/',
    }));
  },
};

export default sharedConfig(
  { ...entry, random: 'src/random/index.ts' },
  {
    dts: { entry },
    esbuildPlugins: [randomIsAModule, restStaysTogether],
    // a few functions, so that import maps need no entry for them
    noExternal: ['@einlab/numerics/sixteen-bit'],
  },
);
