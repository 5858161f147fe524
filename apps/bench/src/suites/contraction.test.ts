import { describe, expect, it } from 'vitest';
import type { Arguments } from '../arguments.ts';
import { einlab } from '../peers/einlab.ts';
import type { PeerSource } from '../peers/peer.ts';
import type { Work } from '../work/work.ts';
import { contractionSuite } from './contraction.ts';

const works: Work[] = [
  { name: 'product 4', pattern: 'mk,kn->mn', steps: ['mk,kn->mn'], sizes: { m: 4, k: 4, n: 4 }, weights: true },
  {
    name: 'blocks',
    pattern: 'mbk,bkn->mbn',
    steps: ['mbk,bkn->mbn'],
    sizes: { m: 4, b: 2, k: 3, n: 3 },
    weights: true,
  },
];

const absent: PeerSource = {
  name: 'absent',
  open: () => Promise.reject(new Error('it is not installed\nand a stack')),
};
const options: Arguments = { suite: 'contraction', json: true, quick: true, repeat: 2 };

function run(changes: Partial<Arguments>, sources: readonly PeerSource[]) {
  const lines: string[] = [];
  const report = contractionSuite({ ...options, ...changes }, { progress: (line) => lines.push(line), works, sources });
  return { report, lines };
}

describe('contractionSuite', () => {
  it('measures ours beside a peer, and names a peer that is missing', async () => {
    const renamed: PeerSource = {
      name: 'peer',
      open: async () => ({ ...(await einlab('reference').open()), name: 'peer' }),
    };
    const { report, lines } = run({}, [einlab('reference'), renamed, absent]);
    const { engines, rows } = await report;
    expect(engines.map(({ name, status }) => [name, status])).toEqual([
      ['einlab-reference', 'open'],
      ['peer', 'open'],
      ['absent', 'missing'],
    ]);
    expect(rows.map(({ work, flops }) => [work, flops])).toEqual([
      ['product 4', 128],
      ['blocks', 144],
    ]);
    for (const row of rows) {
      expect(row.ours).toMatchObject({ status: 'measured', samples: 2 });
      expect(row.peers['peer']).toMatchObject({ status: 'measured' });
      expect(row.peers['absent']).toEqual({ status: 'missing', reason: 'it is not installed' });
      expect(row.ratio).toBeGreaterThan(0);
    }
    expect(lines).toEqual(['1/2 product 4', '2/2 blocks']);
  });

  it('reports ours as missing instead of hiding it', async () => {
    const [row] = (await run({ filter: 'blocks' }, [absent, einlab('reference')]).report).rows;
    expect(row?.ours).toEqual({ status: 'missing', reason: 'it is not installed' });
    expect(row).not.toHaveProperty('ratio');
  });

  it('refuses a filter that leaves nothing, and lists the works', async () => {
    await expect(run({ filter: 'BTT' }, []).report).rejects.toThrow(
      '--filter "BTT" leaves no work; the works are\n  product 4\n  blocks',
    );
  });
});
