import { openDevice, random, setDefaultDevice, tensor, treeEntries } from '@einlab/einsum-core';
import { coreBlocks, linear, transformer } from '@einlab/nn';
import { beforeAll, describe, expect, it } from 'vitest';
import { blockTensorTrain, dense, headAligned, kronecker, linearLayers, lowRank, replaceLinear } from '../index.ts';

beforeAll(async () => setDefaultDevice(await openDevice('reference')));

const model = () =>
  transformer.init(random.key(1), { vocab: 10, context: 8, width: 16, depth: 1, heads: 4, bias: true });
const structures = (of: object): Record<string, string> =>
  Object.fromEntries(linearLayers(of).map(({ path, layer }) => [path, layer.map.structure.name]));

describe('linearLayers', () => {
  it('lists layers by the order of their fields', () => {
    expect(linearLayers(model()).map(({ path }) => path)).toEqual([
      'blocks.0.attention.query',
      'blocks.0.attention.key',
      'blocks.0.attention.value',
      'blocks.0.attention.output',
      'blocks.0.mlp.up',
      'blocks.0.mlp.down',
      'head',
    ]);
  });
});

describe('replaceLinear', () => {
  it('exchanges all but the head, and keeps everything else', async () => {
    const before = model();
    const after = await replaceLinear(before, random.key(2), { structure: blockTensorTrain() });
    expect(structures(after)).toEqual({
      ...Object.fromEntries(Object.keys(structures(before)).map((path) => [path, 'btt'])),
      head: 'dense',
    });
    expect(after.head).toBe(before.head);
    expect(after.tokens.table).toBe(before.tokens.table);
    expect(after.blocks[0]?.mlp.up.bias).toBe(before.blocks[0]?.mlp.up.bias);
    const ids = tensor([[1, 2, 3]], { dtype: 'i32' });
    // ends of branches and the head start at 0: the prediction is uniform before and after
    expect(await transformer.apply(after, ids).data()).toEqual(await transformer.apply(before, ids).data());
  });

  it('keeps ends of branches at 0 and others not', async () => {
    const after = await replaceLinear(model(), random.key(2), { structure: kronecker(), which: 'all' });
    const isZero = async (path: string): Promise<boolean> => {
      const place = linearLayers(after).find((each) => each.path === path);
      const last = place?.layer.cores['right'];
      return (await last?.data())?.every((value) => value === 0) ?? false;
    };
    expect(await Promise.all(['blocks.0.attention.output', 'blocks.0.mlp.down', 'head'].map(isZero))).toEqual([
      true,
      true,
      true,
    ]);
    expect(await Promise.all(['blocks.0.attention.query', 'blocks.0.mlp.up'].map(isZero))).toEqual([false, false]);
  });

  it('takes rules: intermediate layers, or a function of the place', async () => {
    const intermediate = await replaceLinear(model(), random.key(2), {
      structure: lowRank({ rank: 2 }),
      which: 'intermediate',
    });
    expect(Object.values(structures(intermediate))).toEqual(['dense', ...Array(5).fill('low-rank'), 'dense']);
    const byPlace = await replaceLinear(model(), random.key(2), {
      structure: ({ path }) => headAligned({ heads: 4, side: path.endsWith('output') ? 'input' : 'output' }),
      which: ({ path }) => path.includes('attention'),
    });
    const named = linearLayers(byPlace).map(({ layer }) => `${layer.map}`);
    expect(named[0]).toBe('headAligned({ heads: 4, side: output, rank: 1 }) 16 → 16 as 4·4 → 4·4');
    expect(named[3]).toBe('headAligned({ heads: 4, side: input, rank: 1 }) 16 → 16 as 4·4 → 4·4');
    expect(named[4]).toBe('dense() 16 → 64');
  });

  it('gives each layer randomness of its own, and the same for the same key', async () => {
    const [one, two, other] = await Promise.all(
      [2, 2, 3].map((seed) => replaceLinear(model(), random.key(seed), { structure: kronecker() })),
    );
    const query = async (of: typeof one) => (await of?.blocks[0]?.attention.query.cores['left']?.data())?.join();
    const key = (await one?.blocks[0]?.attention.key.cores['left']?.data())?.join();
    expect(await query(one)).toBe(await query(two));
    expect(await query(one)).not.toBe(await query(other));
    expect(await query(one)).not.toBe(key);
  });

  it('refuses a rule that is none', async () => {
    await expect(replaceLinear(model(), random.key(2), { structure: dense(), which: 'most' as 'all' })).rejects.toThrow(
      'which is "most"; expected all, all-but-last, intermediate',
    );
  });
});

describe('headAligned', () => {
  it('keeps full rank with other digits where one head per block allows it', () => {
    const map = headAligned({ heads: 4, side: 'output' }).realize(64, 64);
    expect([map.outputDigits, map.rank]).toEqual([[4, 16], 64]);
    expect(headAligned({ heads: 4, side: 'input' }).realize(64, 64).inputDigits).toEqual([4, 16]);
    expect(() => headAligned({ heads: 5, side: 'output' }).realize(64, 64)).toThrow(
      'headAligned: output is 64, which does not divide into 5 heads; expected a multiple',
    );
  });
});

describe('coreBlocks', () => {
  it('names the matrices in cores of more than two axes, and nothing else', () => {
    const layer = (structure: Parameters<typeof linear.init>[1]['structure']) =>
      linear.init(random.key(1), { in: 16, out: 16, ...(structure === undefined ? {} : { structure }), bias: true });
    const blocks = coreBlocks({
      train: layer(blockTensorTrain({ rank: 2 })),
      low: layer(lowRank({ rank: 2 })),
      plain: layer(undefined),
    });
    expect(blocks).toEqual({ 'train.cores.left': [4, 8], 'train.cores.right': [8, 4] });
    expect(treeEntries(blocks).length).toBe(4);
  });
});
