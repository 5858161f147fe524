import { gzipSync } from 'node:zlib';
import { type BuildOptions, build } from 'esbuild';

/** What an application loads when it starts, and what beyond that when it asks for a part that is loaded lazily. */
export interface LoadedBytes {
  /** After gzip, each file by itself. */
  readonly first: number;
  /** What the part adds; 0 where nothing of the application asks for it. */
  readonly added: number;
  /** The code that is loaded first, whole. */
  readonly firstCode: string;
}

/**
 * Bundles a program as an application's bundler does that splits at dynamic imports.
 *
 * @param program - its source.
 * @param part - what an import of the lazy part contains: `webgpu-backend`.
 * @param options - where packages are resolved from, and with which conditions.
 */
export async function loadedBytes(
  program: string,
  part: string,
  options: BuildOptions & { resolveDir: string },
): Promise<LoadedBytes> {
  const { resolveDir, ...rest } = options;
  const { outputFiles, metafile } = await build({
    platform: 'neutral',
    target: 'es2023',
    logOverride: { 'ignored-bare-import': 'silent' },
    external: ['node:*'],
    ...rest,
    stdin: { contents: program, resolveDir },
    bundle: true,
    minify: true,
    splitting: true,
    format: 'esm',
    write: false,
    metafile: true,
    outdir: 'out',
    absWorkingDir: resolveDir,
  });
  const textOf = (path: string): string => outputFiles.find((file) => file.path.endsWith(path))?.text ?? '';
  const sizeOf = (paths: Iterable<string>): number =>
    [...paths].reduce((sum, path) => sum + gzipSync(textOf(path), { level: 9 }).length, 0);
  const importsOf = (path: string, kind: string): string[] =>
    (metafile.outputs[path]?.imports ?? []).filter((each) => each.kind === kind).map((each) => each.path);
  const withStatic = (path: string, known = new Set<string>()): Set<string> => {
    if (known.has(path)) return known;
    known.add(path);
    for (const next of importsOf(path, 'import-statement')) withStatic(next, known);
    return known;
  };
  const entry = Object.keys(metafile.outputs).find((path) => metafile.outputs[path]?.entryPoint === '<stdin>') ?? '';
  const first = withStatic(entry);
  const lazy = [...first].flatMap((path) => importsOf(path, 'dynamic-import')).filter((path) => path.includes(part));
  const added = new Set(lazy.flatMap((path) => [...withStatic(path)]).filter((path) => !first.has(path)));
  return { first: sizeOf(first), added: sizeOf(added), firstCode: [...first].map(textOf).join('\n') };
}
