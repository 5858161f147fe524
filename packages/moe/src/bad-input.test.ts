import { openDevice, random, setDefaultDevice, tensor, ones } from '@einlab/einsum-core';
import { circulant, sumOf, lowRank } from '@einlab/structured-layers';
import { dense } from '@einlab/nn';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  addRoutingSums,
  balanceBiases,
  bttMoe,
  denseMoe,
  expertChoiceRouter,
  lowRankMoe,
  measureRouting,
  mixtureOf,
  moeMlp,
  moeTransformer,
  observeRouting,
  routingSums,
  topKRouter,
} from './index.ts';
import { adam } from '@einlab/nn';

beforeAll(async () => setDefaultDevice(await openDevice('reference')));

describe('bad input is refused by name, with what was expected', () => {
  it.each([
    [
      () => bttMoe({ experts: 4, k: 5 }),
      'btt-moe: k is 5, but there are 4 experts; expected at most one place per expert, k ≤ 4',
    ],
    [() => bttMoe({ experts: 0 }), 'btt-moe: experts is 0; expected a whole number ≥ 1'],
    [() => denseMoe({ experts: 2.5 }), 'dense-moe: experts is 2.5; expected a whole number ≥ 1'],
    [() => denseMoe({ experts: 4, k: 0 }), 'dense-moe: k is 0; expected a whole number ≥ 1'],
    [
      () => bttMoe({ experts: 4, capacity: { factor: 0, drop: 'last' } }),
      'btt-moe: capacity.factor is 0; expected a number > 0',
    ],
    [
      () => bttMoe({ experts: 4, capacity: { tokens: 0, drop: 'last' } }),
      'btt-moe: capacity.tokens is 0; expected a whole number ≥ 1',
    ],
    [() => bttMoe({ experts: 4, capacity: { drop: 'last' } }), 'btt-moe: capacity has neither factor nor tokens'],
    [
      () => bttMoe({ experts: 4, capacity: { factor: 1, drop: 'first' as 'last' } }),
      'capacity.drop is "first"; expected last, later-choice, lightest',
    ],
    [
      () => bttMoe({ experts: 4, router: expertChoiceRouter(), capacity: { factor: 1, drop: 'last' } }),
      'expertChoiceRouter() gives every expert equally many tokens, so a capacity has nothing to limit',
    ],
    [
      () => bttMoe({ experts: 4, execution: 'fast' as 'auto' }),
      'btt-moe: execution is "fast"; expected auto, masked, gathered',
    ],
    [() => topKRouter({ weights: 'none' as 'all' }), 'topKRouter: weights is "none"; expected chosen or all'],
    [
      () => moeMlp({ experts: 2, activation: 'tanh' as 'gelu' }),
      'moeMlp: activation is "tanh"; expected gelu, relu, silu',
    ],
    [() => balanceBiases(adam({ rate: 1 }), { speed: 0 }), 'balanceBiases: speed is 0; expected a number > 0'],
  ] as const)('%#', (call, message) => {
    expect(call).toThrow(message);
  });

  it.each([
    [
      () => mixtureOf(circulant(), { experts: 2 }).realize(4, 4),
      'circulant() is no chain of einsums, so it cannot hold experts',
    ],
    [() => mixtureOf(sumOf(dense(), lowRank({ rank: 1 })), { experts: 2 }).realize(4, 4), 'so it cannot hold experts'],
    [() => lowRankMoe({ experts: 2, rank: 9 }).realize(4, 8), 'rank is 9, above its maximum 4'],
    [
      () => bttMoe({ experts: 2, split: { input: [2, 2], output: [2, 2] } }).realize(5, 4),
      'holds 4 features, but the map has 5',
    ],
    [() => moeMlp({ experts: 2 }).realize(4, 8), 'moeMlp: asked for 4 → 8 with expansion 4; expected equal sizes'],
    [() => bttMoe({ experts: 2 }).realize(0, 8), 'in is 0; expected a whole number ≥ 1'],
    [() => bttMoe({ experts: 2 }).realize(4, 4).toDense({}), 'a mixture has no dense equivalent'],
    [
      () =>
        bttMoe({ experts: 2 })
          .realize(4, 4)
          .apply({}, ones([3, 5])),
      'x is f32[3, 5]; expected f32[...batch, 4]',
    ],
    [
      () =>
        bttMoe({ experts: 2 })
          .realize(4, 4)
          .apply({}, ones([3, 4])),
      'router: the core "gate" is missing; got none',
    ],
    [
      () =>
        bttMoe({ experts: 2 })
          .realize(4, 4)
          .apply({ gate: ones([4, 3]) }, ones([3, 4])),
      'router: gate is f32[4, 3]; expected f32[in=4, expert=2]',
    ],
  ] as const)('when realized or applied: %#', (call, message) => {
    expect(call).toThrow(message);
  });

  it('names the layer whose router logits are not numbers', async () => {
    const map = bttMoe({ experts: 4 }).realize(4, 4);
    const model = { blocks: [{ query: { map, cores: map.init(random.key(1)) } }] };
    const x = tensor(Float32Array.of(1, 2, Number.NaN, 4), { shape: [1, 4] });
    const { routings } = observeRouting(model, () => map.apply(model.blocks[0]?.query.cores ?? {}, x));
    const totals = await addRoutingSums(routingSums(routings));
    expect(() => measureRouting(totals)).toThrow(
      'moe: the router logits of blocks.0.query add up to NaN; expected finite numbers',
    );
  });

  it('names the context of a model that is given longer sequences', () => {
    const model = moeTransformer.init(random.key(1), {
      vocab: 5,
      context: 4,
      width: 8,
      depth: 1,
      heads: 2,
      experts: moeMlp({ experts: 2 }),
    });
    expect(() => moeTransformer.apply(model, ones([1, 5]))).toThrow('time ≤ 4, the context of the model');
  });
});
