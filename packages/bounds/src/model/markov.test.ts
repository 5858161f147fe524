import { property } from '@einlab/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { certify } from '../certificate/certify.ts';
import { encodeContainer } from '../code/container.ts';
import { decodeMarkov, encodeMarkov, markovRecipe, scoreMarkov } from './markov.ts';

const ids = Int32Array.from({ length: 3000 }, (_, i) => (i * i + (i >> 3)) % 5);

describe('a Markov chain by counts', () => {
  property(
    'predicts by how often each id followed, where every count has a size of its own',
    fc.record({
      text: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 2, maxLength: 60 }),
      order: fc.integer({ min: 0, max: 2 }),
    }),
    async ({ text, order }) => {
      const recipe = markovRecipe({ vocabulary: 4, order, levels: 64 });
      const model = await decodeMarkov(recipe, await encodeMarkov(recipe, text));
      const { logProbabilities, ranks } = scoreMarkov(model, text);
      const before = (at: number): string =>
        Array.from({ length: order }, (_, j) => text[at - order + j] ?? 0).join(' ');
      for (let at = 1; at < text.length; at++) {
        const follows = [0, 0, 0, 0];
        for (let i = 1; i < text.length; i++)
          if (before(i) === before(at)) follows[text[i] ?? 0] = (follows[text[i] ?? 0] ?? 0) + 1;
        const weights = follows.map((count) => (count === 0 ? 2 ** -10 : count));
        const own = weights[text[at] ?? 0] ?? 0;
        // sizes are f16
        expect(
          Math.abs((logProbabilities[at - 1] ?? 0) - Math.log(own / weights.reduce((a, b) => a + b))),
        ).toBeLessThan(2e-3);
        expect(ranks[at - 1]).toBe(weights.filter((w, j) => w > own || (w === own && j < (text[at] ?? 0))).length);
      }
    },
  );

  it('gives probabilities that sum to 1, also after what never occurred', async () => {
    const recipe = markovRecipe({ vocabulary: 5, order: 1, levels: 4 });
    const model = await decodeMarkov(recipe, await encodeMarkov(recipe, [0, 1, 0, 1, 2]));
    for (const row of [0, 1, 4]) {
      let total = 0;
      for (let next = 0; next < 5; next++) total += Math.exp(scoreMarkov(model, [row, next]).logProbabilities[0] ?? 0);
      expect(total).toBeCloseTo(1, 6);
    }
    expect(scoreMarkov(model, [4, 3]).logProbabilities[0]).toBeCloseTo(-Math.log(5), 6);
  });

  it('fits better with every order and costs more for it', async () => {
    const of = async (order: number) => {
      const recipe = markovRecipe({ vocabulary: 5, order, levels: 8 });
      const container = await encodeMarkov(recipe, ids);
      const { logProbabilities } = scoreMarkov(await decodeMarkov(recipe, container), ids);
      return { bits: 8 * container.length, loss: -logProbabilities.reduce((a, b) => a + b) / logProbabilities.length };
    };
    const orders = [await of(0), await of(1), await of(2), await of(3)];
    orders.slice(1).forEach(({ bits, loss }, i) => {
      expect(bits).toBeGreaterThan(orders[i]?.bits ?? Infinity);
      expect(loss).toBeLessThan(orders[i]?.loss ?? 0);
    });
  });

  it('is certified like any other code', async () => {
    const recipe = markovRecipe({ vocabulary: 5, order: 1, levels: 8 });
    const long = Int32Array.from({ length: 60_000 }, (_, at) => (at + (at % 11 === 0 ? 1 : 0)) % 5);
    const container = await encodeMarkov(recipe, long);
    const { logProbabilities } = scoreMarkov(await decodeMarkov(recipe, container), long);
    const certificate = await certify({
      logProbabilities: new Uint8Array(logProbabilities.buffer),
      format: 'f32',
      vocabulary: 5,
      code: { bits: 8 * container.length },
      prior: 'self-delimiting',
    });
    expect(certificate.vacuous).toBe(false);
  });

  it('refuses what is no text, no recipe and no code of it', async () => {
    const recipe = markovRecipe({ vocabulary: 5, order: 1, levels: 8 });
    await expect(encodeMarkov(recipe, [1])).rejects.toThrow('the text has 1 ids');
    await expect(encodeMarkov(recipe, [1, 7])).rejects.toThrow('id 1 is 7; expected a whole number below 5');
    expect(() => markovRecipe({ vocabulary: 256, order: 4, levels: 8 })).toThrow('order is 4');
    expect(() => markovRecipe({ vocabulary: 5, order: -1, levels: 8 })).toThrow('order is -1');
    expect(() => markovRecipe({ vocabulary: 5, order: 1, levels: 1 })).toThrow('levels is 1');
    const container = await encodeMarkov(recipe, ids);
    await expect(decodeMarkov({ ...recipe, order: 2 }, container)).rejects.toThrow('the container was written for');
    await expect(decodeMarkov(recipe, container.with(30, 1 ^ (container[30] ?? 0)))).rejects.toThrow('damaged');
    const config = Array.from(container.subarray(5, 13), (byte) => byte.toString(16).padStart(2, '0')).join('');
    const of = (symbols: number, level: number): Uint8Array =>
      encodeContainer({ config, groups: [{ symbols: new Uint8Array(symbols), levels: Float32Array.of(level) }] });
    await expect(decodeMarkov(recipe, of(24, 1))).rejects.toThrow('expected 25 in one');
    await expect(decodeMarkov(recipe, of(25, 0))).rejects.toThrow('count 0 is 0');
  });
});
