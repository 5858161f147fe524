// Every check that needs no build, one after the other, to the end: format, lint, types, layers, exports, style, words.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from './lib/workspace.ts';

const biome = join(root, 'node_modules/@biomejs/biome/bin/biome');
const tool = (name: string): readonly string[] => [join(root, 'tools', `${name}.ts`)];
const checks: readonly (readonly [name: string, args: readonly string[]])[] = [
  ['format', [biome, 'format', '--reporter=summary']],
  ['lint', [biome, 'lint', '--error-on-warnings', '--max-diagnostics=50']],
  ['types', tool('typecheck')],
  ['layers', tool('check-layers')],
  ['exports', tool('check-exports')],
  ['style', tool('check-style')],
  ['words', tool('check-words')],
];
const failed = checks.filter(([name, args]) => {
  console.log(`-- ${name}`);
  return spawnSync(process.execPath, [...args], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] }).status !== 0;
});
if (failed.length > 0) {
  console.error(`check: failed: ${failed.map(([name]) => name).join(', ')}`);
  process.exitCode = 1;
} else {
  console.log(`check: ok (${checks.map(([name]) => name).join(', ')})`);
}
