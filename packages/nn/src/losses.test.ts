import { random, tensor } from '@einlab/einsum-core';
import { checkGradients } from '@einlab/einsum-core/testing';
import { describeOnBackends } from '@einlab/testkit';
import { describe, expect, it } from 'vitest';
import { closeOn, normalOf, rowsOf, softmaxLoop, useBackend } from './backend.test-helper.ts';
import { crossEntropy } from './cross-entropy.ts';
import { type LayerNorm, layerNorm } from './layer-norm.ts';
import { meanSquaredError } from './mean-squared-error.ts';

const targets = tensor(Int32Array.of(1, 0, 3, 2, 2, 1), { shape: [2, 3] });

describeOnBackends('losses against their definitions', (backend) => {
  useBackend(backend);
  const close = closeOn(backend);

  it('crossEntropy is −ln softmax(logits)[target], averaged', async () => {
    const logits = await normalOf(1, [2, 3, 4]);
    const expected = rowsOf(logits.values, 4).map(
      (row, i) => -Math.log(softmaxLoop(row)[[1, 0, 3, 2, 2, 1][i] ?? 0] ?? 0),
    );
    close(await crossEntropy(logits.tensor, targets, { reduction: 'none' }).data(), expected, { reductionLength: 4 });
    const total = expected.reduce((a, b) => a + b, 0);
    close([await crossEntropy(logits.tensor, targets, { reduction: 'sum' }).item()], [total], { reductionLength: 24 });
    close([await crossEntropy(logits.tensor, targets).item()], [total / 6], { reductionLength: 24 });
  });

  it('crossEntropy of equal logits is ln(classes)', async () => {
    close([await crossEntropy(tensor([[0, 0, 0, 0, 0]]), tensor(Int32Array.of(3))).item()], [Math.log(5)]);
  });

  it('crossEntropy stays finite for logits that exp would overflow', async () => {
    close(
      await crossEntropy(
        tensor([
          [1000, 0],
          [-1000, 0],
        ]),
        tensor(Int32Array.of(1, 1)),
        { reduction: 'none' },
      ).data(),
      [1000, 0],
    );
  });

  it('crossEntropy gives NaN for a class that is not there', async () => {
    expect(
      [
        ...(await crossEntropy(
          tensor([
            [0, 0],
            [0, 0],
            [1, 1],
          ]),
          tensor(Int32Array.of(2, -1, 0)),
          { reduction: 'none' },
        ).data()),
      ].map(Number.isNaN),
    ).toEqual([true, true, false]);
  });

  it('meanSquaredError averages squared differences', async () => {
    close(
      [
        await meanSquaredError(
          tensor([
            [1, 2],
            [3, 4],
          ]),
          tensor([
            [0, 2],
            [5, 1],
          ]),
        ).item(),
      ],
      [(1 + 0 + 4 + 9) / 4],
    );
  });
});

describe('losses', () => {
  it('crossEntropy has the derivatives that finite differences give', async () => {
    await expect(
      checkGradients(
        (logits: typeof targets) => crossEntropy(logits, targets),
        [random.normal(random.key(2), [2, 3, 4])],
      ),
    ).resolves.toBeUndefined();
  });

  it('layerNorm has the derivatives that finite differences give', async () => {
    const layer = layerNorm.init({ size: 5 });
    const run = (l: LayerNorm, x: typeof targets): typeof targets =>
      layerNorm
        .apply(l, x)
        .square()
        .multiply(random.normal(random.key(4), [3, 5]))
        .sum();
    await expect(checkGradients(run, [layer, random.normal(random.key(3), [3, 5])])).resolves.toBeUndefined();
  });

  it.each([
    [
      'targets of another shape',
      () => crossEntropy(random.normal(random.key(1), [2, 4]), targets),
      'logits are f32[2, 4] and targets i32[2, 3]; expected f32[...batch, class] and i32[...batch]',
    ],
    [
      'targets that are no indices',
      () => crossEntropy(tensor([[1, 2]]), tensor([1])),
      'targets are f32; expected i32 class indices',
    ],
    [
      'a target that would broadcast',
      () => meanSquaredError(tensor([[1], [2]]), tensor([1, 2])),
      'the prediction is [2, 1] but the target [2]; expected equal shapes',
    ],
    [
      'an unknown reduction',
      () => meanSquaredError(tensor([1]), tensor([1]), { reduction: 'max' as never }),
      `reduction is "max"; expected 'mean', 'sum' or 'none'`,
    ],
  ])('refuse %s', (_, attempt, message) => {
    expect(attempt).toThrow(message);
  });
});
