import { type ChildProcess, type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const main = [
  '--conditions=source',
  '--disable-warning=ExperimentalWarning',
  fileURLToPath(new URL('./main.ts', import.meta.url)),
];

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'einlab-main-'));
  const words = ['sea ', 'whale ', 'ship ', 'the ', 'of ', 'white '];
  writeFileSync(join(folder, 'sea.txt'), Array.from({ length: 400 }, (_, i) => words[(i * i + (i >> 2)) % 6]).join(''));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs `einlab` from its sources. */
const einlab = (...args: readonly string[]): SpawnSyncReturns<string> =>
  spawnSync(process.execPath, [...main, ...args], { cwd: folder, encoding: 'utf8', timeout: 60_000 });

/** Two structures at width 8 on a short text. */
const tiny = (...args: readonly string[]): readonly string[] => [
  ...['compare', '--file', 'sea.txt', '--structures', 'dense,btt', '--widths', '8', '--heads', '2', '--layers', '1'],
  ...['--batch', '2', '--context', '8', ...args],
];

/** The losses in the JSON that a comparison printed. */
const lossesOf = ({ stdout }: SpawnSyncReturns<string>): unknown =>
  JSON.parse(stdout).rows.map(({ structure, loss }: { structure: string; loss: number }) => [structure, loss]);

const resultsIn = (report: string): unknown => JSON.parse(readFileSync(join(folder, report, 'results.json'), 'utf8'));

describe('einlab', () => {
  it('lists its commands, explains each, and prints its version', () => {
    expect(einlab('--help')).toMatchObject({ status: 0, stdout: expect.stringMatching(/compare.*\n.*einsum/) });
    const part = einlab('bound', 'plot', '--help');
    expect(part).toMatchObject({ status: 0, stdout: expect.stringContaining('--x size|context') });
    expect(part.stdout).not.toContain('--logprobs');
    expect(einlab('help', 'bound', 'plot').stdout).toBe(part.stdout);
    expect(einlab('bound', '--help').stdout).toMatch(/Parts\n\s+certify/);
    expect(einlab('einsum', '--help')).toMatchObject({ status: 0, stdout: expect.stringContaining('--optimize') });
    expect(einlab('--version')).toMatchObject({ status: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });

  it('names an unknown command or option, with status 2 and an empty standard output', () => {
    expect(einlab('compar')).toMatchObject({
      status: 2,
      stdout: '',
      stderr: 'einlab: unknown command compar; did you mean compare?\n',
    });
    expect(einlab('compare', '--thread', '2')).toMatchObject({
      status: 2,
      stdout: '',
      stderr: 'einlab compare: unknown option --thread; did you mean --threads?\n',
    });
  });
});

describe('einlab einsum', () => {
  it('prints a plan below left to right, as a table and as JSON', () => {
    const shapes = ['b i, i j, j k -> b k', '64,512', '512,512', '512,8'];
    expect(einlab('einsum', ...shapes)).toMatchObject({ status: 0, stdout: expect.stringContaining('left to right') });
    const plan = JSON.parse(einlab('einsum', ...shapes, '--json').stdout);
    expect(plan.path).toEqual([
      [1, 2],
      [0, 3],
    ]);
    expect(plan.flops).toBeLessThan(plan.leftToRight.flops);
  });

  it('shows a wrong pattern with a caret, and names a wrong shape', () => {
    const wrong = einlab('einsum', 'bi,ij->bq', '2,3', '3,4');
    expect(wrong).toMatchObject({ status: 2, stdout: '' });
    expect(wrong.stderr).toContain('  bi,ij->bq\n          ^');
    expect(einlab('einsum', 'bi,ij->bj', '2,3', '4,4').status).toBe(2);
    expect(einlab('einsum', 'bi,ij->bj', '2;3', '3,4')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('the shape of operand 1 is "2;3"'),
    });
    expect(einlab('einsum')).toMatchObject({ status: 2, stderr: expect.stringContaining('the pattern is missing') });
  });
});

describe('einlab compare', () => {
  it('prints one JSON value, and writes the same to the report', () => {
    const done = einlab(...tiny('--steps', '12', '--report', 'out', '--json', '--threads', '2'));
    expect(done.stderr).toContain('report: out/index.html');
    expect(done.status).toBe(0);
    expect(resultsIn('out')).toEqual(JSON.parse(done.stdout));
    expect(readdirSync(folder).sort()).toEqual(['out', 'sea.txt']);
    expect(readFileSync(join(folder, 'out', 'index.html'), 'utf8')).toContain('Loss against compute');
  });

  it('prints a table, keeps a report that is there, and replaces it with --force', () => {
    const first = einlab(...tiny('--steps', '4', '--report', 'out'));
    expect(first.stdout).toMatch(/^dense +8 .*\nbtt +8 /m);
    const before = readFileSync(join(folder, 'out', 'results.json'), 'utf8');
    expect(einlab(...tiny('--steps', '5', '--report', 'out'))).toMatchObject({
      status: 2,
      stdout: '',
      stderr: expect.stringContaining('--force replaces it'),
    });
    expect(readFileSync(join(folder, 'out', 'results.json'), 'utf8')).toBe(before);
    expect(einlab(...tiny('--steps', '5', '--report', 'out', '--force')).status).toBe(0);
    expect(resultsIn('out')).toMatchObject({ steps: 5 });
  });

  it('gives the same losses for the same seed on one thread and on two, and others for another seed', () => {
    const losses = (...args: string[]): unknown =>
      lossesOf(einlab(...tiny('--steps', '6', '--json', '--force', ...args)));
    const one = losses('--threads', '1');
    expect(losses('--threads', '2')).toEqual(one);
    expect(losses('--threads', '1', '--seed', '1')).not.toEqual(one);
  });

  it('chooses the steps that fit into a budget', () => {
    const done = einlab(...tiny('--budget', '3s', '--json'));
    expect(done.status).toBe(0);
    const { steps, settings } = JSON.parse(done.stdout);
    expect(steps).toBeGreaterThan(10);
    expect(settings.budgetSeconds).toBe(3);
  });

  it('refuses input that cannot be used before anything runs, with one message and nothing written', () => {
    writeFileSync(join(folder, 'short.txt'), 'too short');
    const wrong: readonly (readonly [readonly string[], string])[] = [
      [['compare', '--file', 'nowhere.txt'], 'nowhere.txt: no such file or folder'],
      [['compare', '--file', 'short.txt'], 'short.txt has 9 characters; --context 64 needs at least 1300'],
      [['compare', '--widths', '30'], 'the width of dense is 30, which does not divide into 4 heads'],
      [['compare', '--structures', 'dense,bbt'], 'unknown structure "bbt"'],
      [['compare', '--task', 'teacher', '--file', 'sea.txt'], '--file belongs to --task text'],
      [['compare', '--steps', '3', '--budget', '9s'], 'a budget decides the steps'],
      [['compare', 'sea.txt'], '"sea.txt" belongs to no option'],
      [['compare', '--report', 'sea.txt/out'], 'cannot be written'],
      [['compare', '--resume', 'out'], 'there is nothing to resume in'],
      [['compare', '--resume', 'out', '--steps', '4'], '--steps does not go with --resume'],
    ];
    for (const [args, message] of wrong) {
      const { status, stdout, stderr } = einlab(...args);
      expect({ status, stdout, stderr }, args.join(' ')).toMatchObject({
        status: 2,
        stdout: '',
        stderr: expect.stringContaining(message),
      });
      expect(stderr.trimEnd().split('\n'), args.join(' ')).toHaveLength(1);
    }
    expect(readdirSync(folder).sort()).toEqual(['sea.txt', 'short.txt']);
  });

  it('stops at Ctrl-C with status 130, keeps its state, and goes on from there to the losses of an unbroken run', async () => {
    const settings = ['--steps', '1500', '--report', 'out', '--json'];
    const child = spawn(process.execPath, [...main, ...tiny(...settings, '--threads', '1')], { cwd: folder });
    const said = await interruptWhen(child, () => existsSync(join(folder, 'out.state', 'settings.json')));
    expect(said).toMatchObject({ code: 130, stderr: expect.stringContaining('einlab compare --resume out') });
    expect(existsSync(join(folder, 'out'))).toBe(false);
    expect(einlab(...tiny('--steps', '7', '--report', 'out'))).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('unfinished comparison with other settings'),
    });
    const resumed = einlab('compare', '--resume', 'out', '--json');
    expect(resumed.status).toBe(0);
    expect(readdirSync(folder).sort()).toEqual(['out', 'sea.txt']);
    expect(lossesOf(resumed)).toEqual(lossesOf(einlab(...tiny(...settings, '--force'))));
  }, 90_000);
});

/** Sends Ctrl-C half a second after a condition holds, and waits for the end. */
function interruptWhen(child: ChildProcess, isReady: () => boolean): Promise<{ code: number | null; stderr: string }> {
  return new Promise((resolve) => {
    let stderr = '';
    child.stderr?.on('data', (text) => {
      stderr += text;
    });
    const poll = setInterval(() => {
      if (!isReady()) return;
      clearInterval(poll);
      setTimeout(() => child.kill('SIGINT'), 500);
    }, 20);
    child.on('close', (code) => {
      clearInterval(poll);
      resolve({ code, stderr });
    });
  });
}
