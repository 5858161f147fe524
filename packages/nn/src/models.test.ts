import { grad, random, type Tensor, tensor } from '@einlab/einsum-core';
import { describeOnBackends } from '@einlab/testkit';
import { describe, expect, it } from 'vitest';
import { attention } from './attention.ts';
import { closeOn, normalOf, useBackend, valuesOf } from './backend.test-helper.ts';
import { crossEntropy } from './cross-entropy.ts';
import { dense } from './dense.ts';
import { layerNorm } from './layer-norm.ts';
import { type Linear, linear } from './linear.ts';
import { mlp } from './mlp.ts';
import { residualMlp } from './residual-mlp.ts';
import { type Transformer, transformer } from './transformer.ts';

const options = { vocab: 7, context: 6, width: 8, depth: 2, heads: 2 };
const ids = (...values: number[]): Tensor => tensor(Int32Array.from(values), { shape: [1, values.length] });

/** A transformer whose branches and head do something from the start. */
function awake(): Transformer {
  const model = transformer.init(random.key(1), options);
  const maps = random.split(random.key(2), 5).map((key) => linear.init(key, { in: 8, out: 8 }));
  const down = linear.init(random.key(3), { in: 32, out: 8 });
  return {
    ...model,
    blocks: model.blocks.map((block, i) => ({
      ...block,
      attention: { ...block.attention, output: maps[i] ?? block.attention.output },
      mlp: { ...block.mlp, down },
    })),
    head: linear.init(random.key(4), { in: 8, out: 7 }),
  };
}

/** The head, which the models here have. */
function headOf({ head }: Transformer): Linear {
  if (head === undefined) throw new Error('the model has no head');
  return head;
}

describeOnBackends('models', (backend) => {
  useBackend(backend);
  const close = closeOn(backend);

  it('transformer is its layers in the documented order', async () => {
    const model = awake();
    let x = model.tokens.table.take(ids(3, 1, 4)).add(model.positions.table.slice([0], [3]));
    for (const block of model.blocks) {
      x = x.add(attention.apply(block.attention, layerNorm.apply(block.attentionNorm, x)));
      x = x.add(mlp.apply(block.mlp, layerNorm.apply(block.mlpNorm, x)));
    }
    const expected = linear.apply(headOf(model), layerNorm.apply(model.norm, x));
    const logits = transformer.apply(model, ids(3, 1, 4));
    expect(logits.shape).toEqual([1, 3, 7]);
    close(await logits.data(), await expected.data(), { reductionLength: 100 });
  });

  it('transformer is causal: a later token changes no earlier prediction', async () => {
    const model = awake();
    const [before, after] = await valuesOf([
      transformer.apply(model, ids(1, 2, 3, 4, 5)),
      transformer.apply(model, ids(1, 2, 3, 0, 6)),
    ]);
    expect(after?.slice(0, 3 * 7)).toEqual(before?.slice(0, 3 * 7));
    expect(after?.slice(3 * 7)).not.toEqual(before?.slice(3 * 7));
  });

  it('transformer starts with the uniform prediction, and every branch learns from the second step on', async () => {
    const model = transformer.init(random.key(1), { ...options, normalized: true });
    const loss = (m: Transformer): Tensor => crossEntropy(transformer.apply(m, ids(1, 2, 3)), ids(2, 3, 4));
    close([await loss(model).item()], [Math.log(7)], { reductionLength: 7 });
    const gradients = grad(loss)(model);
    // At first only the head gets a gradient: all else reaches the loss through zeros.
    const [head, up] = await valuesOf([headOf(gradients).cores['weight'], gradients.blocks[0]?.mlp.up.cores['weight']]);
    expect(head?.some((value) => value !== 0)).toBe(true);
    expect(up?.every((value) => value === 0)).toBe(true);
    const isFinite = (await valuesOf(gradients)).flat().every(Number.isFinite);
    expect(isFinite).toBe(true);
  });

  it('residualMlp starts at 0, and hidden(model, x) at its input map', async () => {
    const model = residualMlp.init(random.key(1), { in: 3, out: 2, width: 8, depth: 2 });
    const x = await normalOf(2, [4, 3]);
    expect([...(await residualMlp.apply(model, x.tensor).data())]).toEqual(Array(8).fill(0));
    close(await residualMlp.hidden(model, x.tensor).data(), await linear.apply(model.input, x.tensor).data());
  });

  it('residualMlp with zero: false is its blocks one after another', async () => {
    const model = residualMlp.init(random.key(1), { in: 3, out: 2, width: 8, depth: 2, zero: false });
    const x = await normalOf(2, [4, 3]);
    let features = linear.apply(model.input, x.tensor);
    for (const { norm, mlp: perceptron } of model.blocks)
      features = features.add(mlp.apply(perceptron, layerNorm.apply(norm, features)));
    const expected = linear.apply(model.output, layerNorm.apply(model.norm, features));
    close(await residualMlp.apply(model, x.tensor).data(), await expected.data(), { reductionLength: 64 });
  });
});

describe('models refuse what they cannot take', () => {
  const model = transformer.init(random.key(1), options);
  it.each([
    [
      'a sequence longer than the context',
      () => transformer.apply(model, ids(0, 1, 2, 3, 4, 5, 6)),
      'ids are i32[1, 7]; expected i32[batch, time] with time ≤ 6, the context of the model',
    ],
    [
      'ids without a batch',
      () => transformer.apply(model, tensor(Int32Array.of(1))),
      'ids are i32[1]; expected i32[batch, time]',
    ],
    [
      'a tied head with a structure',
      () => transformer.init(random.key(1), { ...options, tied: true, headStructure: dense() }),
      'the head is tied to the tokens and has headStructure dense()',
    ],
    ['half a layer', () => transformer.init(random.key(1), { ...options, depth: 0.5 }), 'transformer: depth is 0.5'],
    [
      'a negative depth',
      () => residualMlp.init(random.key(1), { in: 1, out: 1, width: 4, depth: -1 }),
      'residualMlp: depth is -1',
    ],
  ])('%s', (_, attempt, message) => {
    expect(attempt).toThrow(message);
  });
});
