import { describe, expect, it } from 'vitest';
import { normalizeContraction } from '../../../kernels/contraction.ts';
import { groupsOf } from '../../wasm/gemm/contraction-mismatches.test-helper.ts';
import { planContraction, sumsAcrossLanes, turnedWherePaying } from './contraction-schedule.ts';
import type { Machine } from './machine.ts';

const kernelOf = (pattern: string, sizes: Readonly<Record<string, number>>) =>
  normalizeContraction(groupsOf(pattern, sizes));
const onCard = (pattern: string, sizes: Readonly<Record<string, number>>) =>
  planContraction(kernelOf(pattern, sizes), 'card');

describe('planContraction(kernel, "card")', () => {
  it('gives large products large tiles', () => {
    expect(onCard('mk,kn->mn', { m: 2048, k: 2048, n: 2048 })).toMatchObject({
      schedule: { kind: 'tiles', rows: 8, columns: 8 },
      parts: 1,
    });
  });

  it('splits a long sum where results are few', () => {
    expect(onCard('mk,kn->mn', { m: 64, k: 65_536, n: 64 }).parts).toBeGreaterThan(1);
  });

  it('splits no sum that has no parts of equal length', () => {
    expect(onCard('mk,kn->mn', { m: 64, k: 65_537, n: 64 }).parts).toBe(1);
  });

  it('gives small blocks no tile, and no row or column that they do not have', () => {
    const sizes = { b: 4096, m: 5, k: 6, n: 7 };
    const { schedule } = onCard('bmk,bkn->bmn', sizes);
    expect(schedule.kind).toBe('registers');
    expect(schedule.rows).toBeLessThanOrEqual(sizes.m);
    expect(schedule).toHaveProperty('lanes', sizes.n);
  });

  it('keeps both operands of a tile within 16 KiB', () => {
    for (const size of [16, 64, 256, 1024]) {
      const { schedule } = onCard('mk,kn->mn', { m: size, k: size, n: size });
      if (schedule.kind !== 'tiles') continue;
      expect(4 * 8 * (schedule.rows + schedule.columns) * schedule.depth).toBeLessThanOrEqual(16_384);
    }
    expect.hasAssertions();
  });
});

describe('planContraction(kernel, "software")', () => {
  it.each([
    ['mk,kn->mn', { m: 512, k: 512, n: 512 }, { rows: 16, columns: 16 }],
    ['mbk,bkn->mbn', { b: 64, m: 256, k: 16, n: 16 }, { rows: 16, columns: 4 }],
    ['bmk,bkn->bmn', { b: 16, m: 14, k: 32, n: 32 }, { rows: 14, columns: 8 }],
    ['bmk,bkn->bmn', { b: 4096, m: 24, k: 32, n: 32 }, { rows: 24, columns: 8 }],
    ['mk,kn->mn', { m: 4096, k: 512, n: 32 }, { rows: 16, columns: 8 }],
  ])('keeps %s %o in registers, without barriers', (pattern, sizes, expected) => {
    const { schedule } = planContraction(kernelOf(pattern, sizes), 'software');
    expect(schedule).toMatchObject({ kind: 'registers', ...expected });
  });
});

describe('planContraction(kernel, "software quads")', () => {
  it('shares what quads read, where four invocations lie side by side', () => {
    const plan = (n: number) => planContraction(kernelOf('mk,kn->mn', { m: 512, k: 64, n }), 'software quads');
    expect(plan(64).schedule).toHaveProperty('sharesQuads', true);
    expect(plan(3).schedule).toMatchObject({ lanes: 3 });
  });
});

describe('turnedWherePaying(kernel, plan, machine)', () => {
  const turned = (sizes: Readonly<Record<string, number>>, machine: Machine) => {
    const kernel = kernelOf('mk,kn->mn', sizes);
    const { schedule } = turnedWherePaying(kernel, planContraction(kernel, machine), machine);
    return schedule.kind === 'registers' && schedule.isTurned === true;
  };

  it.each(['software', 'software quads'] as const)('makes few columns rows on %s, and many rows columns', (machine) => {
    expect(turned({ m: 2048, k: 1024, n: 16 }, machine)).toBe(true);
    expect(turned({ m: 2048, k: 512, n: 32 }, machine)).toBe(false);
    expect(turned({ m: 2048, k: 1024, n: 512 }, machine)).toBe(false);
    expect(turned({ m: 16, k: 1024, n: 2048 }, machine)).toBe(false);
    expect(turned({ m: 2048, k: 16, n: 16 }, machine)).toBe(false);
  });

  it('turns nothing on a card', () => {
    expect(turned({ m: 2048, k: 1024, n: 16 }, 'card')).toBe(false);
  });
});

describe('sumsAcrossLanes(kernel, machine)', () => {
  it('is for sums of products without a matrix of results', () => {
    expect(sumsAcrossLanes(kernelOf('mk,kn->mn', { m: 2, k: 9999, n: 2 }), 'card')).toBe(false);
    expect(sumsAcrossLanes(kernelOf('k,k->', { k: 9999 }), 'card')).toBe(true);
    expect(sumsAcrossLanes(kernelOf('k,k->', { k: 9999 }), 'software')).toBe(true);
  });

  it('is for a matrix whose rows lie together, on a card', () => {
    expect(sumsAcrossLanes(kernelOf('mk,k->m', { m: 8192, k: 256 }), 'card')).toBe(true);
    expect(sumsAcrossLanes(kernelOf('km,k->m', { m: 8192, k: 256 }), 'card')).toBe(false);
  });
});
