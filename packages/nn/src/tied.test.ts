import { evaluate, grad, random, type Tensor, tensor, treeEntries } from '@einlab/einsum-core';
import { checkGradients } from '@einlab/einsum-core/testing';
import { describeOnBackends } from '@einlab/testkit';
import { describe, expect, it } from 'vitest';
import { closeOn, multiplyLoop, normalOf, useBackend, valuesOf } from './backend.test-helper.ts';
import { decodeSafetensors } from './checkpoint/load-safetensors.ts';
import { restoreTree } from './checkpoint/restore-tree.ts';
import { encodeSafetensors } from './checkpoint/save-safetensors.ts';
import { countParameters } from './counts.ts';
import { crossEntropy } from './cross-entropy.ts';
import { type Embedding, embedding } from './embedding.ts';
import { adamW } from './optimizers/adam-w.ts';
import { train } from './training/train.ts';
import { type Transformer, transformer } from './transformer.ts';

const ids = (...values: number[]): Tensor => tensor(Int32Array.from(values), { shape: [1, values.length] });
const options = { vocab: 5, context: 4, width: 8, depth: 1, heads: 2, tied: true };

describeOnBackends('tied weights', (backend) => {
  useBackend(backend);
  const close = closeOn(backend);

  it('embedding.scores is x · tableᵀ', async () => {
    const table = await normalOf(1, [5, 3]);
    const x = await normalOf(2, [2, 3]);
    const transposed = [...(await table.tensor.transpose().data())];
    close(await embedding.scores({ table: table.tensor }, x.tensor).data(), multiplyLoop(x.values, transposed, 3, 5), {
      reductionLength: 3,
    });
  });

  it('a parameter that is used twice has one gradient: the sum of both uses', async () => {
    const table = random.normal(random.key(1), [5, 3]);
    const loss = (input: Embedding, output: Embedding): Tensor =>
      crossEntropy(embedding.scores(output, embedding.apply(input, ids(1, 4, 1))), ids(4, 1, 0));
    const tied = grad((layer: Embedding) => loss(layer, layer))({ table });
    const input = grad((layer: Embedding) => loss(layer, { table }))({ table });
    const output = grad((layer: Embedding) => loss({ table }, layer))({ table });
    close(await tied.table.data(), await input.table.add(output.table).data(), { reductionLength: 20 });
    expect((await input.table.data()).some((value) => value !== 0)).toBe(true);
  });

  it('a tied transformer has one table, saves it once, and loads it once', async () => {
    const model = await evaluate(transformer.init(random.key(1), options));
    expect(countParameters(model)).toBe(
      countParameters(transformer.init(random.key(1), { ...options, tied: false })) - 5 * 8,
    );
    const { tensors } = decodeSafetensors(await encodeSafetensors(model, { exact: true }));
    expect(Object.keys(tensors).filter((name) => /tokens|head/.test(name))).toEqual(['tokens.table']);
    const restored = restoreTree(transformer.init(random.key(2), options), tensors);
    expect(treeEntries(restored).map(([name]) => name)).toEqual(treeEntries(model).map(([name]) => name));
    expect(await valuesOf(restored)).toEqual(await valuesOf(model));
    const [first, second] = await valuesOf([model, restored].map((m) => transformer.apply(m, ids(1, 2, 3))));
    expect(second).toEqual(first);
  });

  it('a tied transformer stays tied while it is trained', async () => {
    const model = transformer.init(random.key(1), options);
    const loss = (m: Transformer): Tensor => crossEntropy(transformer.apply(m, ids(1, 2, 3)), ids(2, 3, 4));
    const { params } = await train({
      params: model,
      loss,
      data: () => undefined,
      optimizer: adamW({ rate: 0.01 }),
      steps: 20,
    });
    expect(await loss(params).item()).toBeLessThan(0.7 * Math.log(5));
    expect(params.head).toBeUndefined();
  });
});

describe('tied weights', () => {
  it('have the derivatives that finite differences give', async () => {
    const loss = (layer: Embedding): Tensor =>
      crossEntropy(embedding.scores(layer, embedding.apply(layer, ids(0, 3, 3))), ids(3, 1, 0));
    await expect(checkGradients(loss, [{ table: random.normal(random.key(1), [4, 3]) }])).resolves.toBeUndefined();
  });

  it('embedding.scores refuses features of another width', () => {
    const layer = embedding.init(random.key(1), { count: 5, width: 3 });
    expect(() => embedding.scores(layer, tensor([[1, 2]]))).toThrow(
      'embedding: x is f32[1, 2], its last axis is 2; expected width=3 to score ids with',
    );
  });
});
