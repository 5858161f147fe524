import { build } from 'esbuild';

/**
 * One script for a page, made from sources.
 *
 * @param entry - path of a file whose imports need nothing of Node.
 */
export async function bundle(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2023',
    conditions: ['source'],
    logLevel: 'silent',
  });
  const [script] = outputFiles;
  if (script === undefined) throw new Error(`bundle: ${entry} gave no script`);
  return script.text;
}
