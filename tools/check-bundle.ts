// What a page downloads: bundles a page over the built packages as an application's bundler does, runs it, because a bundler
// may leave out what is imported only for its side effects, and weighs every file that was loaded while it ran.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import {
  expectedOutput,
  measureDownload,
  page,
  pageOnOneThread,
} from '../apps/bench/src/suites/engine/page-download.ts';
import { lazyBackend } from './lib/lazy-backend.ts';
import { report } from './lib/report.ts';
import { withSandbox } from './lib/sandbox.ts';
import { root } from './lib/workspace.ts';

/** Kilobytes after gzip of all that is loaded. What there is now, rounded up; 45 is the aim. */
const LIMIT = 60;

/** The page in one file, for bundlers that put lazy imports inline: what it prints. */
async function outputInOneFile(folder: string): Promise<string> {
  const outfile = join(folder, 'one-file.mjs');
  await build({
    stdin: { contents: page, resolveDir: folder },
    outfile,
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'neutral',
    target: 'es2023',
    logOverride: { 'ignored-bare-import': 'silent' },
  });
  const { stdout, stderr } = spawnSync(process.execPath, [outfile], { encoding: 'utf8', timeout: 60_000 });
  return stdout + stderr;
}

const findings: string[] = [];
let size = 'nothing';
if (!existsSync(join(root, 'packages/einsum-core/dist'))) findings.push('not built; run npm run build first');
else {
  await withSandbox(async (folder) => {
    const { files, gzipBytes, output, warnings } = await measureDownload(page, folder);
    const alone = await measureDownload(pageOnOneThread, folder);
    for (const text of warnings) findings.push(`esbuild warns: ${text}`);
    const kilobytes = gzipBytes / 1000;
    size = `${kilobytes.toFixed(1)} kB gzip in ${files.length} files for einsum, grad and wasm; ${(alone.gzipBytes / 1000).toFixed(1)} where there is one thread`;
    if (kilobytes > LIMIT)
      findings.push(`the page loads ${kilobytes.toFixed(1)} kB after gzip; at most ${LIMIT} are allowed`);
    for (const printed of [output, alone.output, await outputInOneFile(folder)]) {
      if (printed !== expectedOutput())
        findings.push(`the page prints ${JSON.stringify(printed)} instead of ${JSON.stringify(expectedOutput())}`);
    }
    const webgpu = await lazyBackend(folder, page);
    findings.push(...webgpu.findings);
    size += `; ${webgpu.size}`;
  });
}
report('bundle', findings, size);
