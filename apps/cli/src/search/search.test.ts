import { type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rungsWithin } from './budget.ts';
import { taxonomyPanels } from './taxonomy-panels.ts';

const main = [
  '--conditions=source',
  '--disable-warning=ExperimentalWarning',
  fileURLToPath(new URL('../main.ts', import.meta.url)),
];
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'einlab-search-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const einlab = (...args: readonly string[]): SpawnSyncReturns<string> =>
  spawnSync(process.execPath, [...main, 'search', ...args], { cwd: folder, encoding: 'utf8', timeout: 90_000 });
const small = ['--candidates', '2', '--widths', '8', '--rungs', '2', '--batch', '16', '--threads', '1'];
const tiny = [...small, '--report', 'r'];

/** What a finished search says, without what depends on the clock. */
const rankingOf = ({ stdout }: SpawnSyncReturns<string>): unknown => JSON.parse(stdout).rows;

describe('rungsWithin', () => {
  const load = {
    budgetSeconds: 600,
    spentSeconds: 60,
    threads: 2,
    secondsPerStep: 0.01,
    candidates: 23,
    refined: 0,
    rungs: 3,
    factor: 3,
  };

  it('fills the budget, up to what is kept for starting and writing', () => {
    const rungs = rungsWithin(load);
    const work = rungs.reduce((total, rung) => total + rung.steps * (rung.candidates + 1) * load.secondsPerStep, 0);
    expect(work / 2 + 60).toBeLessThanOrEqual(600 * 0.85 + 1);
    expect(work / 2 + 60).toBeGreaterThan(600 * 0.75);
    expect(rungs.map(({ candidates }) => candidates)).toEqual([23, 8, 3]);
  });

  it('has fewer rungs where the first would be too short to say anything', () => {
    expect(rungsWithin({ ...load, budgetSeconds: 80 }).length).toBeLessThan(3);
  });

  it('refuses a budget that fits no run, and says what would', () => {
    expect(() => rungsWithin({ ...load, budgetSeconds: 65 })).toThrow(
      /--budget of 65 s fits no run: 20 steps of every candidate take about \d+ s on 2 threads; expected a larger budget/,
    );
  });
});

describe('taxonomyPanels', () => {
  it('has a circle for each candidate in each of three panels, and names with their characters escaped', () => {
    const row = { point: 'dense', rung: 0, steps: 1, gap: 0.1, omega: 0, psi: 1, nu: 0.5, reuse: 1 };
    const html = taxonomyPanels([
      { ...row, name: 'a<b' },
      { ...row, name: 'c', gap: -0.1 },
    ]);
    expect(html.match(/<circle/g)).toHaveLength(6);
    expect(html).toContain('a&#60;b');
    expect(html).not.toContain('a<b');
  });
});

describe('einlab search', () => {
  it('ranks, writes an offline report and JSON lines, and gives the same result twice', { timeout: 120_000 }, () => {
    const first = einlab(...tiny, '--steps', '12', '--json');
    expect(first).toMatchObject({ status: 0 });
    const rows = rankingOf(first);
    expect(rows).toHaveLength(3);
    const page = readFileSync(join(folder, 'r', 'index.html'), 'utf8');
    expect(page).not.toMatch(/(?:src|href)="https?:/);
    expect(page.match(/<svg/g)).toHaveLength(3);
    const lines = readFileSync(join(folder, 'r', 'results.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines[0]).toMatchObject({ format: 'einlab-search', version: 1 });
    // 3 + 2 runs of one width and one seed, and a row for each candidate
    expect(lines.filter(({ kind }) => kind === 'result')).toHaveLength(5);
    expect(existsSync(join(folder, 'r.state'))).toBe(false);
    expect(einlab(...tiny, '--steps', '12')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('there is a report in'),
    });
    expect(rankingOf(einlab(...tiny, '--steps', '12', '--json', '--force'))).toEqual(rows);
  });

  it('killed and started again, goes on with the runs that it has', { timeout: 120_000 }, async () => {
    const asked = [...tiny, '--steps', '120', '--json'];
    const unbroken = einlab(...small, '--steps', '120', '--json', '--report', 'whole');
    const state = join(folder, 'r.state', 'search.jsonl');
    const child = spawn(process.execPath, [...main, 'search', ...asked], { cwd: folder, stdio: 'ignore' });
    const results = (): number =>
      existsSync(state) ? readFileSync(state, 'utf8').split('"kind":"result"').length - 1 : 0;
    const ended = new Promise((resolve) => child.on('exit', resolve));
    for (let tries = 0; results() < 1 && tries < 600; tries++) await new Promise((resolve) => setTimeout(resolve, 50));
    child.kill('SIGKILL');
    await ended;
    const kept = results();
    expect(kept).toBeGreaterThanOrEqual(1);
    // what a killed program leaves of a line
    appendFileSync(state, '{"kind":"result","res');
    const resumed = einlab(...asked);
    expect(resumed).toMatchObject({ status: 0 });
    expect(rankingOf(resumed)).toEqual(rankingOf(unbroken));
    expect(resumed.stderr.match(/loss/g)?.length).toBe(5 - kept);
  });

  it('names what is wrong with its input', { timeout: 60_000 }, () => {
    expect(einlab(...tiny, '--budget', '0.5s')).toMatchObject({
      status: 2,
      stdout: '',
      stderr: expect.stringContaining('fits no run'),
    });
    expect(einlab(...tiny, '--steps', '5', '--budget', '5s').stderr).toContain('--steps 5 and --budget are both given');
    expect(einlab('--space', 'grid', '--max-nu', '0.5').stderr).toContain('go with --space random or refined');
    expect(einlab('--space', 'random', '--max-nu', '0.01', '--min-psi', '1').stderr).toContain(
      'expected limits that leave more of the space',
    );
    const other = join(folder, 'r.state');
    spawnSync('mkdir', [other]);
    writeFileSync(join(other, 'search.jsonl'), '{"format":"einlab-search","version":7,"settings":{}}\n');
    expect(einlab(...tiny, '--steps', '5')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining(
        'is of version 7 of the results, this program reads version 1; finish it with the program that began it',
      ),
    });
  });
});
