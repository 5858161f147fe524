import {
  einsum,
  evaluate,
  eye,
  flip,
  openDevice,
  random,
  reshape,
  setDefaultDevice,
  type Tensor,
  tensor,
  transpose,
} from '@einlab/einsum-core';
import { assertClose } from '@einlab/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  blast,
  blockDiagonal,
  blockTensorTrain,
  butterfly,
  circulant,
  dense,
  kronecker,
  lowRank,
  monarch,
  sumOf,
  toeplitz,
} from './index.ts';

beforeAll(async () => setDefaultDevice(await openDevice('reference')));

const normal = (seed: number, shape: readonly number[]): Tensor => random.normal(random.key(seed), shape);

async function expectEqual(got: Tensor, expected: Tensor, reductionLength = 64): Promise<void> {
  expect(got.shape).toEqual(expected.shape);
  assertClose(await got.data(), await expected.data(), { dtype: 'f64', reductionLength });
}

describe('block-diagonal', () => {
  it('has its blocks on the diagonal and zeros elsewhere, the last one cut off', async () => {
    const map = blockDiagonal({ blocks: 2 }).realize(3, 4);
    const diagonal = tensor([
      [
        [1, 2],
        [3, 4],
      ],
      [
        [5, 6],
        [7, 8],
      ],
    ]);
    expect(await map.toDense({ diagonal }).toArray()).toEqual([
      [1, 2, 0, 0],
      [3, 4, 0, 0],
      [0, 0, 5, 6],
    ]);
    expect([map.parameterCount, map.macs, map.rank]).toEqual([8, 8, 3]);
  });

  it('shuffled twice with √d blocks is a Monarch matrix', async () => {
    const map = blockDiagonal({ blocks: 4, shuffle: true }).realize(16, 16);
    const [left, right] = [normal(1, [4, 4, 4]), normal(2, [4, 4, 4])];
    const twice = einsum('i j, j k -> i k', map.toDense({ diagonal: left }), map.toDense({ diagonal: right }));
    await expectEqual(twice, monarch({ blocks: 4 }).realize(16, 16).toDense({ left, right }));
  });
});

describe('circulant', () => {
  it('has the entries of its definition, and is the corner of a square one where it is not square', async () => {
    const first = tensor([1, 2, 3, 4]);
    const square = [
      [1, 2, 3, 4],
      [4, 1, 2, 3],
      [3, 4, 1, 2],
      [2, 3, 4, 1],
    ];
    expect(await circulant().realize(4, 4).toDense({ first }).toArray()).toEqual(square);
    expect(await circulant().realize(2, 4).toDense({ first }).toArray()).toEqual(square.slice(0, 2));
    expect(await circulant().realize(4, 2).toDense({ first }).toArray()).toEqual(square.map((row) => row.slice(0, 2)));
  });

  it('commutes with shifts', async () => {
    const map = circulant().realize(7, 7);
    const cores = map.init(random.key(1));
    const x = normal(2, [7]);
    const shifted = (v: Tensor): Tensor => v.take(tensor([6, 0, 1, 2, 3, 4, 5], { dtype: 'i32' }));
    await expectEqual(map.apply(cores, shifted(x)), shifted(map.apply(cores, x)));
  });

  it('is made diagonal by the discrete Fourier transform, with the transform of its first row as eigenvalues', async () => {
    const n = 6;
    const map = circulant().realize(n, n);
    const cores = map.init(random.key(3));
    const first = Array.from((await cores['first']?.data()) ?? []);
    const matrix = await map.toDense(cores).data();
    // w_k[i] = e^(−2πi·ik/n) is a left eigenvector: Σ_i w_k[i] W[i, j] = λ_k w_k[j], λ_k = Σ_m first[m] e^(2πi·mk/n)
    for (let k = 0; k < n; k++) {
      const wave = (m: number): readonly [number, number] => [
        Math.cos((2 * Math.PI * m * k) / n),
        Math.sin((2 * Math.PI * m * k) / n),
      ];
      const eigenvalue = [0, 1].map((part) =>
        first.reduce((total: number, value: number, m: number) => total + value * (wave(m)[part] ?? 0), 0),
      );
      for (let j = 0; j < n; j++) {
        const image = [0, 1].map((part) =>
          Array.from({ length: n }, (_, i) => (matrix[i * n + j] ?? 0) * (wave(-i)[part] ?? 0)).reduce(
            (a, b) => a + b,
            0,
          ),
        );
        const [re, im] = wave(-j);
        const [lr = 0, li = 0] = eigenvalue;
        assertClose(image, [lr * re - li * im, lr * im + li * re], { dtype: 'f64', reductionLength: 16, scale: 4 });
      }
    }
  });
});

describe('toeplitz', () => {
  it('is a convolution with a kernel as long as the data', async () => {
    const map = toeplitz().realize(3, 4);
    const diagonals = tensor([1, 2, 3, 4, 5, 6]);
    expect(await map.toDense({ diagonals }).toArray()).toEqual([
      [3, 4, 5, 6],
      [2, 3, 4, 5],
      [1, 2, 3, 4],
    ]);
    expect([map.parameterCount, map.macs, map.rank]).toEqual([6, 12, 3]);
  });

  it('turned upside down it is a Hankel matrix, which is symmetric', async () => {
    const map = toeplitz().realize(5, 5);
    const hankel = flip(map.toDense(map.init(random.key(2))), 0);
    await expectEqual(hankel, transpose(hankel, [1, 0]));
  });
});

describe('butterfly', () => {
  it('is the Hadamard matrix for blocks [[1, 1], [1, −1]]', async () => {
    const map = butterfly().realize(16, 16);
    const block = tensor([
      [1, 1],
      [1, -1],
    ]);
    const cores = Object.fromEntries(
      map.cores.map(({ name }) => [
        name,
        einsum('w1, w2, w3, i o -> w1 w2 w3 i o', ...[1, 2, 3].map(() => tensor([1, 1])), block),
      ]),
    );
    const bits = (value: number): number => (value === 0 ? 0 : (value & 1) ^ bits(value >> 1));
    const expected = Array.from({ length: 256 }, (_, at) => (bits((at >> 4) & at & 15) === 1 ? -1 : 1));
    assertClose(await map.toDense(cores).data(), expected, { dtype: 'f64', reductionLength: 16 });
    expect([map.parameterCount, map.macs]).toEqual([2 * 16 * 4, 2 * 16 * 4]);
  });

  it('is a block tensor train of digits of 2, up to the order of outputs', async () => {
    const train = blockTensorTrain({ cores: 3, split: { input: [2, 2, 2], output: [2, 2, 2] } }).realize(8, 8);
    const map = butterfly().realize(8, 8);
    const cores = train.init(random.key(5));
    const [one, two, three] = train.cores.map(({ name }) => cores[name]);
    if (one === undefined || two === undefined || three === undefined) throw new Error('a core is missing');
    // train: [n₃ n₂ n₁ r m₁], [m₁ n₃ r n₂ r m₂], [m₁ m₂ r n₃ m₃]; butterfly: [in3 in2 in1 out1], [in3 out1 in2 out2], [out2 out1 in3 out3]
    const named = {
      level1: reshape(one, [2, 2, 2, 2]),
      level2: transpose(reshape(two, [2, 2, 2, 2]), [1, 0, 2, 3]),
      level3: transpose(reshape(three, [2, 2, 2, 2]), [1, 0, 2, 3]),
    };
    const turned = transpose(reshape(train.toDense(cores), [8, 2, 2, 2]), [0, 3, 2, 1]);
    await expectEqual(map.toDense(named), reshape(turned, [8, 8]));
    expect([map.macs, map.parameterCount, map.rank]).toEqual([train.macs, train.parameterCount, train.rank]);
  });
});

describe('blast', () => {
  it('with couplings of 1 is low-rank', async () => {
    const map = blast({ blocks: 2, rank: 3 }).realize(6, 8);
    const [left, right] = [normal(1, [2, 3, 3]), normal(2, [2, 3, 4])];
    const coupling = einsum('ρ, i, j -> ρ i j', tensor([1, 1, 1]), tensor([1, 1]), tensor([1, 1]));
    const low = lowRank({ rank: 3 }).realize(6, 8);
    const cores = { left: reshape(left, [6, 3]), right: reshape(transpose(right, [1, 0, 2]), [3, 8]) };
    await expectEqual(map.toDense({ left, coupling, right }), low.toDense(cores));
    expect(map.macs).toBe(3 * (6 + 8 + 4));
  });

  it('with couplings that select a block for each ρ is block-diagonal', async () => {
    const map = blast({ blocks: 2, rank: 4 }).realize(4, 4);
    const blocks = normal(1, [2, 2, 2]);
    // ρ = (block, column): left_i has the block's columns, right_j picks the column
    const left = reshape(einsum('i in c, i b -> i in b c', blocks, eye(2)), [2, 2, 4]);
    const coupling = reshape(einsum('b i, b j, c -> b c i j', eye(2), eye(2), tensor([1, 1])), [4, 2, 2]);
    const right = reshape(einsum('j b, c out -> j b c out', eye(2), eye(2)), [2, 4, 2]);
    await expectEqual(
      map.toDense({ left, coupling, right }),
      blockDiagonal({ blocks: 2 }).realize(4, 4).toDense({ diagonal: blocks }),
    );
  });
});

describe('sumOf', () => {
  it('adds its terms, and counts them together', async () => {
    const structure = sumOf(blockTensorTrain(), lowRank({ rank: 2 }));
    const map = structure.realize(16, 12);
    const cores = await evaluate(map.init(random.key(1)));
    const [train, low] = map.terms;
    if (train === undefined || low === undefined) throw new Error('a term is missing');
    const expected = train.toDense(map.coresOf(cores, 0)).add(low.toDense(map.coresOf(cores, 1)));
    await expectEqual(map.toDense(cores), expected);
    expect(map.macs).toBe(train.macs + low.macs);
    expect(Object.keys(cores)).toEqual(['term1-left', 'term1-right', 'term2-left', 'term2-right']);
    expect(`${structure}`).toBe('sumOf(blockTensorTrain({ rank: 1 }), lowRank({ rank: 2 }))');
  });

  it('gives every core the rate that the derivation has for all cores together', () => {
    const map = sumOf(dense(), kronecker()).realize(64, 64);
    expect(map.rates({ baseIn: 64 })).toEqual({
      'term1-weight': 1 / 3,
      'term2-left': 64 / (3 * 8),
      'term2-right': 64 / (3 * 8),
    });
  });

  it('refuses a single term', () => {
    expect(() => sumOf(dense())).toThrow('sumOf: got 1 terms; expected two or more');
  });
});

describe('bad input', () => {
  it.each<[string, () => unknown, string]>([
    ['no blocks', () => blockDiagonal({ blocks: 0 }), 'blockDiagonal: blocks is 0; expected a whole number ≥ 1'],
    [
      'fewer features than blocks',
      () => blockDiagonal({ blocks: 4 }).realize(3, 8),
      'blockDiagonal: in is 3, which does not fill 4 blocks of 1 → 2',
    ],
    ['a radix of 1', () => butterfly({ radix: 1 }), 'butterfly: radix is 1; expected a whole number ≥ 2'],
    [
      'a rank above the maximum',
      () => blast({ rank: 9 }).realize(16, 8),
      'blast: rank is 9, above its maximum 8 for 16 → 8, which is out',
    ],
    [
      'fewer features than blocks of blast',
      () => blast({ blocks: 9, rank: 1 }).realize(10, 16),
      'blast: in is 10, which does not fill 9 blocks of 2 → 2',
    ],
    [
      'an input of another size',
      () =>
        circulant()
          .realize(4, 4)
          .apply({ first: eye(4) }, eye(3)),
      'circulant(): the input has shape [3, 3]; expected [...batch, 4]',
    ],
  ])('%s is refused by name and value', (_, call, message) => {
    expect(call).toThrow(message);
  });
});
