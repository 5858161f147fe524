import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { drawLinearModel, erdosRenyi, simulate, writeGraph } from '@einlab/causal';
import { keyFromSeed, rngFromKey } from '@einlab/numerics';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSearchView } from './progress.ts';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));
let folder = '';

const truth = erdosRenyi(rngFromKey(keyFromSeed(1)), 5, 1);
const { table } = simulate(keyFromSeed(2), drawLinearModel(keyFromSeed(3), truth).model, { rows: 400 });

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'einlab-discover-'));
  const rows = Array.from({ length: 400 }, (_, i) =>
    [...table.columns.map(({ values }) => values[i]), i % 2 === 0 ? 'red' : i % 3 === 0 ? 'blue' : 'green'].join(','),
  );
  writeFileSync(join(folder, 'data.csv'), `${truth.nodes.join(',')},color\n${rows.join('\n')}\n`);
  const { table: set, interventions } = simulate(keyFromSeed(5), drawLinearModel(keyFromSeed(3), truth).model, {
    rows: 300,
    experiments: [
      { targets: ['x1'], rows: 40 },
      { targets: ['x2'], rows: 40 },
    ],
  });
  const names = ['', 'x1', 'x2'];
  const lines = Array.from({ length: set.rows }, (_, i) =>
    [...set.columns.map(({ values }) => values[i]), names[interventions.regimeOfRow[i] ?? 0]].join(','),
  );
  writeFileSync(join(folder, 'set.csv'), `${truth.nodes.join(',')},target\n${lines.join('\n')}\n`);
  writeFileSync(join(folder, 'hole.csv'), 'a,b\n1.5,2.5\n2.5,\n');
  writeFileSync(join(folder, 'zipped.csv'), Uint8Array.of(31, 139, 0, 0));
  writeFileSync(join(folder, 'truth.dot'), writeGraph({ ...truth, nodes: truth.nodes }, 'dot'));
  writeFileSync(join(folder, 'cycle.txt'), '/knowledge\nrequiredirect\nx1 x2\nx2 x1\n');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the command in the folder. */
function einlab(...args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--conditions=source', '--disable-warning=ExperimentalWarning', main, 'discover', ...args],
    { cwd: folder, encoding: 'utf8' },
  );
  return { status, stdout, stderr };
}

describe('einlab discover', () => {
  it('scores the graph by a condition that the search did not see', () => {
    const search = (...more: readonly string[]): ReturnType<typeof einlab> =>
      einlab('set.csv', '--interventions', 'target', '--method', 'ges', ...more);
    const done = search('--hold-out', 'x2');
    expect(done.status).toBe(0);
    expect(done.stdout).toMatch(/do\(x2\): I-NLL -?\d+\.\d{3} nats, I-MAE \d\.\d{3}, 40 rows/);
    expect(done.stdout).toMatch(/all held out: I-NLL/);
    const value = JSON.parse(search('--hold-out', 'x2', '--json').stdout) as {
      heldOut: { rows: number; negativeLogLikelihood: number };
    };
    expect(value.heldOut.rows).toBe(40);
    expect(search('--hold-out', 'x9')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('"x9" is no condition of the table; expected one of x1, x2') as string,
    });
    expect(einlab('data.csv', '--hold-out', 'x2')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('--hold-out needs --interventions') as string,
    });
  }, 60_000);

  it('shows the types, the edges and the comparison, and writes every kind of file', () => {
    const done = einlab(
      'data.csv',
      '--ignore',
      'color',
      '--truth',
      'truth.dot',
      '--out',
      'graph.json',
      '--report',
      'report',
      '--bootstrap',
      '3',
      '--method',
      'ges',
    );
    expect(done.stderr).toContain('x1: numbers');
    expect(done.status).toBe(0);
    expect(done.stdout).toMatch(/found in/);
    expect(done.stdout).toMatch(/skeleton F1: /);
    const value = JSON.parse(readFileSync(join(folder, 'graph.json'), 'utf8')) as {
      edges: { score: number; bootstrap: object }[];
      absences: unknown[];
    };
    expect(value.edges[0]?.bootstrap).toBeDefined();
    expect(value.absences.length).toBeGreaterThan(0);
    const page = readFileSync(join(folder, 'report', 'index.html'), 'utf8');
    expect(page).toContain('<svg');
    expect(page).not.toMatch(/https?:\/\/(?!www\.w3\.org)/);
    for (const ending of ['svg', 'png', 'graphml', 'dot', 'csv']) {
      expect(einlab('data.csv', '--ignore', 'color', '--out', `graph.${ending}`).status).toBe(0);
      expect(existsSync(join(folder, `graph.${ending}`))).toBe(true);
    }
    expect(readFileSync(join(folder, 'graph.png')).toString('latin1', 1, 4)).toBe('PNG');
    expect(einlab('data.csv', '--ignore', 'color', '--out', 'graph.dot').stderr).toContain('--force replaces it');
  }, 60_000);

  it('mixes numbers and categories, prints one JSON value, and repeats itself', () => {
    const [one, again] = [einlab('data.csv', '--json'), einlab('data.csv', '--json')];
    expect(one.status).toBe(0);
    expect(one.stderr).toContain('color: 3 categories (blue, green, red)');
    expect(one.stdout).toBe(again.stdout);
    expect((JSON.parse(one.stdout) as { nodes: string[] }).nodes).toHaveLength(6);
  }, 60_000);

  it('names what is wrong with the input, with status 2 and nothing on standard output', () => {
    mkdirSync(join(folder, 'sub'), { recursive: true });
    for (const [args, said] of [
      [[], 'the file is missing'],
      [['nowhere.csv'], 'no such file or folder'],
      [['zipped.csv'], 'einlab discover: zipped.csv: byte 2 is 0, so this is a binary file'],
      [['sub'], 'it is a folder'],
      [['hole.csv'], 'hole.csv: line 3, column 2: column "b" is missing'],
      [['data.csv', '--truth', 'truth.dot'], 'the graph does not match the columns: it lacks color'],
      [['data.csv', '--knowledge', 'cycle.txt'], 'is required'],
      [['data.csv', '--interventions', 'color'], 'names the target'],
      [['data.csv', '--ignore', 'size'], 'there is no column "size"'],
      [['data.csv', '--alpha', '1.5'], '--alpha is 1.5'],
      [['data.csv', '--out', 'graph.gif'], 'does not tell a format'],
      [['data.csv', '--out', 'no/graph.dot'], 'there is no folder no'],
      [['data.csv', '--method', 'magic'], '--method is "magic"; expected one of'],
      [['data.csv', '--steps', '100'], '--steps goes with --method dat-graph'],
      [['data.csv', '--state', 'kept'], '--state goes with --method dat-graph or sdcd; the method is pc'],
      [['data.csv', 'more.csv'], 'is one file too many'],
    ] as const) {
      const done = einlab(...args);
      expect([done.status, done.stdout]).toEqual([2, '']);
      expect(done.stderr).toContain(said);
    }
  }, 120_000);

  it('progress is a line now and then where the stream is no terminal', () => {
    let text = '';
    let time = 0;
    const view = createSearchView({ write: (part: string) => (text += part) }, () => time);
    view.show({ phase: 'tests', fraction: 0.1 });
    time = 20_000;
    view.show({ phase: 'tests', fraction: 0.5 });
    view.end();
    expect(text).toBe('tests: 50 % after 0:20\n');
  });
});
