import type { Shape } from '@einlab/einsum-core';
import { product } from './product.ts';

/**
 * The digits of a chain of N cores, in the order in which the cores are applied: core i contracts the input digit
 * `input[i]` and produces the output digit `output[i]`. For two cores that is (α, γ) and (φ, ε) in a block tensor
 * train, (α, β) and (δ, ε) in a tensor train.
 */
export interface ChainSplit {
  /** n₁ … n_N; the input is read as X[n_N, …, n₁], so the fastest digit is contracted first. */
  readonly input: Shape;
  /** m₁ … m_N; the output is Y[m₁, …, m_N] of a blocked chain and Y[m_N, …, m₁] of a shared one. */
  readonly output: Shape;
}

/** A chain of cores for a map of given sizes. */
export interface ChainShape extends ChainSplit {
  readonly in: number;
  readonly out: number;
  /** r₁ … r_(N−1), the bonds between neighbors; absent in a Kronecker product, whose cores have no axis for them. */
  readonly bonds?: Shape;
  /**
   * False: a core has a matrix of its own for each value of the digits that it does not touch (block tensor train).
   * True: one matrix serves them all (tensor train).
   */
  readonly shared: boolean;
}

/** Bond i of a chain, counted from 1; the ends have 1. */
const bond = ({ bonds }: ChainShape, i: number): number => bonds?.[i - 1] ?? 1;

/** Elements of the state after each stage but the last: r_i · m₁ ⋯ m_i · n_(i+1) ⋯ n_N. */
export function innerWidths(chain: ChainShape): number[] {
  const { input, output } = chain;
  return input
    .slice(1)
    .map((_, i) => bond(chain, i + 1) * product(output.slice(0, i + 1)) * product(input.slice(i + 1)));
}

/** Exact costs of a chain per input vector. */
export interface ChainCost {
  /** Σ r_(i−1) r_i · m₁ ⋯ m_i · n_i ⋯ n_N */
  readonly macs: number;
  /** The same in a blocked chain, where every entry is used once; Σ r_(i−1) r_i n_i m_i in a shared one. */
  readonly parameters: number;
  /** Elements of the states between stages. */
  readonly activation: number;
}

/** The costs of a chain without building it. */
export function chainCost(chain: ChainShape): ChainCost {
  const { input, output, shared } = chain;
  let [macs, parameters] = [0, 0];
  input.forEach((digit, i) => {
    const matrix = bond(chain, i) * bond(chain, i + 1) * digit * (output[i] ?? 1);
    const stage = matrix * product(output.slice(0, i)) * product(input.slice(i + 1));
    macs += stage;
    parameters += shared ? matrix : stage;
  });
  return { macs, parameters, activation: innerWidths(chain).reduce((total, width) => total + width, 0) };
}
