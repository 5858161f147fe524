import { grad, openDevice, random, setDefaultDevice, tensor, type Tensor } from '@einlab/einsum-core';
import { crossEntropy, transformer } from '@einlab/nn';
import { assertClose } from '@einlab/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import { certify } from '../certificate/certify.ts';
import { decodeContainer, encodeContainer } from '../code/container.ts';
import { kMeansLevels } from '../quantize/levels.ts';
import { codebooks, decodeModel, encodeModel, valuesOf } from './coded-model.ts';
import { trainedCount } from './parametrization.ts';
import {
  type CompressionName,
  compressionNames,
  completeRecipe,
  parametrizationOf,
  type Recipe,
  recipeHash,
} from './recipe.ts';
import { scoreText } from './score-text.ts';
import { trainCoded } from './train-coded.ts';

beforeAll(async () => setDefaultDevice(await openDevice('wasm')));

const tiny = (compression: CompressionName, change: Partial<Recipe> = {}): Recipe =>
  completeRecipe({
    compression,
    vocabulary: 6,
    context: 8,
    width: 8,
    depth: 1,
    heads: 2,
    rank: 2,
    dimension: 20,
    blocks: 2,
    seed: 3,
    ...change,
  });

/** A text in which the next character is certain nine times in ten. */
const ids = (() => {
  let state = 7;
  const text = new Int32Array(4000);
  for (let i = 1; i < text.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    text[i] = state % 10 === 0 ? (state >>> 8) % 6 : ((text[i - 1] ?? 0) + 1) % 6;
  }
  return text;
})();

describe.each<[CompressionName, Recipe['tokens']]>([
  ...compressionNames.map((compression): [CompressionName, Recipe['tokens']] => [compression, 'seeded']),
  ['kronecker', 'trained'],
  ['lora', 'trained'],
  ['sublora', 'trained'],
])('the parametrization %s with %s tokens', (compression, tokens) => {
  it('starts as the model of its seed, and says its numbers', async () => {
    const parametrization = parametrizationOf(tiny(compression, { tokens }));
    const inputs = tensor(ids.slice(0, 16), { shape: [2, 8] });
    const before = await transformer.apply(parametrization.build(parametrization.start), inputs).data();
    const again = parametrizationOf(tiny(compression, { tokens }));
    expect([...(await transformer.apply(again.build(again.start), inputs).data())]).toEqual([...before]);
    const seeded = trainedCount(parametrizationOf(tiny(compression)));
    const isSpace = compression === 'subspace' || compression === 'sublora';
    // six ids, eight features each
    expect(trainedCount(parametrization)).toBe(seeded + (tokens === 'trained' && !isSpace ? 48 : 0));
    expect(trainedCount(parametrization)).toBe(
      Object.values(parametrization.start).reduce((total, { size }) => total + size, 0),
    );
  });

  it('has gradients that finite differences confirm', async () => {
    const parametrization = parametrizationOf(tiny(compression, { tokens }));
    const inputs = tensor(ids.slice(0, 16), { shape: [2, 8] });
    const targets = tensor(ids.slice(1, 17), { shape: [2, 8] });
    const loss = (trained: Readonly<Record<string, Tensor>>): Tensor =>
      crossEntropy(transformer.apply(parametrization.build(trained), inputs), targets);
    // away from the start, where outputs of branches are zero and their inputs have no gradient
    const at = Object.fromEntries(
      Object.entries(parametrization.start).map(([name, x], i): [string, Tensor] => [
        name,
        x.add(random.normal(random.key(i), x.shape).multiply(0.1)),
      ]),
    );
    const direction = Object.fromEntries(
      Object.entries(at).map(([name, x], i): [string, Tensor] => [name, random.normal(random.key(100 + i), x.shape)]),
    );
    const gradient = grad(loss)(at);
    let slope = 0;
    for (const name of Object.keys(at))
      slope +=
        (await gradient[name]
          ?.multiply(direction[name] ?? 0)
          .sum()
          .item()) ?? 0;
    const moved = (step: number): Readonly<Record<string, Tensor>> =>
      Object.fromEntries(
        Object.entries(at).map(([name, x]): [string, Tensor] => [
          name,
          x.add((direction[name] ?? tensor(0)).multiply(step)),
        ]),
      );
    const step = 2e-4;
    const difference = ((await loss(moved(step)).item()) - (await loss(moved(-step)).item())) / (2 * step);
    expect(Math.abs(difference - slope)).toBeLessThan(5e-3 + 0.02 * Math.abs(slope));
  });

  it('comes out of its code as it went in, bit for bit, and scores the same', async () => {
    const recipe = tiny(compression, { tokens });
    const { container, aborted } = await trainCoded({ recipe, ids, steps: 6, roundedSteps: 3, levels: 5, batch: 4 });
    expect(aborted).toBe(false);
    const decoded = await decodeModel(recipe, container);
    const levels = new Map<string, Float32Array>();
    for (const [codebook, names] of codebooks(decoded.parametrization))
      levels.set(codebook, new Float32Array([...new Set(await valuesOf(decoded.trained, names))]));
    const again = await encodeModel(recipe, decoded.trained, levels);
    const second = await decodeModel(recipe, again);
    for (const name of Object.keys(decoded.trained))
      expect([...((await second.trained[name]?.data()) ?? [])]).toEqual([
        ...((await decoded.trained[name]?.data()) ?? []),
      ]);
    const [a, b] = [
      await scoreText(decoded.model, ids.slice(0, 200), { context: 8 }),
      await scoreText(second.model, ids.slice(0, 200), { context: 8 }),
    ];
    expect([...b.logProbabilities]).toEqual([...a.logProbabilities]);
  });
});

describe('a recipe', () => {
  it('whose tokens are trained moves them, and none else of what the seed made', async () => {
    const recipe = tiny('kronecker', { tokens: 'trained' });
    const { container } = await trainCoded({ recipe, ids, steps: 4, roundedSteps: 0, batch: 2 });
    const { model } = await decodeModel(recipe, container);
    const before = parametrizationOf(recipe);
    const start = before.build(before.start);
    const moved = async (a: Tensor, b: Tensor): Promise<boolean> => (await a.subtract(b).abs().max().item()) > 1e-6;
    expect(await moved(model.tokens.table, start.tokens.table)).toBe(true);
    expect(await moved(model.positions.table, start.positions.table)).toBe(false);
    expect(() => completeRecipe({ ...recipe, tokens: 'other' as 'seeded' })).toThrow('tokens is other');
  });

  it('decides the code: with another seed or vocabulary the container is refused', async () => {
    const { container } = await trainCoded({ recipe: tiny('kronecker'), ids, steps: 1, roundedSteps: 0, batch: 2 });
    await expect(decodeModel(tiny('kronecker', { seed: 4 }), container, 'm.ebnd')).rejects.toThrow(
      'm.ebnd: the container was written for the recipe',
    );
    await expect(decodeModel(tiny('kronecker', { vocabulary: 7 }), container)).rejects.toThrow(
      'are vocabulary, sizes and seed the same?',
    );
    const stolen = encodeContainer({ ...decodeContainer(container), config: await recipeHash(tiny('dense')) });
    await expect(decodeModel(tiny('dense'), stolen)).rejects.toThrow('groups; expected');
    expect(() => completeRecipe({ compression: 'lora', vocabulary: 5, rank: 0 })).toThrow('rank is 0');
  });
});

describe('scoreText', () => {
  it('predicts every character but the first once, as the definition does', async () => {
    const recipe = tiny('dense');
    const parametrization = parametrizationOf(recipe);
    const model = parametrization.build(
      Object.fromEntries(
        Object.entries(parametrization.start).map(([name, x]): [string, Tensor] => [name, x.add(0.1)]),
      ),
    );
    const text = ids.slice(0, 21);
    const { logProbabilities, ranks } = await scoreText(model, text, { context: 8 });
    expect(logProbabilities.length).toBe(20);
    for (let at = 0; at < 20; at++) {
      const start = at - (at % 8);
      const seen = tensor(text.slice(start, at + 1), { shape: [1, at + 1 - start] });
      const logits = [...(await transformer.apply(model, seen).data())].slice(-6);
      const total = Math.log(logits.reduce((sum, x) => sum + Math.exp(x), 0));
      const target = text[at + 1] ?? 0;
      assertClose([logProbabilities[at] ?? 0], [(logits[target] ?? 0) - total], { dtype: 'f32', reductionLength: 64 });
      expect(ranks[at]).toBe(
        logits.filter((x, j) => x > (logits[target] ?? 0) || (x === logits[target] && j < target)).length,
      );
    }
  });

  it('refuses a text without anything to predict', async () => {
    const parametrization = parametrizationOf(tiny('dense'));
    await expect(scoreText(parametrization.build(parametrization.start), [1], { context: 8 })).rejects.toThrow(
      'the text has 1 ids',
    );
  });
});

describe('training for a certificate', () => {
  it('certifies a model of a learnable text below guessing, and shuffled it is not', async () => {
    const bound = async (text: Int32Array): Promise<{ vacuous: boolean; value: number }> => {
      const recipe = tiny('kronecker', { width: 16 });
      const { container } = await trainCoded({
        recipe,
        ids: text,
        steps: 120,
        roundedSteps: 40,
        levels: 5,
        batch: 16,
        rate: 0.03,
      });
      const { model } = await decodeModel(recipe, container);
      const long = Int32Array.from({ length: 24_000 }, (_, i) => text[i % text.length] ?? 0);
      const { logProbabilities } = await scoreText(model, long, { context: 8 });
      const certificate = await certify({
        logProbabilities: new Uint8Array(logProbabilities.buffer),
        format: 'f32',
        vocabulary: 6,
        code: { bits: 8 * container.length },
      });
      return { vacuous: certificate.vacuous, value: certificate.best[0].value };
    };
    const learned = await bound(ids);
    expect(learned).toMatchObject({ vacuous: false });
    expect(learned.value).toBeLessThan(2.3);
    const shuffled = ids.map((_, i) => ids[(i * 1663) % ids.length] ?? 0);
    expect(await bound(shuffled)).toMatchObject({ vacuous: true });
  }, 60_000);

  it('goes on from its checkpoints to the same code', async () => {
    const { mkdtemp, rm } = await import('node:fs/promises');
    const { tmpdir } = await import('node:os');
    const { join } = await import('node:path');
    const folder = await mkdtemp(join(tmpdir(), 'einlab-coded-'));
    try {
      const run = { recipe: tiny('lora'), ids, steps: 8, roundedSteps: 5, levels: 3, batch: 2 };
      const whole = await trainCoded(run);
      const stopping = new AbortController();
      const first = await trainCoded({
        ...run,
        checkpoint: join(folder, 'state'),
        signal: stopping.signal,
        onProgress: ({ stage }) => {
          if (stage === 'free') stopping.abort();
        },
      });
      expect(first.aborted).toBe(true);
      const rest = await trainCoded({ ...run, checkpoint: join(folder, 'state') });
      expect(rest.container).toEqual(whole.container);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('exact k-means is at hand for a codebook', () => {
    expect([...kMeansLevels([0, 0.1, 1, 1.1], 2)]).toEqual([expect.closeTo(0.05, 6), expect.closeTo(1.05, 6)]);
  });
});
