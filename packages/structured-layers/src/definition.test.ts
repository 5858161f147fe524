import { openDevice, random, setDefaultDevice, type Tensor } from '@einlab/einsum-core';
import { assertClose } from '@einlab/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import { blockTensorTrain } from './block-tensor-train.ts';
import type { FactoredMap } from './factored-map.ts';
import { lowRank } from './low-rank.ts';
import { monarch } from './monarch.ts';
import { tensorTrain } from './tensor-train.ts';

beforeAll(async () => setDefaultDevice(await openDevice('reference')));

/** A core as a function of its indices. */
async function entries(core: Tensor | undefined): Promise<(...index: number[]) => number> {
  if (core === undefined) throw new Error('a core is missing');
  const values = await core.data();
  return (...index) => values[index.reduce((at, i, axis) => at * (core.shape[axis] ?? 0) + i, 0)] ?? Number.NaN;
}

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const sumOver = (count: number, term: (i: number) => number): number =>
  range(count).reduce((total, i) => total + term(i), 0);

async function expectDense(
  map: FactoredMap,
  entry: (cores: Record<string, (...index: number[]) => number>) => (row: number, column: number) => number,
): Promise<void> {
  const cores = map.init(random.key(3));
  const named = await Promise.all(
    Object.entries(cores).map(async ([name, core]) => [name, await entries(core)] as const),
  );
  const at = entry(Object.fromEntries(named));
  const expected = range(map.in).flatMap((i) => range(map.out).map((j) => at(i, j)));
  assertClose(await map.toDense(cores).data(), expected, { dtype: 'f64', reductionLength: 64 });
}

describe('the dense equivalent, entry by entry', () => {
  it('of a block tensor train: W[(γ α), (φ ε)] = Σ_ρ left[γ, α, ρ, φ] · right[φ, ρ, γ, ε], padded sizes cut off', async () => {
    const map = blockTensorTrain({ rank: 3, split: { input: [3, 4], output: [2, 5] } }).realize(11, 9);
    expect(map.cores.map(({ name, shape }) => [name, shape])).toEqual([
      ['left', [4, 3, 3, 2]],
      ['right', [2, 3, 4, 5]],
    ]);
    expect(map.stages.map(({ pattern }) => pattern)).toEqual([
      'batch γ α, γ α ρ φ -> batch γ ρ φ',
      'batch γ ρ φ, φ ρ γ ε -> batch φ ε',
    ]);
    await expectDense(map, ({ left, right }) => (row, column) => {
      const [gamma, alpha, phi, epsilon] = [Math.floor(row / 3), row % 3, Math.floor(column / 5), column % 5];
      return sumOver(3, (rho) => (left?.(gamma, alpha, rho, phi) ?? NaN) * (right?.(phi, rho, gamma, epsilon) ?? NaN));
    });
  });

  it('of a block tensor train of three cores: inputs n₃ n₂ n₁, outputs m₁ m₂ m₃', async () => {
    const map = blockTensorTrain({ rank: 2, cores: 3, split: { input: [2, 3, 2], output: [3, 2, 2] } }).realize(12, 12);
    expect(map.cores.map(({ name, shape }) => [name, shape])).toEqual([
      ['core1', [2, 3, 2, 2, 3]],
      ['core2', [3, 2, 2, 3, 2, 2]],
      ['core3', [3, 2, 2, 2, 2]],
    ]);
    await expectDense(map, ({ core1, core2, core3 }) => (row, column) => {
      const [n3, n2, n1] = [Math.floor(row / 6), Math.floor(row / 2) % 3, row % 2];
      const [m1, m2, m3] = [Math.floor(column / 4), Math.floor(column / 2) % 2, column % 2];
      return sumOver(2, (r1) =>
        sumOver(
          2,
          (r2) =>
            (core1?.(n3, n2, n1, r1, m1) ?? NaN) *
            (core2?.(m1, n3, r1, n2, r2, m2) ?? NaN) *
            (core3?.(m1, m2, r2, n3, m3) ?? NaN),
        ),
      );
    });
  });

  it('of a tensor train of three cores: inputs n₃ n₂ n₁, outputs m₃ m₂ m₁', async () => {
    const map = tensorTrain({ rank: 2, cores: 3, split: { input: [2, 3, 2], output: [3, 2, 2] } }).realize(12, 11);
    expect(map.cores.map(({ name, shape }) => [name, shape])).toEqual([
      ['core1', [2, 2, 3]],
      ['core2', [2, 3, 2, 2]],
      ['core3', [2, 2, 2]],
    ]);
    await expectDense(map, ({ core1, core2, core3 }) => (row, column) => {
      const [n3, n2, n1] = [Math.floor(row / 6), Math.floor(row / 2) % 3, row % 2];
      const [m3, m2, m1] = [Math.floor(column / 6), Math.floor(column / 3) % 2, column % 3];
      return sumOver(2, (r1) =>
        sumOver(
          2,
          (r2) => (core1?.(n1, r1, m1) ?? NaN) * (core2?.(r1, n2, r2, m2) ?? NaN) * (core3?.(r2, n3, m3) ?? NaN),
        ),
      );
    });
  });

  it.each([
    [16, 24],
    [24, 16],
    [18, 18],
    [17, 23],
  ])(
    'of a Monarch matrix %i → %i: block-diagonal, stride-b permutation, block-diagonal, transposed',
    async (inSize, outSize) => {
      const map = monarch({ blocks: 4 }).realize(inSize, outSize);
      const [p, s] = [Math.ceil(inSize / 4), Math.ceil(outSize / 4)];
      const q = Math.min(p, s);
      expect(map.cores.map(({ shape }) => shape)).toEqual([
        [4, p, q],
        [4, q, s],
      ]);
      await expectDense(map, ({ left, right }) => (row, column) => {
        const [block, within] = [Math.floor(row / p), row % p];
        const [out, lane] = [Math.floor(column / 4), column % 4];
        // middle feature f of all 4q comes from block ⌊f/q⌋ and goes to lane f mod 4, place ⌊f/4⌋
        return sumOver(4 * q, (f) =>
          Math.floor(f / q) === block && f % 4 === lane
            ? (left?.(block, within, f % q) ?? NaN) * (right?.(lane, Math.floor(f / 4), out) ?? NaN)
            : 0,
        );
      });
    },
  );

  it('of a low-rank map is left · right, of rank ⌈√min(in, out)⌉ by default', async () => {
    const map = lowRank().realize(10, 7);
    expect(map.cores.map(({ shape }) => shape)).toEqual([
      [10, 3],
      [3, 7],
    ]);
    await expectDense(
      map,
      ({ left, right }) =>
        (row, column) =>
          sumOver(3, (r) => (left?.(row, r) ?? NaN) * (right?.(r, column) ?? NaN)),
    );
  });
});
