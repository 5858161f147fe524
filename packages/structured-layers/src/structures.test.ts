import { compile, EinlabError, openDevice, random, setDefaultDevice, treeEntries, zeros } from '@einlab/einsum-core';
import { linear } from '@einlab/nn';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  blockTensorTrain,
  dense,
  exactTaxonomy,
  kronecker,
  lowRank,
  monarch,
  type Structure,
  tensorTrain,
} from './index.ts';

beforeAll(async () => setDefaultDevice(await openDevice('reference')));

describe('counts', () => {
  const d = 256;
  const r = 2;
  // parameters, multiply-accumulates, stored intermediates and rank for d → d
  it.each<[Structure, readonly [number, number, number, number]]>([
    [dense(), [d * d, d * d, 0, d]],
    [lowRank({ rank: r }), [2 * r * d, 2 * r * d, r, r]],
    [kronecker(), [2 * d, 2 * d ** 1.5, d, d]],
    [tensorTrain({ rank: r }), [2 * r * d, 2 * r * d ** 1.5, r * d, d]],
    [monarch({ blocks: 4 }), [(2 * d * d) / 4, (2 * d * d) / 4, d, d]],
    [blockTensorTrain({ rank: r }), [2 * r * d ** 1.5, 2 * r * d ** 1.5, r * d, d]],
    [tensorTrain({ rank: r, cores: 4 }), [2 * r * 16 + 2 * r * r * 16, (2 * r + 2 * r * r) * d ** 1.25, 3 * r * d, d]],
    [
      blockTensorTrain({ rank: r, cores: 4 }),
      [(2 * r + 2 * r * r) * d ** 1.25, (2 * r + 2 * r * r) * d ** 1.25, 3 * r * d, d],
    ],
  ])('of %s at 256 → 256 are those of its formula', (structure, expected) => {
    const { parameterCount, macs, activation, rank } = structure.realize(d, d);
    expect([parameterCount, macs, activation, rank]).toEqual(expected);
  });

  it('of padded maps include the padding', () => {
    const map = monarch({ blocks: 4 }).realize(17, 22);
    expect([map.inputDigits, map.outputDigits]).toEqual([
      [4, 5],
      [6, 4],
    ]);
    expect(map.parameterCount).toBe(4 * 5 * 5 + 4 * 5 * 6);
  });
});

describe('exactTaxonomy', () => {
  it.each<[Structure, readonly [number, number, number]]>([
    [dense(), [0, 1, 1]],
    [kronecker(), [Math.log(16 / 1) / Math.log(256), 1, 0.5 + Math.log(2) / Math.log(256)]],
    [blockTensorTrain(), [0, 1, 0.5 + Math.log(2) / Math.log(256)]],
    [lowRank({ rank: 16 }), [0, 0.5, 0.5 + Math.log(2) / Math.log(256)]],
  ])('of %s has ω, ψ, ν of its family up to the constant factor 2', (structure, exponents) => {
    const map = structure.realize(256, 256);
    const { parameters, macs, rank, omega, psi, nu } = exactTaxonomy(map);
    expect([parameters, macs, rank]).toEqual([map.parameterCount, map.macs, map.rank]);
    for (const [i, value] of [omega, psi, nu].entries()) expect(value).toBeCloseTo(exponents[i] ?? NaN, 12);
  });
});

describe('a map', () => {
  it('prints its structure, sizes and factors', () => {
    expect(`${blockTensorTrain({ rank: 2 }).realize(768, 3072)}`).toBe(
      'blockTensorTrain({ rank: 2 }) 768 → 3072 as 16·48 → 48·64',
    );
    expect(`${tensorTrain({ rank: 2, cores: 3, split: { input: [2, 2, 2], output: [2, 2, 1] } })}`).toBe(
      'tensorTrain({ rank: 2, cores: 3, split: { input: [2, 2, 2], output: [2, 2, 1] } })',
    );
    expect(`${kronecker()} ${lowRank()} ${lowRank({ rank: 3 })} ${monarch()}`).toBe(
      'kronecker() lowRank() lowRank({ rank: 3 }) monarch({ blocks: 4 })',
    );
  });

  it('is a leaf of a tree, so a layer made of it has only its tensors as parameters', () => {
    const layer = linear.init(random.key(1), { in: 12, out: 8, structure: blockTensorTrain(), bias: true });
    const tensors = treeEntries(layer).filter(
      ([, leaf]) => typeof leaf === 'object' && leaf !== null && 'dtype' in leaf,
    );
    expect(tensors.map(([path]) => path)).toEqual(['cores.left', 'cores.right', 'bias']);
  });

  it('runs inside a compiled function', async () => {
    const layer = linear.init(random.key(1), { in: 12, out: 8, structure: monarch({ blocks: 2 }) });
    const x = random.normal(random.key(2), [3, 12]);
    const run = compile((given: typeof layer, input: typeof x) => linear.apply(given, input));
    expect(await (await run(layer, x)).data()).toEqual(await linear.apply(layer, x).data());
  });

  it('with fewer than b² features, monarch lowers the number of blocks so that every output sees every input', () => {
    expect(monarch({ blocks: 8 }).realize(30, 100).inputDigits).toEqual([5, 6]);
    expect(monarch({ blocks: 4 }).realize(1, 3).inputDigits).toEqual([1, 1]);
  });

  it('default rank of lowRank is ⌈√min(in, out)⌉', () => {
    expect(lowRank().realize(50, 200).rank).toBe(8);
  });
});

describe('bad input', () => {
  const fit = { input: [2, 3], output: [2, 2] };
  it.each<[string, () => unknown, string]>([
    ['rank 0', () => blockTensorTrain({ rank: 0 }), 'blockTensorTrain: rank is 0; expected a whole number ≥ 1'],
    ['rank 1.5', () => tensorTrain({ rank: 1.5 }), 'tensorTrain: rank is 1.5; expected a whole number ≥ 1'],
    [
      'a rank above the maximum of a block',
      () => blockTensorTrain({ rank: 9 }).realize(64, 64),
      'blockTensorTrain: rank is 9, above its maximum 8 for 64 → 64 as 8·8 → 8·8, which is α: with it every block is any matrix already',
    ],
    [
      'a rank above the maximum of a tensor train',
      () => tensorTrain({ rank: 65 }).realize(64, 64),
      'tensorTrain: rank is 65, above its maximum 64 for 64 → 64 as 8·8 → 8·8, which is α · δ',
    ],
    [
      'a rank above the size',
      () => lowRank({ rank: 9 }).realize(64, 8),
      'lowRank: rank is 9, above its maximum 8 for 64 → 8, which is out',
    ],
    ['one core', () => tensorTrain({ cores: 1 }), 'tensorTrain: cores is 1; expected a whole number ≥ 2'],
    ['rank NaN', () => lowRank({ rank: Number.NaN }), 'lowRank: rank is NaN; expected a whole number ≥ 1'],
    ['no blocks', () => monarch({ blocks: 0 }), 'monarch: blocks is 0; expected a whole number ≥ 1'],
    ['no inputs', () => kronecker().realize(0, 4), 'kronecker(): in is 0; expected a whole number ≥ 1'],
    ['half an output', () => lowRank().realize(4, 2.5), 'lowRank(): out is 2.5; expected a whole number ≥ 1'],
    [
      'a split that is too small',
      () => blockTensorTrain({ split: fit }).realize(7, 4),
      'blockTensorTrain: split.input [2, 3] holds 6 features, but the map has 7; expected a product ≥ 7',
    ],
    [
      'a split of too few digits',
      () => tensorTrain({ cores: 3, split: fit }).realize(6, 4),
      'tensorTrain: split.input is [2, 3]; expected 3 digits, one per core',
    ],
    [
      'a digit 0',
      () => kronecker({ split: { input: [6, 1], output: [4, 0] } }).realize(6, 4),
      'kronecker: a digit of split.output is 0; expected a whole number ≥ 1',
    ],
    [
      'an input of another size',
      () => {
        const map = blockTensorTrain().realize(6, 4);
        return map.apply(map.init(random.key(1)), zeros([2, 5]));
      },
      'blockTensorTrain({ rank: 1 }): the input has shape [2, 5]; expected [...batch, 6]',
    ],
    [
      'a core that is missing',
      () =>
        lowRank({ rank: 2 })
          .realize(6, 4)
          .apply({ left: zeros([6, 2]) }, zeros([6])),
      'lowRank({ rank: 2 }): the core "right" is missing; got left',
    ],
  ])('%s is refused by name and value', (_, call, message) => {
    expect(call).toThrow(EinlabError);
    expect(call).toThrow(message);
  });
});
