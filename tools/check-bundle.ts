// What a page downloads: bundles a small program over the built packages as an application's bundler does, looks at its
// size, and runs it, because a bundler may leave out what is imported only for its side effects.
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { report } from './lib/report.ts';
import { withSandbox } from './lib/sandbox.ts';
import { root } from './lib/workspace.ts';

/** The einsum, its gradient and the WebAssembly backend, called as functions and as methods. */
const program = `import { einsum, grad, tensor } from '@einlab/einsum-core';
const x = tensor([[1, 2], [3, 4]]);
const loss = (w) => einsum('row in, in out -> row out', x, w).square().sum();
console.log((await grad(loss)(tensor([[1, 0], [0, 1]])).data()).join(' '));
`;

/** 2·xᵀ(x·I) */
const expected = '20 28 28 40\n';

/** Kilobytes after gzip. What there is now, rounded up; 45 is the aim. */
const LIMIT = 78;

const findings: string[] = [];
let size = 'nothing';
if (!existsSync(join(root, 'packages/einsum-core/dist'))) findings.push('not built; run npm run build first');
else {
  await withSandbox(async (folder) => {
    const bundle = join(folder, 'bundle.mjs');
    const { outputFiles, warnings } = await build({
      stdin: { contents: program, resolveDir: folder },
      bundle: true,
      minify: true,
      format: 'esm',
      platform: 'neutral',
      target: 'es2023',
      write: false,
      // chunks that other chunks import by name, too; whether anything is missing, the run below shows
      logOverride: { 'ignored-bare-import': 'silent' },
    });
    const [{ contents } = { contents: new Uint8Array() }] = outputFiles;
    for (const { text } of warnings) findings.push(`esbuild warns: ${text}`);
    const kilobytes = gzipSync(contents, { level: 9 }).length / 1000;
    size = `${kilobytes.toFixed(1)} kB gzip for einsum, grad and wasm`;
    if (kilobytes > LIMIT)
      findings.push(`the bundle has ${kilobytes.toFixed(1)} kB after gzip; at most ${LIMIT} are allowed`);
    writeFileSync(bundle, contents);
    const { stdout, stderr } = spawnSync(process.execPath, [bundle], { encoding: 'utf8', timeout: 60_000 });
    if (stdout !== expected)
      findings.push(`the bundle prints ${JSON.stringify(stdout)} instead of ${JSON.stringify(expected)} ${stderr}`);
  });
}
report('bundle', findings, size);
