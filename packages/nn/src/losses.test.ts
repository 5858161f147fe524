import { random, type Tensor, tensor } from '@einlab/einsum-core';
import { checkGradients } from '@einlab/einsum-core/testing';
import { describeOnBackends } from '@einlab/testkit';
import { describe, expect, it } from 'vitest';
import { closeOn, normalOf, rowsOf, softmaxLoop, useBackend } from './backend.test-helper.ts';
import { binaryCrossEntropy } from './binary-cross-entropy.ts';
import { crossEntropy } from './cross-entropy.ts';
import { huberLoss } from './huber-loss.ts';
import { klDivergence } from './kl-divergence.ts';
import { type LayerNorm, layerNorm } from './layer-norm.ts';
import { meanAbsoluteError } from './mean-absolute-error.ts';
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

describeOnBackends('more losses against their definitions', (backend) => {
  useBackend(backend);
  const close = closeOn(backend);
  const none = { reduction: 'none' } as const;

  it('crossEntropy with smoothing expects every class a little', async () => {
    const logits = await normalOf(1, [6, 4]);
    const classes = [1, 0, 3, 2, 2, 1];
    const smoothed = (s: number): number[] =>
      rowsOf(logits.values, 4).map((row, i) =>
        softmaxLoop(row).reduce((total, p, j) => total - ((j === classes[i] ? 1 - s : 0) + s / 4) * Math.log(p), 0),
      );
    for (const smoothing of [0, 0.3, 1]) {
      const got = crossEntropy(logits.tensor, targets.reshape([6]), { ...none, smoothing });
      close(await got.data(), smoothed(smoothing), { reductionLength: 12 });
    }
  });

  it('meanAbsoluteError averages absolute differences', async () => {
    const [x, y] = [
      tensor([
        [1, 2],
        [3, -4],
      ]),
      tensor([
        [0, 2],
        [5, 1],
      ]),
    ];
    expect(await meanAbsoluteError(x, y, none).toArray()).toEqual([
      [1, 0],
      [2, 5],
    ]);
    close([await meanAbsoluteError(x, y).item()], [2]);
  });

  it('huberLoss is a parabola up to its threshold and a line beyond', async () => {
    const differences = [0, 0.5, 2, -2, 3, -10];
    const expected = differences.map((d) => (Math.abs(d) <= 2 ? d ** 2 / 2 : 2 * (Math.abs(d) - 1)));
    const got = huberLoss(tensor(differences), tensor(differences.map(() => 0)), { ...none, threshold: 2 });
    close(await got.data(), expected);
    close([await huberLoss(tensor([3]), tensor([1])).item()], [1.5]);
  });

  it('binaryCrossEntropy is the log-probability of yes or no, for logits of any size', async () => {
    const logits = [0, 2, -3, 1000, -1000, 1000];
    const answers = [1, 0, 0.25, 1, 0, 0];
    const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
    const expected = [0, 1, 2].map((i) => {
      const [p, t] = [sigmoid(logits[i] ?? 0), answers[i] ?? 0];
      return -t * Math.log(p) - (1 - t) * Math.log(1 - p);
    });
    close(await binaryCrossEntropy(tensor(logits), tensor(answers), none).data(), [...expected, 0, 0, 1000]);
  });

  it('klDivergence is what a code for q costs more where p is the truth', async () => {
    const [q, p] = [await normalOf(3, [2, 5]), await normalOf(4, [2, 5])];
    const expected = rowsOf(p.values, 5).map((row, i) => {
      const [truth, guess] = [softmaxLoop(row), softmaxLoop(rowsOf(q.values, 5)[i] ?? [])];
      return truth.reduce((total, value, j) => total + value * Math.log(value / (guess[j] ?? 0)), 0);
    });
    close(await klDivergence(q.tensor, p.tensor, none).data(), expected, { reductionLength: 30 });
    close([await klDivergence(p.tensor, p.tensor).item()], [0], { scale: 1 });
    // Shifts of the logits change nothing.
    close(await klDivergence(q.tensor.add(7), p.tensor.add(-3), none).data(), expected, {
      reductionLength: 60,
      scale: 20,
    });
  });
});

describe('losses', () => {
  const line = random.normal(random.key(7), [3, 4]);
  it.each<[string, (x: Tensor) => Tensor]>([
    ['crossEntropy with smoothing', (x) => crossEntropy(x, tensor(Int32Array.of(1, 3, 0)), { smoothing: 0.2 })],
    ['meanAbsoluteError', (x) => meanAbsoluteError(x, line)],
    ['huberLoss', (x) => huberLoss(x, line, { threshold: 0.8 })],
    ['binaryCrossEntropy', (x) => binaryCrossEntropy(x, line)],
    ['klDivergence', (x) => klDivergence(x, line)],
    ['klDivergence in its target', (x) => klDivergence(line, x)],
  ])('%s has the derivatives that finite differences give', async (_, loss) => {
    await expect(checkGradients(loss, [random.normal(random.key(8), [3, 4])])).resolves.toBeUndefined();
  });

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
    ...Object.entries({ meanAbsoluteError, huberLoss, binaryCrossEntropy, klDivergence }).map(
      ([name, loss]): [string, () => unknown, string] => [
        `shapes that differ in ${name}`,
        () => loss(tensor([[1], [2]]), tensor([1, 2])),
        `${name}: the prediction is [2, 1] but the target [2]; expected equal shapes`,
      ],
    ),
    [
      'a scalar distribution',
      () => klDivergence(tensor(1), tensor(1)),
      'the logits are f32[]; expected f32[...batch, class]',
    ],
    [
      'a threshold of 0',
      () => huberLoss(tensor([1]), tensor([1]), { threshold: 0 }),
      'huberLoss: threshold is 0; expected a number > 0',
    ],
    [
      'a smoothing above 1',
      () => crossEntropy(tensor([[1, 2]]), tensor(Int32Array.of(1)), { smoothing: 1.5 }),
      'crossEntropy: smoothing is 1.5; expected a number in [0, 1]',
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
