import { beforeAll, describe, expect, it } from 'vitest';
import { type ContractionKernel, normalizeContraction } from '../../../kernels/contraction.ts';
import { schedulesOf } from './choose-schedule.ts';
import { groupsOf } from './contraction-mismatches.test-helper.ts';
import { loadSpecialSchedules } from './load-special-schedules.ts';
import { packModeOf } from './pack-plan.ts';
import type { Schedule } from './schedule.ts';
import { BLOCK_LIMITS } from './schedule-parts.ts';
import { largestBlock } from './segments.ts';

/** x[rows, in] times weights that lie as [out, in], or as [in, out]. */
function product([rows, width, out]: readonly [number, number, number], weights: 'out in' | 'in out'): Schedule[] {
  const [column, term] = weights === 'out in' ? [width, 1] : [1, out];
  const kernel: ContractionKernel = {
    kind: 'contraction',
    batch: [],
    rows: [{ size: rows, left: width, right: 0, out }],
    columns: [{ size: out, left: 0, right: column, out: 1 }],
    contracted: [{ size: width, left: 1, right: term, out: 0 }],
  };
  return schedulesOf(normalizeContraction(kernel), { relaxed: true });
}

describe('the schedule that is thought the cheapest', () => {
  beforeAll(loadSpecialSchedules);

  it.each([
    [1, 256, 256],
    [16, 1024, 256],
    [129, 256, 256],
    [129, 1024, 256],
    [512, 1024, 64],
  ] as const)(
    'has vectors along the sum where both operands lie along it: %i rows, %i terms, %i columns',
    (...sizes) => {
      expect(product(sizes, 'out in')[0].lanes).toBe('depth');
    },
  );

  it.each([
    [129, 256, 256],
    [512, 512, 512],
  ] as const)('has vectors along columns where weights lie along them: %i rows, %i terms, %i columns', (...sizes) => {
    expect(product(sizes, 'in out')[0].lanes).toBe('columns');
  });

  it.each([
    [2048, 1024, 16, 1],
    [2048, 1024, 32, 1],
    [2048, 2048, 16, 2],
    [2048, 2048, 512, 8],
  ] as const)(
    'reads long rows in longer runs where there are few columns: %i rows, %i terms, %i columns',
    (rows, terms, columns, blocks) => {
      const [best] = product([rows, terms, columns], 'in out');
      expect([best.lanes, best.depthBlocks.blocks]).toEqual(['columns', blocks]);
    },
  );

  it.each([
    [129, 1024, 1024],
    [1024, 1024, 1024],
    [2048, 1024, 512],
  ] as const)(
    'adds to no result where rows are read in place and fit in one run: %i rows, %i terms, %i columns',
    (...sizes) => {
      const [best] = product(sizes, 'in out');
      expect([best.lanes, best.depthBlocks.blocks, best.leftPack]).toEqual(['columns', 1, undefined]);
    },
  );

  it.each(['mbk,nbk->nbm', 'mbk,bnk->nbm'])(
    'does not walk over 512 short rows on a page each for every tile: %s',
    (pattern) => {
      const kernel = groupsOf(pattern, { b: 8, m: 512, k: 128, n: 128 });
      expect(schedulesOf(normalizeContraction(kernel), { relaxed: true })[0].lanes).toBe('columns');
    },
  );

  it.each(['mkb,bkn->nbm', 'kmb,knb->bnm'])(
    'transposes short sums in blocks that stay in the first-level cache: %s',
    (pattern) => {
      const [best] = schedulesOf(normalizeContraction(groupsOf(pattern, { b: 64, m: 256, k: 16, n: 16 })), {
        relaxed: true,
      });
      const { rightPack, inner, columnSegments } = best;
      expect(inner?.size).toBe(16);
      expect(columnSegments.blocking.blocks).toBe(16);
      expect((rightPack?.innerBytes ?? Infinity) * 16).toBeLessThan(1.25 * BLOCK_LIMITS.nearBytes);
    },
  );

  it.each([
    ['mbk,knb->nbm', { b: 64, m: 256, k: 16, n: 16 }],
    ['kbm,nkb->bnm', { b: 32, m: 256, k: 32, n: 32 }],
    ['kbm,nkb->mbn', { b: 8, m: 512, k: 128, n: 128 }],
  ] as const)('gathers no operand element by element that lies along the batch: %s', (pattern, sizes) => {
    const [{ leftPack, rightPack }] = schedulesOf(normalizeContraction(groupsOf(pattern, sizes)), { relaxed: true });
    const modes = [leftPack, rightPack].map((plan) => (plan === undefined ? 'none' : packModeOf(plan)));
    expect(modes).not.toContain('scalar');
  });

  it('never walks more columns for each tile of rows than the second-level cache keeps', () => {
    const found = product([256, 4096, 4096], 'out in').filter(({ lanes }) => lanes === 'depth');
    expect(found).toHaveLength(2);
    for (const { columnSegments, columns } of found) {
      const bytes = largestBlock(columnSegments) * 4096 * 4;
      expect(bytes, `${columns.size} columns`).toBeLessThanOrEqual(BLOCK_LIMITS.rightBytes);
      expect(bytes).toBeGreaterThan(BLOCK_LIMITS.rightBytes / 4);
    }
  });
});
