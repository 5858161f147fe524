// A short run of the built command: what it promises about exit statuses, about standard output and about its report.
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { report } from './lib/report.ts';
import { root } from './lib/workspace.ts';

const folder = mkdtempSync(join(tmpdir(), 'einlab-cli-'));
const findings: string[] = [];
let runs = 0;

/** Runs `einlab` in the temporary folder and asks for an exit status. */
function einlab(status: number, ...args: readonly string[]): SpawnSyncReturns<string> {
  runs++;
  const file = join(root, 'apps/cli/dist/main.js');
  const result = spawnSync(process.execPath, [file, ...args], { cwd: folder, encoding: 'utf8', timeout: 240_000 });
  if (result.status !== status) {
    const said = result.stderr.trim().split('\n').slice(-12).join('\n');
    findings.push(
      `einlab ${args.join(' ')}: exit status ${result.status ?? result.signal}, expected ${status}\n${said}`,
    );
  }
  return result;
}

/** Notes a finding unless the condition holds. */
function expect(condition: boolean, finding: string): void {
  if (!condition) findings.push(finding);
}

/** Is the text exactly one JSON value? */
function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

try {
  const help = einlab(0, '--help').stdout;
  for (const command of ['compare', 'search', 'forecast', 'discover', 'bound', 'einsum'])
    expect(help.includes(command), `einlab --help does not mention ${command}`);
  einlab(0, 'einsum', 'b i, i j, j k -> b k', '64,512', '512,512', '512,8');
  const wrong = einlab(2, 'einsum', 'bi,ij->bq', '2,3', '3,4');
  expect(wrong.stderr.includes('^'), 'a wrong pattern is reported without a caret');
  expect(wrong.stdout === '', 'a wrong pattern writes to standard output');
  einlab(2, 'compare', '--no-such-option');
  einlab(2, 'discover', 'nowhere.csv');
  einlab(2, 'compare', '--task', 'text', '--file', 'nowhere.txt');

  const compare = ['compare', '--steps', '20', '--report', 'short', '--json'];
  const done = einlab(0, ...compare);
  expect(isJson(done.stdout), 'einlab compare --json writes something else than one JSON value to standard output');
  const results = join(folder, 'short/results.json');
  for (const name of ['index.html', 'results.json']) {
    expect(existsSync(join(folder, 'short', name)), `einlab compare --report leaves no ${name}`);
  }
  const before = existsSync(results) ? readFileSync(results, 'utf8') : '';
  einlab(2, ...compare);
  const after = existsSync(results) ? readFileSync(results, 'utf8') : '';
  expect(before === after, 'a second run overwrites a report without --force');
} finally {
  rmSync(folder, { recursive: true, force: true });
}
report('cli', findings, `${runs} runs`);
