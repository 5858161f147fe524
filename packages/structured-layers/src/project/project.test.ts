import {
  EinlabError,
  einsum,
  evaluate,
  openDevice,
  random,
  reshape,
  setDefaultDevice,
  type Tensor,
  tensor,
  transpose,
} from '@einlab/einsum-core';
import { jacobiSvd, matrix } from '@einlab/numerics';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  blast,
  blockDiagonal,
  blockTensorTrain,
  butterfly,
  circulant,
  einsumStructure,
  kronecker,
  lowRank,
  monarch,
  parseTheta,
  project,
  type Structure,
  sumOf,
  tensorTrain,
  toeplitz,
} from '../index.ts';
import { structureCatalogue } from '../testing/catalogue.ts';
import { alternate } from './alternate.ts';

beforeAll(async () => setDefaultDevice(await openDevice('reference')));

const normal = (seed: number, shape: readonly number[]): Promise<Tensor> =>
  evaluate(random.normal(random.key(seed), shape));
const squares = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((total, value) => total + value * value, 0);

/** Squares of the singular values beyond the first `rank`, and of all. */
function tail(rows: number, columns: number, values: ArrayLike<number>, rank: number): number {
  const { singularValues } = jacobiSvd(matrix(rows, columns, values));
  return squares(singularValues.slice(rank));
}

describe('project', () => {
  it.each(structureCatalogue.map((structure) => [`${structure}`, structure] as const))(
    'finds a random %s again, square, rectangular and padded',
    async (_, structure) => {
      for (const [inSize, outSize] of [
        [16, 16],
        [36, 24],
        [13, 29],
      ] as const) {
        const map = structure.realize(inSize, outSize);
        const target = await evaluate(map.toDense(map.init(random.key(3))));
        const { relativeError, cores, map: found, isOptimal } = await project(structure, target);
        expect(`${found}`).toBe(`${map}`);
        // sums and BLAST have no closed form; padding of shared digits and of butterflies hides part of the matrix
        if (isOptimal) expect(relativeError, `${map}`).toBeLessThan(1e-5);
        else expect(relativeError, `${map}`).toBeLessThan(0.9);
        // projecting the result changes nothing
        if (isOptimal) expect((await project(structure, map.toDense(cores))).relativeError).toBeLessThan(1e-5);
      }
    },
  );

  it.each<[Structure, number, number]>([
    [tensorTrain({ rank: 2, cores: 3, split: { input: [3, 3, 3], output: [4, 4, 4] } }), 27, 64],
    [blockTensorTrain({ rank: 2, cores: 3, split: { input: [4, 4, 4], output: [3, 3, 3] } }), 64, 27],
    [blockTensorTrain({ cores: 4 }), 16, 16],
    [butterfly(), 16, 16],
    [butterfly({ radix: 3 }), 27, 27],
  ])(
    'finds a random %s of %i → %i again, though its splits are made one after the other',
    async (structure, inSize, outSize) => {
      const map = structure.realize(inSize, outSize);
      const target = await evaluate(map.toDense(map.init(random.key(3))));
      expect((await project(structure, target)).relativeError).toBeLessThan(1e-5);
    },
  );

  it('block tensor train: the error is what the singular values of every block leave', async () => {
    const w = await normal(1, [24, 30]);
    const split = { input: [4, 6], output: [5, 6] };
    for (const rank of [1, 2, 3]) {
      const { map, cores } = await project(blockTensorTrain({ rank, split }), w);
      const blocks = transpose(reshape(w, [6, 4, 5, 6]), [0, 2, 1, 3]);
      const values = await blocks.data();
      let expected = 0;
      for (let block = 0; block < 30; block++) expected += tail(4, 6, values.slice(block * 24, (block + 1) * 24), rank);
      const left = await w.subtract(map.toDense(cores)).square().sum().item();
      expect(left / expected).toBeCloseTo(1, 5);
    }
    expect((await project(blockTensorTrain({ rank: 4, split }), w)).relativeError).toBeLessThan(1e-6);
  });

  it('falls with the rank, and is exact where a block is any matrix', async () => {
    const w = await normal(2, [16, 16]);
    const errors: number[] = [];
    for (const rank of [1, 2, 3, 4]) errors.push((await project(blockTensorTrain({ rank }), w)).relativeError);
    expect(errors).toEqual([...errors].sort((a, b) => b - a));
    expect(errors[3]).toBeLessThan(1e-6);
  });

  it('low rank: the error is what the singular values leave, also where they are found by iteration', async () => {
    for (const [rows, columns, rank] of [
      [20, 30, 4],
      [260, 220, 5],
    ] as const) {
      const w = await normal(3, [rows, columns]);
      const { relativeError } = await project(lowRank({ rank }), w);
      const values = await w.data();
      const expected = Math.sqrt(tail(rows, columns, values, rank) / squares(values));
      expect(Math.abs(relativeError / expected - 1)).toBeLessThan(1e-6);
    }
  });

  it('Kronecker: the error is what the second and later singular values of the rearranged matrix leave', async () => {
    const w = await normal(4, [12, 20]);
    const split = { input: [3, 4], output: [5, 4] };
    // rows (α, δ), columns (β, ε) of X[β, α], Y[ε, δ]
    const arranged = await reshape(transpose(reshape(w, [4, 3, 4, 5]), [1, 3, 0, 2]), [15, 16]).data();
    for (const [structure, rank] of [
      [kronecker({ split }), 1],
      [tensorTrain({ rank: 3, split }), 3],
    ] as const) {
      const { relativeError, isOptimal } = await project(structure, w);
      expect(isOptimal).toBe(true);
      expect(relativeError).toBeCloseTo(Math.sqrt(tail(15, 16, arranged, rank) / squares(arranged)), 6);
    }
  });

  it('any point of the einsum space: the error is what each rearranged block leaves', async () => {
    const w = await normal(5, [16, 36]);
    const structure = einsumStructure(parseTheta('1/2|1/4|1/4|1/4|1/2|1/4|1/4'));
    const { map, relativeError } = await project(structure, w);
    const sizes = structure.realize(16, 36).sizes;
    const { alpha, beta, gamma, delta, epsilon, phi, rho } = sizes;
    const arranged = await transpose(reshape(w, [gamma, beta, alpha, phi, epsilon, delta]), [0, 3, 2, 5, 1, 4]).data();
    const area = alpha * delta * beta * epsilon;
    let expected = 0;
    for (let block = 0; block < gamma * phi; block++)
      expected += tail(alpha * delta, beta * epsilon, arranged.slice(block * area, (block + 1) * area), rho);
    expect(relativeError).toBeCloseTo(Math.sqrt(expected / squares(arranged)), 6);
    expect(map.in).toBe(16);
  });

  it('is never worse than least squares from 8 random starts', async () => {
    const w = await normal(6, [12, 12]);
    for (const structure of [blockTensorTrain(), monarch({ blocks: 3 }), kronecker(), lowRank({ rank: 2 })]) {
      const { map, cores, relativeError } = await project(structure, w);
      const whole = await w.square().sum().item();
      for (let seed = 0; seed < 8; seed++) {
        const other = await alternate(map, await evaluate(map.init(random.key(seed))), w, 6);
        const error = Math.sqrt((await w.subtract(map.toDense(other)).square().sum().item()) / whole);
        expect(error).toBeGreaterThan(relativeError * (1 - 1e-6));
      }
      // nor do more rounds improve it
      const polished = await alternate(map, cores, w, 2);
      const error = Math.sqrt((await w.subtract(map.toDense(polished)).square().sum().item()) / whole);
      expect(error / relativeError).toBeCloseTo(1, 5);
    }
  });

  it('splits of three cores are within √2 of the best: no rounds of least squares get below that', async () => {
    const w = await normal(7, [27, 27]);
    for (const structure of [tensorTrain({ rank: 2, cores: 3 }), blockTensorTrain({ cores: 3 })]) {
      const closed = await project(structure, w);
      const improved = await project(structure, w, { sweeps: 12 });
      expect(improved.relativeError).toBeLessThanOrEqual(closed.relativeError * (1 + 1e-6));
      expect(closed.relativeError).toBeLessThan(Math.SQRT2 * improved.relativeError);
    }
  });

  it('circulant and Toeplitz: means along diagonals leave a remainder of mean 0 on each', async () => {
    const w = await normal(8, [6, 9]);
    for (const structure of [circulant(), toeplitz()]) {
      const { map, cores } = await project(structure, w);
      const left = await w.subtract(map.toDense(cores)).data();
      const sums = new Map<number, number>();
      const index = structure.realize(6, 9).index;
      for (let i = 0; i < 6; i++)
        for (let j = 0; j < 9; j++) sums.set(index(i, j), (sums.get(index(i, j)) ?? 0) + (left[i * 9 + j] ?? 0));
      for (const sum of sums.values()) expect(Math.abs(sum)).toBeLessThan(1e-5);
    }
  });

  it('block-diagonal: keeps the blocks', async () => {
    const w = await normal(9, [6, 8]);
    const { cores } = await project(blockDiagonal({ blocks: 2 }), w);
    const blocks = reshape(w, [2, 3, 2, 4]);
    const expected = await einsum('b i b o -> b i o', blocks).data();
    expect(Array.from((await cores['diagonal']?.data()) ?? [])).toEqual(Array.from(expected));
  });

  it('sums: better than either term alone', async () => {
    const w = await normal(10, [16, 16]);
    const [train, low] = [blockTensorTrain(), lowRank({ rank: 2 })];
    const errors = await Promise.all(
      [sumOf(train, low), train, low].map(async (structure) => (await project(structure, w)).relativeError),
    );
    expect(errors[0]).toBeLessThan(Math.min(errors[1] ?? 0, errors[2] ?? 0));
  });

  it('BLAST: least squares bring a random start down to about what the same bond of low rank reaches, or below', async () => {
    const w = await normal(11, [16, 16]);
    const found = await project(blast({ blocks: 2, rank: 4 }), w);
    const low = await project(lowRank({ rank: 4 }), w);
    expect(found.relativeError).toBeLessThan(low.relativeError * 1.02);
  });

  it('the discrete Fourier transform is exactly Monarch with digits of inputs reversed, and needs rank 4 without', async () => {
    const [n, k] = [16, 4];
    const digits = (value: number): number => (value % k) * k + Math.floor(value / k);
    // complex blocks as real ones [[Re, −Im], [Im, Re]], of twice the rank
    const rankOf = (isReversed: boolean): number => {
      let largest = 0;
      for (let gamma = 0; gamma < k; gamma++) {
        for (let phi = 0; phi < k; phi++) {
          const block = matrix(2 * k, 2 * k);
          for (let a = 0; a < k; a++) {
            for (let e = 0; e < k; e++) {
              const row = isReversed ? digits(gamma * k + a) : gamma * k + a;
              // out is (ε φ): φ is the fast digit
              const angle = (-2 * Math.PI * row * (isReversed ? e * k + phi : phi * k + e)) / n;
              const [re, im] = [Math.cos(angle), Math.sin(angle)];
              block.values[2 * a * 2 * k + 2 * e] = re;
              block.values[2 * a * 2 * k + 2 * e + 1] = -im;
              block.values[(2 * a + 1) * 2 * k + 2 * e] = im;
              block.values[(2 * a + 1) * 2 * k + 2 * e + 1] = re;
            }
          }
          const { singularValues } = jacobiSvd(block);
          largest = Math.max(largest, singularValues.filter((value) => value > 1e-9).length / 2);
        }
      }
      return largest;
    };
    expect([rankOf(true), rankOf(false)]).toEqual([1, 4]);
  });

  it.each([
    [1, 0.886, 0.889],
    [2, 0.786, 0.791],
    [4, 0.607, 0.614],
    [8, 0.318, 0.326],
  ] as const)(
    'of a Gaussian 256 × 256 matrix with rank %d leaves %d, what equal parameters of low rank leave up to 0.02',
    async (rank, train, low) => {
      const w = await normal(12, [256, 256]);
      const ours = await project(blockTensorTrain({ rank }), w);
      const other = await project(lowRank({ rank: 16 * rank }), w);
      expect(Math.abs(ours.relativeError - train)).toBeLessThan(0.01);
      expect(Math.abs(other.relativeError - low)).toBeLessThan(0.01);
    },
  );
});

describe('bad input', () => {
  it('refuses a matrix with NaN, an infinity, or another shape, and says where', async () => {
    const w = tensor([
      [1, 2, 3],
      [4, Number.NaN, 6],
    ]);
    await expect(project(kronecker(), w)).rejects.toThrow(EinlabError);
    await expect(project(kronecker(), w)).rejects.toThrow(
      'project: the matrix has NaN at [1, 1]; expected finite numbers',
    );
    await expect(project(kronecker(), tensor([[Infinity]]))).rejects.toThrow(
      'project: the matrix has Infinity at [0, 0]',
    );
    await expect(project(kronecker(), tensor([1, 2]))).rejects.toThrow(
      'project: the matrix has shape [2]; expected [in, out]',
    );
    await expect(
      project(
        lowRank({ rank: 3 }),
        tensor([
          [1, 2],
          [3, 4],
        ]),
      ),
    ).rejects.toThrow('above its maximum 2');
  });
});
