import { multiply, openDevice, random, setDefaultDevice, slice } from '@einlab/einsum-core';
import type { StructuredMap } from '@einlab/nn';
import { beforeAll, describe, expect, it } from 'vitest';
import { lowRank } from '../low-rank.ts';
import { type StructureLaw, structureLaws } from './structure-laws.ts';

beforeAll(async () => setDefaultDevice(await openDevice('reference')));

/** Whether a law finds something wrong; differences here are gross, so no tolerance is needed. */
async function objects(law: StructureLaw | undefined, map: StructuredMap): Promise<boolean> {
  const comparisons = (await law?.check(map, random.key(1))) ?? [];
  return comparisons.some(
    ({ got, expected }) =>
      got.length !== expected.length ||
      Array.from(got).some((value, i) => Math.abs(value - (expected[i] ?? NaN)) > 1e-6),
  );
}

const lawNamed = (part: string): StructureLaw | undefined => structureLaws.find(({ name }) => name.includes(part));
const good = lowRank({ rank: 2 }).realize(6, 5);

describe('a law', () => {
  it.each<[string, string, StructuredMap]>([
    [
      'notices a wrong factor',
      'equals x · toDense',
      { ...good, apply: (cores, x) => multiply(good.apply(cores, x), 1.01) },
    ],
    ['notices a wrong adjoint', 'Aᵀ', { ...good, toDense: (cores) => multiply(good.toDense(cores), 1.01) }],
    [
      'notices a wrong gradient',
      'gradients of the cores',
      { ...good, apply: (cores, x) => multiply(good.apply(cores, x), 1.01) },
    ],
    ['notices a count that is off by one', 'parameterCount', { ...good, macs: good.macs + 1 }],
    ['notices a parameter that is not counted', 'parameterCount', { ...good, parameterCount: good.parameterCount - 1 }],
    ['notices a rank that is not reached', 'has rank', { ...good, rank: 3 }],
    [
      'notices a feature that is dropped',
      'every input feature',
      {
        ...good,
        apply: (cores, x) =>
          lowRank({ rank: 2 })
            .realize(5, 5)
            .apply(
              { ...cores, left: slice(cores['left'] ?? x, [0, 0], [5, 2]) },
              slice(x, [0, 0], [x.shape[0] ?? 0, 5]),
            ),
      },
    ],
    ['notices a zero start that is none', 'init with zero', { ...good, init: (key) => good.init(key) }],
    [
      'notices a normalization that grows weights',
      'normalize',
      {
        ...good,
        normalize: (cores) =>
          good.normalize({ left: multiply(cores['left'] ?? 0, 1e9) as never, right: cores['right'] as never }),
      },
    ],
  ])('%s', async (_, name, broken) => {
    expect(await objects(lawNamed(name), good)).toBe(false);
    expect(await objects(lawNamed(name), broken)).toBe(true);
  });
});
