import { einsum, reshape, treeLeaf } from '@einlab/einsum-core';
import { assertFeatures, coreDeviation } from '@einlab/nn';
import {
  type FactoredMap,
  type FactoredPlan,
  type FactoredStructure,
  factoredMap,
  type Stage,
} from '../factored-map.ts';
import { product } from '../product.ts';
import { chainRank } from '../rank/chain-rank.ts';
import { rankByElimination } from '../rank/generic-rank.ts';
import { assertSizes } from './assert-sizes.ts';
import { cheaperOrder, type EinsumOrder, einsumRankBound } from './einsum-cost.ts';
import { type EinsumSizes, einsumSizes, thetaOfSizes } from './einsum-sizes.ts';
import { checkedTheta, formatTheta, type Theta, thetaNames } from './theta.ts';

/** Options of `einsumStructure`. */
export interface EinsumStructureOptions {
  /** Which factor is contracted with the input first; by default the one with which a map costs less. */
  readonly order?: EinsumOrder;
  /** The sizes of the axes, for maps of one size; by default whole numbers near d^θ. */
  readonly sizes?: EinsumSizes;
  /**
   * Padding of a side that is allowed, as a part of its size. Without it, 0.15, and where small sizes have no digits near d^θ the
   * nearest are taken; with it, digits that are off by more than a factor of 2 are refused.
   */
  readonly maxPadding?: number;
}

/** A realized point of the einsum space: the whole numbers that were chosen, and where they lie. */
export interface EinsumMap extends FactoredMap {
  readonly sizes: EinsumSizes;
  /** The point of the sizes, which is the one asked for up to rounding. */
  readonly theta: Theta;
  readonly order: EinsumOrder;
}

/** A point of the einsum space as a family of maps. */
export interface EinsumStructure extends FactoredStructure {
  readonly theta: Theta;
  realize(inSize: number, outSize: number): EinsumMap;
}

const defaultPadding = 0.15;

/**
 * Any point of the space of two-factor einsum layers. Dense, low-rank, Kronecker, tensor-train, Monarch and block tensor-train maps are
 * points of it (`einsumPoints`).
 *
 *   x seen as X[γ, β, α]
 *   left first    Z[γ, β, ρ, φ, δ] = Σ_α   X[γ, β, α] · left[γ, α, ρ, φ, δ]
 *                 Y[φ, ε, δ]       = Σ_ργβ Z[γ, β, ρ, φ, δ] · right[φ, ρ, γ, β, ε]        y is Y, φ slowest
 *   right first   Z[γ, α, ρ, φ, ε] = Σ_β   X[γ, β, α] · right[γ, β, ρ, φ, ε]
 *                 Y[φ, ε, δ]       = Σ_ργα Z[γ, α, ρ, φ, ε] · left[φ, ρ, γ, α, δ]
 *
 * An axis whose exponent is 0 has size 1 and appears in no shape and no pattern. Both orders give the same map; axes of the cores are
 * arranged for the one that is used. Sizes that d^θ does not give as whole numbers are replaced by near ones whose product is at
 * least d: features are padded with zeros, never dropped, and the realized point is `map.theta`.
 *
 * @param theta - exponents; α + β + γ = 1 and δ + ε + φ = 1 up to 0.01, ρ ≤ min(α, ε) in the cheap order
 * @remarks γφρ(αδ + βε) parameters; φδργβ(α + ε) or φεργα(β + δ) multiply-accumulates.
 * @throws {EinlabError} `option` for a point off the simplex, a ρ above its maximum, and sizes that the padding allowed cannot serve
 * @see Potapczynski, Qiu et al. 2024, "Searching for Efficient Linear Layers over a Continuous Space of Structured Matrices". Departs from
 *   the paper's code, which drops input features where rounded digits do not hold them.
 * @example `einsumStructure({ alpha: 1/2, beta: 0, gamma: 1/2, delta: 0, epsilon: 1/2, phi: 1/2, rho: 0 })`
 */
export function einsumStructure(theta: Theta, options: EinsumStructureOptions = {}): EinsumStructure {
  const point = checkedTheta('einsumStructure', theta);
  const text = textOf(point, options);
  const structure: EinsumStructure = {
    [treeLeaf]: true,
    name: 'einsum',
    theta: point,
    toString: () => text,
    realize(inSize, outSize) {
      assertFeatures(text, inSize, outSize);
      const { maxPadding } = options;
      const digits = { maxPadding: maxPadding ?? defaultPadding, isStrict: maxPadding !== undefined };
      if (options.sizes !== undefined) assertSizes('einsumStructure', options.sizes, inSize, outSize);
      const sizes = options.sizes ?? einsumSizes('einsumStructure', point, inSize, outSize, digits);
      const order = options.order ?? cheaperOrder(sizes);
      const plan = einsumPlan(structure, point, { in: inSize, out: outSize, sizes, order });
      // extended in place: a copy would compute the rank, which waits for its first use
      return Object.assign(factoredMap(plan), { sizes, theta: thetaOfSizes(sizes), order });
    },
  };
  return structure;
}

function textOf(theta: Theta, { order, sizes, maxPadding }: EinsumStructureOptions): string {
  const parts = [
    ...(order === undefined ? [] : [`order: ${order}`]),
    ...(sizes === undefined ? [] : [`sizes: ${thetaNames.map((name) => sizes[name]).join('|')}`]),
    ...(maxPadding === undefined ? [] : [`maxPadding: ${maxPadding}`]),
  ];
  return `einsumStructure(${[formatTheta(theta), ...parts].join(', ')})`;
}

const letters: Readonly<Record<keyof Theta, string>> = {
  alpha: 'α',
  beta: 'β',
  gamma: 'γ',
  delta: 'δ',
  epsilon: 'ε',
  phi: 'φ',
  rho: 'ρ',
};

/** The two stages of a layer in one of the orders. */
function einsumPlan(
  structure: FactoredStructure,
  theta: Theta,
  map: { readonly in: number; readonly out: number; readonly sizes: EinsumSizes; readonly order: EinsumOrder },
): FactoredPlan {
  const { sizes, order } = map;
  type Axes = readonly (keyof Theta)[];
  // an axis that θ leaves out is erased; one that only rounds to 1 stays, so that shapes depend on θ and not on the size
  const kept = (axes: Axes): Axes => axes.filter((axis) => theta[axis] > 0 || sizes[axis] > 1);
  const names = (axes: Axes): string => axes.map((axis) => ` ${letters[axis]}`).join('');
  const shape = (axes: Axes): number[] => axes.map((axis) => sizes[axis]);
  const isLeftFirst = order === 'left-first';
  const [contracted, waiting] = isLeftFirst ? (['alpha', 'beta'] as const) : (['beta', 'alpha'] as const);
  const [made, last] = isLeftFirst ? (['delta', 'epsilon'] as const) : (['epsilon', 'delta'] as const);
  const inputs = kept(['gamma', 'beta', 'alpha']);
  const outputs = kept(['phi', 'epsilon', 'delta']);
  const between = kept(['gamma', waiting, 'rho', 'phi', made]);
  const stage = (name: string, before: Axes, blocks: Axes, summed: Axes, produced: Axes, after: Axes): Stage => {
    const core = kept([...blocks, ...summed, ...produced]);
    const [fanIn, fanOut] = [product(shape(kept(summed))), product(shape(kept(produced)))];
    return {
      core: { name, shape: shape(core), fanIn, fanOut, initialDeviation: coreDeviation(fanIn, fanOut) },
      pattern: `batch${names(before)},${names(core)} -> batch${names(after)}`,
      input: shape(before),
      output: shape(after),
    };
  };
  const [first, second] = isLeftFirst ? (['left', 'right'] as const) : (['right', 'left'] as const);
  const stages = [
    stage(first, inputs, ['gamma'], [contracted], ['rho', 'phi', made], between),
    stage(second, between, ['phi'], ['rho', 'gamma', waiting], [last], outputs),
  ];
  const coreNames = (index: number): string => {
    const { pattern } = stages[index] ?? { pattern: ',->' };
    return pattern.slice(pattern.indexOf(',') + 1, pattern.indexOf('->'));
  };
  const definition = `${coreNames(0)},${coreNames(1)} ->${names([...inputs, ...outputs])}`;
  const [inputDigits, outputDigits] = [shape(inputs), shape(outputs)];
  return {
    structure,
    in: map.in,
    out: map.out,
    inputDigits,
    outputDigits,
    stages,
    toDense: (core) =>
      reshape(einsum(definition, core(first), core(second)), [product(inputDigits), product(outputDigits)]),
    rank: () => einsumRank({ ...map, stages }),
  };
}

/**
 * The rank of the dense equivalent. Without shared digits it is that of a block tensor train, a maximum flow; otherwise it is found by
 * elimination, and for maps too large for that it is the bound of the axes.
 */
function einsumRank(map: {
  readonly in: number;
  readonly out: number;
  readonly sizes: EinsumSizes;
  readonly stages: readonly Stage[];
}): number {
  const { in: inSize, out, sizes, stages } = map;
  const { alpha, beta, gamma, delta, epsilon, phi, rho } = sizes;
  const blocked = (own: number, last: number): number =>
    chainRank({ in: inSize, out, input: [own, gamma], output: [phi, last], bonds: [rho], shared: false });
  if (beta === 1 && delta === 1) return blocked(alpha, epsilon);
  if (alpha === 1 && epsilon === 1) return blocked(beta, delta);
  return rankByElimination({ in: inSize, out, stages }) ?? Math.min(inSize, out, einsumRankBound(sizes));
}
