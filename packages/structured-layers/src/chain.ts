import { einsum, reshape, type Shape } from '@einlab/einsum-core';
import { coreDeviation, type Structure } from '@einlab/nn';
import type { ChainShape } from './chain-shape.ts';
import type { FactoredPlan, Stage } from './factored-map.ts';
import { product } from './product.ts';
import { chainRank } from './rank/chain-rank.ts';
import { rankByElimination } from './rank/generic-rank.ts';

interface Axis {
  readonly name: string;
  readonly size: number;
}

const names = (axes: readonly Axis[]): string => axes.map(({ name }) => name).join(' ');
const sizes = (axes: readonly Axis[]): number[] => axes.map(({ size }) => size);

/** Axis names: those of the einsum space with two cores, numbered ones with more. */
function axisNames(
  count: number,
  shared: boolean,
): { input: readonly string[]; output: readonly string[]; bonds: readonly string[] } {
  if (count === 2) return { input: ['α', shared ? 'β' : 'γ'], output: [shared ? 'δ' : 'φ', 'ε'], bonds: ['ρ'] };
  const numbered = (name: string): string[] => Array.from({ length: count }, (_, i) => `${name}${i + 1}`);
  return { input: numbered('in'), output: numbered('out'), bonds: numbered('bond') };
}

/** Names of the cores in the order in which they are applied: x · left · right. */
const coreName = (count: number, i: number): string => (count === 2 ? (i === 0 ? 'left' : 'right') : `core${i + 1}`);

/**
 * The stages of a chain of N cores. With n, m, r the sizes of input digits, output digits and bonds, the state before
 * stage i has axes (n_N … n_i, m₁ … m_(i−2), r_(i−1), m_(i−1)), and
 *
 *   core i  (blocked)  f32[m₁ … m_(i−1), n_N … n_(i+1), r_(i−1), n_i, r_i, m_i]
 *           (shared)   f32[r_(i−1), n_i, r_i, m_i]
 *
 * so that its contracted axes and its produced axes are neighbors, and each block is a row-major matrix. Bonds come
 * before digits, because a short axis in the fastest place makes the contractions of the derivative slow.
 */
export function chainPlan(structure: Structure, chain: ChainShape): FactoredPlan {
  const { shared, bonds, in: inSize, out: outSize } = chain;
  const count = chain.input.length;
  const named = axisNames(count, shared);
  const axes = (list: readonly string[], values: Shape): Axis[] =>
    values.map((size, i) => ({ name: list[i] ?? '', size }));
  const inputs = axes(named.input, chain.input);
  const outputs = axes(named.output, chain.output);
  const links = axes(named.bonds, bonds ?? []);
  const bondBefore = (i: number): Axis[] => links.slice(Math.max(0, i - 1), i);
  const bondAfter = (i: number): Axis[] => links.slice(i, i + 1);
  const outputOrder = shared ? outputs.toReversed() : outputs;

  const stages = inputs.map((own, i): Stage => {
    const waiting = inputs.slice(i + 1).toReversed();
    const done = outputs.slice(0, i);
    const made = outputs.slice(i, i + 1);
    const contracted = [...bondBefore(i), own];
    const produced = [...bondAfter(i), ...made];
    const core = [...(shared ? [] : [...done, ...waiting]), ...contracted, ...produced];
    const before =
      i === 0 ? [...waiting, own] : [...waiting, own, ...done.slice(0, -1), ...bondBefore(i), ...done.slice(-1)];
    const after = i === count - 1 ? outputOrder : [...waiting, ...done, ...produced];
    const [fanIn, fanOut] = [product(sizes(contracted)), product(sizes(produced))];
    return {
      core: {
        name: coreName(count, i),
        shape: sizes(core),
        fanIn,
        fanOut,
        initialDeviation: coreDeviation(fanIn, fanOut),
      },
      pattern: `batch ${names(before)}, ${names(core)} -> batch ${names(after)}`,
      input: sizes(before),
      output: sizes(after),
    };
  });

  const inputOrder = inputs.toReversed();
  const operands = stages.map(({ pattern }) => pattern.slice(pattern.indexOf(',') + 1, pattern.indexOf('->')).trim());
  const definition = `${operands.join(', ')} -> ${names(inputOrder)} ${names(outputOrder)}`;
  const [inputDigits, outputDigits] = [sizes(inputOrder), sizes(outputOrder)];
  return {
    structure,
    in: inSize,
    out: outSize,
    inputDigits,
    outputDigits,
    stages,
    chain,
    toDense: (core) =>
      reshape(einsum(definition, ...stages.map((stage) => core(stage.core.name))), [
        product(inputDigits),
        product(outputDigits),
      ]),
    // only where digits are shared through bonds is the rank of the chain's formula a bound
    rank: () =>
      (shared && product(bonds ?? []) > 1 ? rankByElimination({ in: inSize, out: outSize, stages }) : undefined) ??
      chainRank(chain),
  };
}
