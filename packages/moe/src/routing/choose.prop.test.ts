import { describeOnBackends, property } from '@einlab/testkit';
import fc from 'fast-check';
import { expect } from 'vitest';
import { closeOn, matrixOf, rowsOf, useBackend } from '../backend.test-helper.ts';
import { capacityOracle, routingOracle } from '../testing/routing-oracle.ts';
import { keptWithin } from './capacity.ts';
import { firstPlaces, rankExperts, softmaxOfChosen } from './choose.ts';

/** Logits of few values, so that ties are the rule; sizes from a short list, since each is a program of its own. */
const routed = fc
  .constantFrom([1, 1, 1], [5, 3, 2], [7, 4, 4], [9, 8, 1], [16, 5, 3])
  .chain(([tokens = 1, experts = 1, k = 1]) =>
    fc.record({
      k: fc.constant(k),
      experts: fc.constant(experts),
      logits: fc.array(
        fc.array(fc.constantFrom(-1.5, -0, 0, 0.25, 0.25, 2, 1e30), { minLength: experts, maxLength: experts }),
        { minLength: tokens, maxLength: tokens },
      ),
    }),
  );

describeOnBackends('choosing experts', (backend) => {
  useBackend(backend);
  const close = closeOn(backend);
  const runs = backend === 'webgpu' ? 20 : 60;

  property(
    'every token has exactly k distinct experts, also where logits are tied, and they are those of the definition',
    routed,
    async ({ logits, k, experts }) => {
      const scores = matrixOf(logits, experts);
      const ranks = rankExperts(scores, k);
      const gates = softmaxOfChosen(scores, firstPlaces(ranks, k));
      const [places, weights] = [rowsOf(await ranks.data(), experts), rowsOf(await gates.data(), experts)];
      for (const [token, row] of logits.entries()) {
        const oracle = routingOracle(row, token, k);
        expect([...(places[token] ?? [])].sort((a, b) => a - b)).toEqual(row.map((_, i) => i));
        expect(oracle.experts.map((expert) => places[token]?.[expert])).toEqual(oracle.experts.map((_, i) => i));
        close(
          weights[token] ?? [],
          row.map((_, expert) => oracle.weights[oracle.experts.indexOf(expert)] ?? 0),
          { reductionLength: experts },
        );
      }
    },
    { runs },
  );

  property(
    'capacity is respected, and who is kept is who the policy says',
    fc.tuple(routed, fc.constantFrom('last', 'later-choice', 'lightest' as const), fc.constantFrom(1, 2, 4)),
    async ([{ logits, k, experts }, drop, limit]) => {
      const policy = drop as 'last' | 'later-choice' | 'lightest';
      const scores = matrixOf(logits, experts);
      const ranks = rankExperts(scores, k);
      const chosen = firstPlaces(ranks, k);
      const gates = softmaxOfChosen(scores, chosen);
      const kept = keptWithin({ logits: scores, probabilities: gates, chosen, gates, ranks }, limit, policy);
      const [got, weights] = [rowsOf(await kept.data(), experts), rowsOf(await gates.data(), experts)];
      const choices = logits.map((row, token) => routingOracle(row, token, k).experts);
      const oracle = capacityOracle(
        choices,
        // the weights as the device has them: which of two is larger must not hang on a rounding
        choices.map((own, token) => own.map((expert) => weights[token]?.[expert] ?? 0)),
        { limit, drop: policy },
      );
      const expected = choices.map((own, token) =>
        Array.from({ length: experts }, (_, expert) => (oracle[token]?.[own.indexOf(expert)] === true ? 1 : 0)),
      );
      expect(got).toEqual(expected);
      for (let expert = 0; expert < experts; expert++)
        expect(got.reduce((total, row) => total + (row[expert] ?? 0), 0)).toBeLessThanOrEqual(limit);
    },
    { runs: runs / 2 },
  );
});
