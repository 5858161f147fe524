import { einsum, reshape } from '@einlab/einsum-core';
import { coreDeviation } from '@einlab/nn';
import { type FactoredStructure, factoredStructure, type Stage } from './factored-map.ts';
import { wholeNumber } from './options.ts';
import { product } from './product.ts';
import { flowRank } from './rank/flow-rank.ts';

/** Options of `butterfly`. */
export interface ButterflyOptions {
  /** Features that a block of a factor mixes; 2 by default. */
  readonly radix?: number;
}

/**
 * A butterfly matrix: a product of log_k n block-sparse factors, each mixing k features that lie k^i apart, as in a fast Fourier
 * transform. n is the smallest power of the radix that holds both sides; features are padded to it.
 *
 *   x seen as X[digit_L, …, digit_1]        each digit of size k
 *   stage i: digit_i is contracted with a k × k matrix of its own for each value of the other digits, and stays in its place
 *
 * @remarks k·n·log_k n parameters and as many multiply-accumulates. Contains the Hadamard matrix exactly. For d → d with d a power of
 *   2 it is a block tensor train of log₂ d cores with digits of 2, up to the order of outputs.
 * @throws {EinlabError} `option` for a radix that is no whole number ≥ 2
 * @see Dao et al. 2019, "Learning fast algorithms for linear transforms using butterfly factorizations"
 */
export function butterfly(options: ButterflyOptions = {}): FactoredStructure {
  const radix = wholeNumber('butterfly', 'radix', options.radix ?? 2, 2);
  return factoredStructure('butterfly', `butterfly({ radix: ${radix} })`, (inSize, outSize, structure) => {
    let levels = 1;
    while (radix ** levels < Math.max(inSize, outSize)) levels++;
    const digits = Array.from({ length: levels }, () => radix);
    const numbered = (prefix: string): string[] => digits.map((_, i) => `${prefix}${levels - i}`);
    const [before, after] = [numbered('in'), numbered('out')];
    // digits are listed slowest first; stage 0 takes the fastest
    const stages = digits.map((_, step): Stage => {
      const at = levels - 1 - step;
      const state = before.map((name, i) => (i > at ? (after[i] ?? '') : name));
      const next = state.with(at, after[at] ?? '');
      const others = state.filter((_name, i) => i !== at);
      const core = [...others, before[at] ?? '', after[at] ?? ''];
      return {
        core: {
          name: `level${step + 1}`,
          shape: core.map(() => radix),
          fanIn: radix,
          fanOut: radix,
          initialDeviation: coreDeviation(radix, radix),
        },
        pattern: `batch ${state.join(' ')}, ${core.join(' ')} -> batch ${next.join(' ')}`,
        input: digits,
        output: digits,
      };
    });
    const operands = stages.map(({ pattern }) => pattern.slice(pattern.indexOf(',') + 1, pattern.indexOf('->')).trim());
    const definition = `${operands.join(', ')} -> ${before.join(' ')} ${after.join(' ')}`;
    const size = product(digits);
    return {
      structure,
      in: inSize,
      out: outSize,
      inputDigits: digits,
      outputDigits: digits,
      stages,
      toDense: (core) => reshape(einsum(definition, ...stages.map((stage) => core(stage.core.name))), [size, size]),
      rank: () => flowRank({ in: inSize, out: outSize, stages }),
    };
  });
}
