import {
  einsum,
  evaluate,
  eye,
  multiply,
  openDevice,
  random,
  reshape,
  setDefaultDevice,
  stack,
  type Tensor,
  tensor,
  transpose,
} from '@einlab/einsum-core';
import { assertClose } from '@einlab/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import { blockTensorTrain } from './block-tensor-train.ts';
import { kronecker } from './kronecker.ts';
import { lowRank } from './low-rank.ts';
import { monarch } from './monarch.ts';
import { tensorTrain } from './tensor-train.ts';

beforeAll(async () => setDefaultDevice(await openDevice('reference')));

const normal = (seed: number, shape: readonly number[]): Tensor => random.normal(random.key(seed), shape);

async function expectEqual(got: Tensor, expected: Tensor, reductionLength = 64): Promise<void> {
  expect(got.shape).toEqual(expected.shape);
  assertClose(await got.data(), await expected.data(), { dtype: 'f64', reductionLength });
}

/** A ⊗ B by its definition. */
async function kroneckerProduct(a: Tensor, b: Tensor): Promise<Tensor> {
  const [[rows = 0, columns = 0], [innerRows = 0, innerColumns = 0]] = [a.shape, b.shape];
  const [left, right] = [await a.data(), await b.data()];
  const values = Array.from({ length: rows * innerRows }, (_, i) =>
    Array.from({ length: columns * innerColumns }, (_, j) => {
      const outer = left[Math.floor(i / innerRows) * columns + Math.floor(j / innerColumns)] ?? 0;
      return outer * (right[(i % innerRows) * innerColumns + (j % innerColumns)] ?? 0);
    }),
  );
  return tensor(values);
}

describe('recovery of one structure in another', () => {
  it('kronecker is right ⊗ left', async () => {
    const map = kronecker({ split: { input: [3, 4], output: [5, 2] } }).realize(12, 10);
    const [left, right] = [normal(1, [3, 5]), normal(2, [4, 2])];
    await expectEqual(map.toDense({ left, right }), await kroneckerProduct(right, left));
  });

  it('a tensor train of three cores and rank 1 is core3 ⊗ core2 ⊗ core1', async () => {
    const map = tensorTrain({ cores: 3, split: { input: [2, 3, 4], output: [3, 2, 2] } }).realize(24, 12);
    const cores = { core1: normal(1, [2, 1, 3]), core2: normal(2, [1, 3, 1, 2]), core3: normal(3, [1, 4, 2]) };
    const [one, two, three] = [
      reshape(cores.core1, [2, 3]),
      reshape(cores.core2, [3, 2]),
      reshape(cores.core3, [4, 2]),
    ];
    await expectEqual(map.toDense(cores), await kroneckerProduct(three, await kroneckerProduct(two, one)));
  });

  it('a tensor train of rank 2 is a sum of two Kronecker products', async () => {
    const map = tensorTrain({ rank: 2, split: { input: [3, 4], output: [5, 2] } }).realize(12, 10);
    const [left, right] = [normal(1, [3, 2, 5]), normal(2, [2, 4, 2])];
    const term = async (bond: number): Promise<Tensor> => {
      const a = reshape(right.slice([bond, 0, 0], [bond + 1, 4, 2]), [4, 2]);
      const b = reshape(left.slice([0, bond, 0], [3, bond + 1, 5]), [3, 5]);
      return kroneckerProduct(a, b);
    };
    await expectEqual(map.toDense({ left, right }), (await term(0)).add(await term(1)));
  });

  it('a block tensor train with γ = φ = 1 is low rank', async () => {
    const train = blockTensorTrain({ rank: 3, split: { input: [12, 1], output: [1, 10] } }).realize(12, 10);
    const low = lowRank({ rank: 3 }).realize(12, 10);
    const [left, right] = [normal(1, [12, 3]), normal(2, [3, 10])];
    const cores = { left: reshape(left, [1, 12, 3, 1]), right: reshape(right, [1, 3, 1, 10]) };
    await expectEqual(train.toDense(cores), low.toDense({ left, right }));
    expect([train.parameterCount, train.macs, train.rank]).toEqual([low.parameterCount, low.macs, low.rank]);
  });

  it('a block tensor train of rank 1 is Monarch with √d blocks, up to transposed output digits', async () => {
    const train = blockTensorTrain().realize(16, 16);
    const blocks = monarch({ blocks: 4 }).realize(16, 16);
    const [left, right] = [normal(1, [4, 4, 4]), normal(2, [4, 4, 4])];
    const fromTrain = train.toDense({ left: reshape(left, [4, 4, 1, 4]), right: reshape(right, [4, 1, 4, 4]) });
    // Monarch's lane is φ and its out is ε: Y[φ, ε] against Y[ε, φ]
    const fromBlocks = transpose(reshape(blocks.toDense({ left, right }), [16, 4, 4]), [0, 2, 1]);
    await expectEqual(fromTrain, reshape(fromBlocks, [16, 16]));
    expect([train.macs, train.parameterCount, train.rank]).toEqual([blocks.macs, blocks.parameterCount, blocks.rank]);
  });

  it('Monarch with b blocks is a block tensor train of rank d/b² with γ = φ = b', async () => {
    const blocks = monarch({ blocks: 4 }).realize(64, 64);
    const train = blockTensorTrain({ rank: 4, split: { input: [16, 4], output: [4, 16] } }).realize(64, 64);
    const [left, right] = [normal(1, [4, 16, 16]), normal(2, [4, 16, 16])];
    // middle = ρ·4 + lane on the left; on the right a lane's middle is block·4 + ρ
    const cores = {
      left: reshape(left, [4, 16, 4, 4]),
      right: transpose(reshape(right, [4, 4, 4, 16]), [0, 2, 1, 3]),
    };
    const fromBlocks = transpose(reshape(blocks.toDense({ left, right }), [64, 16, 4]), [0, 2, 1]);
    await expectEqual(train.toDense(cores), reshape(fromBlocks, [64, 64]));
    expect(train.macs).toBe(blocks.macs);
  });

  it('the transposition of digits (γ, α) → (α, γ) is a block tensor train of rank 1; the identity needs rank √d', async () => {
    const map = blockTensorTrain().realize(16, 16);
    // left[γ, α, ρ, φ] = [α = φ] and right[φ, ρ, γ, ε] = [γ = ε] give Y[φ, ε] = X[γ = ε, α = φ]
    const left = einsum('γ ρ, α φ -> γ α ρ φ', tensor([[1], [1], [1], [1]]), eye(4));
    const right = einsum('φ ρ, γ ε -> φ ρ γ ε', tensor([[1], [1], [1], [1]]), eye(4));
    const swap = transpose(reshape(eye(16), [16, 4, 4]), [0, 2, 1]);
    await expectEqual(map.toDense({ left, right }), reshape(swap, [16, 16]));
    const block = await einsum('γ α φ ε -> α ε', reshape(eye(16).slice([0, 0], [4, 4]), [1, 4, 1, 4])).toArray();
    expect(block).toEqual([
      [1, 0, 0, 0],
      [0, 1, 0, 0],
      [0, 0, 1, 0],
      [0, 0, 0, 1],
    ]);
  });

  it('scaling one core up and the other down leaves the map as it is', async () => {
    const map = blockTensorTrain({ rank: 2 }).realize(24, 18);
    const { left, right } = await evaluate(map.init(random.key(4)));
    if (left === undefined || right === undefined) throw new Error('a core is missing');
    await expectEqual(
      map.toDense({ left: multiply(left, 8), right: multiply(right, 1 / 8) }),
      map.toDense({ left, right }),
    );
  });

  it('turning the bond of every block by a matrix of its own leaves the map as it is', async () => {
    const map = blockTensorTrain({ rank: 2, split: { input: [4, 3], output: [2, 5] } }).realize(12, 10);
    const { left, right } = await evaluate(map.init(random.key(4)));
    if (left === undefined || right === undefined) throw new Error('a core is missing');
    // rotations, so that the inverse is the transpose: [γ, φ, ρ, σ]
    const angle = normal(5, [3, 2]);
    const [c, s] = [angle.cos(), angle.sin()];
    const turn = transpose(reshape(stack([c, s, s.negate(), c]), [2, 2, 3, 2]), [2, 3, 0, 1]);
    await expectEqual(
      map.toDense({
        left: einsum('γ α ρ φ, γ φ ρ σ -> γ α σ φ', left, turn),
        right: einsum('φ ρ γ ε, γ φ ρ σ -> φ σ γ ε', right, turn),
      }),
      map.toDense({ left, right }),
    );
  });
});
