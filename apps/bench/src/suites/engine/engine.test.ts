import { describe, expect, it } from 'vitest';
import type { Arguments } from '../../arguments.ts';
import { engineReportText } from '../../harness/engine-report.ts';
import { einlab } from '../../peers/einlab.ts';
import type { Peer, PeerSource } from '../../peers/peer.ts';
import { timeContraction } from './contraction-rows.ts';
import { engineSuite } from './engine.ts';
import { atLeast, atMost, engineNames, type RowPlan, speedRatio } from './lab.ts';

const { ours, tfjs } = engineNames;
const options: Arguments = { suite: 'engine', json: true, quick: true, repeat: 2 };

const renamed = (name: string, change: (peer: Peer) => Partial<Peer> = () => ({})): PeerSource => ({
  name,
  async open() {
    const peer = await einlab('reference').open();
    return { ...peer, name, ...change(peer) };
  },
});
const absent: PeerSource = { name: engineNames.jaxJs, open: () => Promise.reject(new Error('it is not installed')) };

const product: RowPlan = {
  group: 'products',
  name: 'product 4',
  async measure(lab) {
    const names = [ours, tfjs, engineNames.jaxJs];
    const sizes = { m: 4, k: 4, n: 4 };
    const work = { name: 'product 4', pattern: 'mk,kn->mn', steps: ['mk,kn->mn'], sizes, weights: true };
    const engines = await timeContraction(lab, names, work);
    const ratio = speedRatio(engines, ours, [tfjs, engineNames.jaxJs]);
    return { engines, criteria: [atLeast('must', 1e-9, 'ours ÷ fastest peer', ratio)], notes: ['a note'] };
  },
};
const size: RowPlan = {
  group: 'size',
  name: 'bundle',
  measure: async () => ({ engines: {}, criteria: [atMost('must', 45, 'kilobytes', 60)], notes: [] }),
};
const broken: RowPlan = {
  group: 'size',
  name: 'broken',
  measure: () => Promise.reject(new Error('no esbuild\nstack')),
};

function run(changes: Partial<Arguments>, rows: readonly RowPlan[], sources: readonly PeerSource[]) {
  const lines: string[] = [];
  const report = engineSuite({ ...options, ...changes }, { progress: (line) => lines.push(line), rows, sources });
  return { report, lines };
}

describe('engineSuite', () => {
  it('measures ours beside a peer, names what is missing, and gives each row a verdict', async () => {
    const { report, lines } = run({}, [product, size], [renamed(ours), renamed(tfjs), absent]);
    const { rows, verdicts, isComplete } = await report;
    expect(rows.map(({ name, verdict }) => [name, verdict])).toEqual([
      ['product 4', 'must reached'],
      ['bundle', 'short'],
    ]);
    expect(rows[0]?.engines[ours]).toMatchObject({ status: 'measured', samples: 2 });
    expect(rows[0]?.engines[engineNames.jaxJs]).toEqual({ status: 'missing', reason: 'it is not installed' });
    expect(rows[0]?.criteria[0]?.measured).toBeGreaterThan(0);
    expect(verdicts).toEqual({ 'aim reached': 0, 'must reached': 1, short: 1, 'not measured': 0 });
    expect(isComplete).toBe(true);
    expect(lines.map((line) => line.replace(/ \(.*/, ''))).toEqual([
      '1/2 products: product 4: must reached',
      '2/2 size: bundle: short',
    ]);
  });

  it('is incomplete when ours gives a wrong result, which is not timed', async () => {
    const wrong = renamed(ours, (peer) => ({
      forms: (work) =>
        peer.forms(work).map((form) => ({
          ...form,
          prepare: async (...given) => ({
            ...(await form.prepare(...given)),
            read: async () => new Float32Array(16).fill(100),
          }),
        })),
    }));
    const { rows, isComplete } = await run({}, [product], [wrong, renamed(tfjs)]).report;
    expect(rows[0]?.engines[ours]).toMatchObject({ status: 'failed', reason: expect.stringContaining('wrong result') });
    expect(rows[0]).toMatchObject({ verdict: 'not measured' });
    expect(isComplete).toBe(false);
  });

  it('goes on after a row that cannot be measured, and reports why', async () => {
    const report = await run({}, [broken, size], []).report;
    expect(report.rows[0]).toMatchObject({ failure: 'no esbuild', verdict: 'not measured' });
    expect(report.rows[1]).toMatchObject({ verdict: 'short' });
    expect(report.isComplete).toBe(false);
  });

  it('measures one group or some names, and lists them when there is none', async () => {
    expect((await run({ only: 'size' }, [product, size], []).report).rows.map(({ name }) => name)).toEqual(['bundle']);
    expect((await run({ filter: 'bun' }, [product, size], []).report).rows).toHaveLength(1);
    await expect(run({ only: 'speed' }, [product, size], []).report).rejects.toThrow(
      'bench: --only "speed" is no group; expected one of: products, size',
    );
    await expect(run({ filter: 'BTT' }, [product, size], []).report).rejects.toThrow(
      '--filter "BTT" leaves no row; the rows are\n  products: product 4\n  size: bundle',
    );
  });
});

describe('speedRatio', () => {
  const timing = (best: number) =>
    ({ status: 'measured', form: 'f', best, median: best, samples: 1, relativeError: 0, tried: [] }) as const;

  it('divides the time of the fastest other by ours', () => {
    expect(speedRatio({ a: timing(2), b: timing(6), c: timing(3) }, 'a', ['b', 'c'])).toBe(1.5);
  });

  it('is absent without ours, and without any other', () => {
    const gone = { status: 'missing', reason: 'gone' } as const;
    expect(speedRatio({ a: gone, b: timing(6) }, 'a', ['b'])).toBeUndefined();
    expect(speedRatio({ a: timing(2), b: gone }, 'a', ['b'])).toBeUndefined();
  });
});

describe('engineReportText', () => {
  it('shows figures by group, what was wanted, verdicts and what went wrong', async () => {
    const rows = [product, size, broken];
    const text = engineReportText(await run({}, rows, [renamed(ours), renamed(tfjs), absent]).report);
    expect(text).toMatch(/^products: best \(median\) +einlab-wasm +tfjs-wasm +jax-js$/m);
    expect(text).toMatch(/^product 4 +\S+ .s \(\S+ .s\) +\S+ .s \(\S+ .s\) +missing$/m);
    expect(text).toMatch(/^bundle +kilobytes +must ≤ 45 +60\.0 +missed +short$/m);
    expect(text).toContain('aim reached 0 · must reached 1 · short 1 · not measured 1');
    expect(text).toContain('jax-js is missing: it is not installed');
    expect(text).toMatch(/^product 4: a note$/m);
    expect(text).toMatch(/^broken: no esbuild$/m);
  });
});
