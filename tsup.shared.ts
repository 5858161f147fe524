import { defineConfig, type Options } from 'tsup';

type Config = ReturnType<typeof defineConfig>;

/** A plugin of the bundler. */
export type BuildPlugin = NonNullable<Options['esbuildPlugins']>[number];

/**
 * The one build of every package: ES modules and declarations, readable, for Node 22 and the browsers of its year.
 *
 * @param entry - output name → source file, relative to the package.
 * @param options - what a package has to add; `dts: false` where nobody imports it.
 */
export function sharedConfig(entry: Record<string, string>, options: Options = {}): Config {
  return defineConfig({
    entry,
    format: ['esm'],
    target: 'es2023',
    platform: 'neutral',
    dts: true,
    clean: true,
    // A shared chunk keeps one copy of each class, so `instanceof` holds between a package's entries.
    splitting: true,
    // Output is not minified, so it reads as the source does; maps would only double the download.
    minify: false,
    sourcemap: false,
    external: [/^node:/],
    // `sideEffects: false` is a promise to users' bundlers. Here it would drop modules that are imported only to register.
    esbuildOptions: (esbuild) => {
      esbuild.ignoreAnnotations = true;
    },
    ...options,
  });
}
