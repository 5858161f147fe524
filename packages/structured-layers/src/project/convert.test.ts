import { openDevice, random, setDefaultDevice, type Tensor } from '@einlab/einsum-core';
import { adam, dense, linear, meanSquaredError, residualMlp, rates, train } from '@einlab/nn';
import { assertClose } from '@einlab/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  blockTensorTrain,
  convertModel,
  kronecker,
  linearLayers,
  lowRank,
  mergeModel,
  mergeToDense,
  monarch,
} from '../index.ts';

beforeAll(async () => setDefaultDevice(await openDevice('reference')));

const close = async (got: Tensor, expected: Tensor): Promise<void> =>
  assertClose(await got.data(), await expected.data(), { dtype: 'f32', reductionLength: 64 });

describe('mergeToDense', () => {
  it.each([blockTensorTrain({ rank: 2 }), kronecker(), monarch(), lowRank({ rank: 3 })])(
    'a layer of %s computes the same as a dense one: padding, bias, gain and weight normalization included',
    async (structure) => {
      const layer = {
        ...linear.init(random.key(1), { in: 21, out: 18, structure, bias: true, gain: true }),
        bias: random.normal(random.key(2), [18]),
        gain: random.normal(random.key(3), []),
        normalized: true,
      };
      // larger than their cap, so that normalization changes them
      const large = {
        ...layer,
        cores: Object.fromEntries(Object.entries(layer.cores).map(([name, core]) => [name, core.multiply(3)])),
      };
      const merged = await mergeToDense(large);
      expect([`${merged.map}`, merged.gain, merged.normalized]).toEqual(['dense() 21 → 18', undefined, false]);
      expect(merged.bias).toBe(layer.bias);
      const x = random.normal(random.key(4), [5, 21]);
      await close(linear.apply(merged, x), linear.apply(large, x));
    },
  );
});

describe('convertModel', () => {
  const model = () => residualMlp.init(random.key(1), { in: 6, out: 3, width: 16, depth: 1, zero: false });
  const batch = { x: random.normal(random.key(2), [32, 6]), y: random.normal(random.key(3), [32, 3]) };

  it('projects intermediate layers, reports each, and keeps the others and all biases', async () => {
    const before = model();
    const errors: [string, number][] = [];
    const after = await convertModel(before, {
      structure: blockTensorTrain(),
      which: 'intermediate',
      onProjected: (path, error) => errors.push([path, error]),
    });
    expect(errors.map(([path]) => path)).toEqual(['blocks.0.mlp.up', 'blocks.0.mlp.down']);
    for (const [, error] of errors) {
      expect(error).toBeGreaterThan(0.3);
      expect(error).toBeLessThan(1);
    }
    expect(after.input).toBe(before.input);
    expect(after.blocks[0]?.mlp.up.bias).toBe(before.blocks[0]?.mlp.up.bias);
  });

  it('to a rank that represents every matrix changes nothing, up to rounding', async () => {
    const before = model();
    const after = await convertModel(before, { structure: lowRank({ rank: 16 }), which: 'intermediate' });
    await close(residualMlp.apply(after, batch.x), residualMlp.apply(before, batch.x));
  });

  it('converted, trained and merged back, a dense model predicts what the structured one does', async () => {
    const converted = await convertModel(model(), { structure: blockTensorTrain({ rank: 2 }), which: 'intermediate' });
    const loss = (at: typeof converted, { x, y }: typeof batch): Tensor =>
      meanSquaredError(residualMlp.apply(at, x), y);
    const before = await loss(converted, batch).item();
    const { params } = await train({
      params: converted,
      loss,
      data: () => batch,
      optimizer: adam({ rate: 3e-3, rates: rates(converted, { base: { width: 16 } }) }),
      steps: 15,
    });
    expect(await loss(params, batch).item()).toBeLessThan(0.9 * before);
    const merged = await mergeModel(params);
    expect(linearLayers(merged).map(({ layer }) => layer.map.structure.name)).toEqual(
      linearLayers(merged).map(() => dense().name),
    );
    await close(residualMlp.apply(merged, batch.x), residualMlp.apply(params, batch.x));
  });
});
