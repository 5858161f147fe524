import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const main = [
  '--conditions=source',
  '--disable-warning=ExperimentalWarning',
  fileURLToPath(new URL('../main.ts', import.meta.url)),
];

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'einlab-bound-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const einlab = (...args: readonly string[]): SpawnSyncReturns<string> =>
  spawnSync(process.execPath, [...main, ...args], { cwd: folder, encoding: 'utf8', timeout: 60_000 });
const bound = (...args: readonly string[]): SpawnSyncReturns<string> => einlab('bound', ...args);

const put = (name: string, values: Float32Array | Uint32Array | Uint8Array): void =>
  writeFileSync(join(folder, name), new Uint8Array(values.buffer));

/** Log-probabilities of a model that is good at 64 tokens. */
function putLogs(count = 20_000): void {
  put(
    'lp.f32',
    Float32Array.from({ length: count }, (_, i) => -0.3 - ((i * 7919) % 100) / 90),
  );
  writeFileSync(join(folder, 'model.bin'), new Uint8Array(50));
}
const usual = ['--logprobs', 'lp.f32', '--vocab', '64', '--code', 'model.bin'];

describe('einlab bound certify, verify and budget', () => {
  it('certifies, verifies with and without the files, and rejects every file with one byte changed', () => {
    putLogs();
    const done = bound('certify', ...usual, '--json');
    expect(done).toMatchObject({ status: 0, stderr: '' });
    expect(done.stdout).toBe(readFileSync(join(folder, 'certificate.json'), 'utf8'));
    expect(JSON.parse(done.stdout)).toMatchObject({ vacuous: false, complexity: { codeBits: 400 } });
    expect(bound('verify', 'certificate.json')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('believed: logProbabilities, code'),
    });
    const all = ['--logprobs', 'lp.f32', '--code', 'model.bin'];
    expect(bound('verify', 'certificate.json', ...all)).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('checked against the files: code, logProbabilities'),
    });
    for (const [file, message] of [
      ['lp.f32', 'lp.f32 has 80000 bytes and SHA-256'],
      ['model.bin', 'model.bin has 50 bytes and SHA-256'],
      ['certificate.json', 'certificate.json:'],
    ] as const) {
      const before = readFileSync(join(folder, file));
      writeFileSync(
        join(folder, file),
        before.map((byte, i) => (i === 40 ? byte ^ 1 : byte)),
      );
      expect(bound('verify', 'certificate.json', ...all), file).toMatchObject({
        status: 2,
        stdout: '',
        stderr: expect.stringContaining(message),
      });
      writeFileSync(join(folder, file), before);
    }
  });

  it('--require ends with status 1 when vacuous, and the certificate is there all the same', () => {
    putLogs(500);
    const vacuous = ['--logprobs', 'lp.f32', '--vocab', '64', '--code-bits', '100000', '--require'];
    expect(bound('certify', ...vacuous)).toMatchObject({ status: 1, stdout: expect.stringContaining('vacuous') });
    expect(bound('verify', 'certificate.json', '--require').status).toBe(1);
    expect(bound('certify', ...usual, '--output', 'good.json', '--require').status).toBe(0);
  });

  it('refuses wrong input with one message, status 2, and no certificate', () => {
    putLogs();
    put('bad.f32', Float32Array.of(-1, 0.5));
    put('nan.f32', Float32Array.of(Number.NaN));
    put(
      'run.u32',
      Uint32Array.from({ length: 20_000 }, (_, i) => i),
    );
    writeFileSync(join(folder, 'odd.f32'), new Uint8Array(7));
    writeFileSync(join(folder, 'cut.ebnd'), Uint8Array.of(0x45, 0x42, 0x4e, 0x44, 1, 0, 0));
    const wrong: readonly (readonly [readonly string[], string])[] = [
      [['certify', '--vocab', '64', '--code', 'model.bin'], '--logprobs FILE is missing'],
      [
        ['certify', '--logprobs', 'bad.f32', '--vocab', '64', '--code', 'model.bin'],
        'token 1 is 0.5, a probability of',
      ],
      [['certify', '--logprobs', 'nan.f32', '--vocab', '64', '--code', 'model.bin'], 'token 0 is NaN'],
      [['certify', '--logprobs', 'odd.f32', '--vocab', '64', '--code', 'model.bin'], 'is the file truncated?'],
      [['certify', '--logprobs', 'nowhere.f32', '--vocab', '64', '--code', 'model.bin'], 'nowhere.f32: cannot be read'],
      [['certify', ...usual, '--tokens', '100'], '20000 log-probabilities of 100 tokens'],
      [['certify', ...usual, '--sample', 'contiguous', '--tokens', '1e6'], 'sample is contiguous'],
      [
        ['certify', ...usual, '--sample', 'iid', '--tokens', '1e6', '--positions', 'run.u32'],
        'the sample is contiguous',
      ],
      [['certify', ...usual, '--code-bits', '9'], 'either as --code FILE or as --code-bits N'],
      [['certify', ...usual, '--alpha-grid', '0,0.1'], '--alpha-grid is "0,0.1"; expected different numbers in (0, 1]'],
      [['certify', '--logprobs', 'lp.f32', '--vocab', '64', '--code', 'cut.ebnd'], 'is it truncated?'],
      [['certify', ...usual, '--delta', '2'], 'failureProbability is 2'],
      [['verify', 'lp.f32'], 'this is no certificate'],
      [['verify', 'nowhere.json'], 'nowhere.json: no such file'],
      [['budget', '--vocab', '64', '--tokens', '1e6'], '--risk X is missing'],
      [['plot', 'nowhere'], 'nowhere is no folder'],
      [['size', 'model.bin'], 'neither GGUF nor safetensors'],
      [['score', 'model.safetensors'], 'expected the file that einlab compare --models wrote'],
      [['certfy'], 'unknown part certfy; did you mean certify?'],
      [['train', '--compressions', 'lora,none'], '--compressions is "lora,none"'],
    ];
    const before = readdirSync(folder).sort();
    for (const [args, message] of wrong) {
      const { status, stdout, stderr } = bound(...args);
      expect({ status, stdout, stderr }, args.join(' ')).toMatchObject({
        status: 2,
        stdout: '',
        stderr: expect.stringContaining(message),
      });
      expect(stderr.trimEnd().split('\n'), args.join(' ')).toHaveLength(1);
    }
    expect(readdirSync(folder).sort()).toEqual(before);
  }, 120_000);

  it('keeps a certificate that is there', () => {
    putLogs();
    expect(bound('certify', ...usual).status).toBe(0);
    expect(bound('certify', ...usual)).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('--force replaces it'),
    });
    expect(bound('certify', ...usual, '--force').status).toBe(0);
  });

  it('inverts the bound to a budget', () => {
    const found = JSON.parse(
      bound('budget', '--vocab', '32000', '--tokens', '1.2e12', '--risk', '2.9', '--json').stdout,
    );
    // about as many parameters as there are tokens, at 2 bits each
    expect(found.parameters).toBeGreaterThan(5e11);
    expect(found.parameters).toBeLessThan(2e12);
    expect(bound('budget', '--vocab', '4', '--tokens', '10', '--risk', '1.9', '--require').status).toBe(1);
  });
});

describe('einlab bound train and plot', () => {
  it('trains, certifies, keeps what is finished, and plots it', () => {
    const words = ['sea ', 'whale ', 'ship ', 'the ', 'of ', 'white '];
    writeFileSync(
      join(folder, 'sea.txt'),
      Array.from({ length: 900 }, (_, i) => words[(i * i + (i >> 2)) % 6]).join(''),
    );
    const args = [
      'train',
      '--file',
      'sea.txt',
      '--compressions',
      'kronecker,lora',
      '--steps',
      '6',
      '--rounded-steps',
      '2',
      '--widths',
      '8',
      '--heads',
      '2',
      '--layers',
      '1',
      '--contexts',
      '8',
      '--batch',
      '16',
      '--rank',
      '1',
      '--separator',
      'whale',
      '--output',
      'runs',
      '--json',
    ];
    const first = bound(...args);
    expect(first.status).toBe(0);
    const runs = JSON.parse(first.stdout);
    expect(runs.map(({ name }: { name: string }) => name)).toEqual(['kronecker-context-8', 'lora-context-8']);
    expect(runs[0].best.map(({ metric }: { metric: string }) => metric)).toContain('document');
    const again = bound(...args);
    expect([again.stdout, again.stderr]).toEqual([first.stdout, '']);
    expect(runs[0].frequencyBits).toBeGreaterThan(3);
    expect(bound(...args, '--seed', '1')).toMatchObject({
      status: 2,
      stdout: '',
      stderr: expect.stringContaining('holds a run with seed 0, and now it is 1'),
    });
    const own = join('runs', 'lora-context-8');
    const files = [
      '--logprobs',
      join(own, 'log-probabilities.f32'),
      '--code',
      join(own, 'model.ebnd'),
      '--ranks',
      join(own, 'ranks.u16'),
      '--documents',
      join(own, 'documents.u32'),
    ];
    expect(bound('verify', join(own, 'certificate.json'), ...files)).toMatchObject({
      status: 0,
      stdout: expect.not.stringContaining('believed'),
    });
    expect(
      bound(
        'certify',
        '--logprobs',
        join(own, 'log-probabilities.f32'),
        '--vocab',
        '99',
        '--code',
        join(own, 'model.ebnd'),
      ),
    ).toMatchObject({ status: 2, stderr: expect.stringContaining('--vocab is 99, but the model of') });
    expect(bound('plot', 'runs', '--output', 'size.html').status).toBe(0);
    const page = readFileSync(join(folder, 'size.html'), 'utf8');
    expect(page).toContain('<svg');
    expect(page).not.toMatch(/<(?:script|img|iframe)|\ssrc=|@import/);
    expect(bound('plot', 'runs', '--x', 'context', '--output', 'context.svg').status).toBe(0);
    expect(readFileSync(join(folder, 'context.svg'), 'utf8')).toMatch(/^<svg/);
  }, 90_000);
});

describe('einlab bound count', () => {
  it('certifies counts of several orders, and keeps what is finished', () => {
    writeFileSync(join(folder, 'sea.txt'), 'the whale and the sea and the ship '.repeat(800));
    const args = ['count', '--file', 'sea.txt', '--orders', '0,1,2', '--levels', '8', '--output', 'runs', '--json'];
    const first = bound(...args);
    expect(first.status).toBe(0);
    const runs: { name: string; codeBits: number; unsmoothedBits: number; vacuous: boolean }[] = JSON.parse(
      first.stdout,
    );
    expect(runs.map(({ name }) => name)).toEqual(['markov-0', 'markov-1', 'markov-2']);
    const [zero, one, two] = runs.map(({ unsmoothedBits }) => unsmoothedBits);
    expect([zero, one].map((loss) => loss ?? 0)).toEqual([expect.closeTo(3.4, 0), expect.closeTo(1, 0)]);
    expect(two).toBeLessThan(one ?? 0);
    const own = join('runs', 'markov-1');
    const files = ['--logprobs', join(own, 'log-probabilities.f32'), '--code', join(own, 'model.ebnd')];
    expect(bound('verify', join(own, 'certificate.json'), ...files).status).toBe(0);
    expect(bound(...args)).toMatchObject({ status: 0, stdout: first.stdout, stderr: '' });
    expect(bound(...args, '--seed', '1').stderr).toContain('holds a run with seed 0');
    expect(bound('count', '--file', 'sea.txt', '--orders', '9', '--output', 'large')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('order is 9; expected one whose table'),
    });
    expect(existsSync(join(folder, 'large'))).toBe(false);
  }, 60_000);
});

describe('a model of einlab compare', () => {
  it('is kept, scored, certified and verified; with one byte changed it is not', () => {
    const words = ['sea ', 'whale ', 'ship ', 'the ', 'of ', 'white '];
    writeFileSync(
      join(folder, 'sea.txt'),
      Array.from({ length: 900 }, (_, i) => words[(i * i + (i >> 2)) % 6]).join(''),
    );
    const compared = einlab(
      'compare',
      '--file',
      'sea.txt',
      '--structures',
      'dense',
      '--widths',
      '8',
      '--heads',
      '2',
      '--layers',
      '1',
      '--batch',
      '2',
      '--context',
      '8',
      '--steps',
      '5',
      '--threads',
      '1',
      '--models',
      'kept',
      '--report',
      'out',
      '--json',
    );
    expect(compared.status).toBe(0);
    expect(readdirSync(join(folder, 'kept')).sort()).toEqual([
      'dense-width-8-seed-0.json',
      'dense-width-8-seed-0.safetensors',
    ]);
    const scored = bound(
      'score',
      'kept/dense-width-8-seed-0.safetensors',
      '--file',
      'sea.txt',
      '--output',
      'scored',
      '--json',
    );
    expect(scored.status).toBe(0);
    const { vocabulary } = JSON.parse(scored.stdout);
    const files = [
      '--logprobs',
      'scored/log-probabilities.f32',
      '--code',
      'scored/model.ebnd',
      '--ranks',
      'scored/ranks.u16',
    ];
    expect(bound('certify', ...files, '--vocab', String(vocabulary)).status).toBe(0);
    expect(bound('verify', 'certificate.json', ...files).status).toBe(0);
    const code = join(folder, 'scored', 'model.ebnd');
    writeFileSync(
      code,
      readFileSync(code).map((byte, i) => (i === 30 ? byte ^ 4 : byte)),
    );
    expect(bound('verify', 'certificate.json', ...files).status).toBe(2);
    expect(bound('certify', ...files, '--vocab', String(vocabulary), '--output', 'second.json')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('the container is truncated or damaged'),
    });
    expect(existsSync(join(folder, 'second.json'))).toBe(false);
  }, 90_000);
});
