import { add, EinlabError, type Tensor, treeLeaf } from '@einlab/einsum-core';
import {
  assertFeatures,
  type CoreShape,
  type Cores,
  coreNamed,
  coreRates,
  initializeCores,
  normalizeCores,
  type Structure,
  type StructuredMap,
} from '@einlab/nn';

/** A map that is a sum of maps. */
export interface SumMap extends StructuredMap {
  readonly terms: readonly StructuredMap[];
  /** The cores of a term under the names that they have there. */
  coresOf(cores: Cores, term: number): Cores;
}

/** A structure of sums. */
export interface SumStructure extends Structure {
  readonly terms: readonly Structure[];
  realize(inSize: number, outSize: number): SumMap;
}

/** Cores of term t are called `term1-left`, `term2-left`, …: a dot would be read as a path in a checkpoint. */
const termName = (term: number, name: string): string => `term${term + 1}-${name}`;

/**
 * A sum of structured maps, such as a block tensor train and a low-rank matrix.
 *
 *   y = Σ_t term_t(x)
 *
 * Each term starts at 1/√T of its own size, so that the sum of T terms starts at the size of one; learning rates are divided by all cores of
 * the sum, since all of their changes add up.
 *
 * @param terms - two structures or more; the second and later ones get core names of their own
 * @remarks Parameters and multiply-accumulates are those of the terms together. `rank` is min(in, out, Σ ranks), reached whenever terms are
 *   independent and all but one of them can move in any direction (low-rank, dense), and an upper bound otherwise.
 * @throws {EinlabError} `option` for fewer than two terms
 * @example `sumOf(blockTensorTrain(), lowRank({ rank: 4 }))`
 */
export function sumOf(...terms: readonly Structure[]): SumStructure {
  if (terms.length < 2) {
    throw new EinlabError('option', `sumOf: got ${terms.length} terms; expected two or more`, { terms: terms.length });
  }
  const structure: SumStructure = {
    [treeLeaf]: true,
    name: 'sum',
    terms,
    toString: () => `sumOf(${terms.join(', ')})`,
    realize(inSize, outSize) {
      assertFeatures('sumOf', inSize, outSize);
      return sumMap(
        structure,
        terms.map((term) => term.realize(inSize, outSize)),
        { in: inSize, out: outSize },
      );
    },
  };
  return structure;
}

function sumMap(
  structure: SumStructure,
  terms: readonly StructuredMap[],
  sizes: { readonly in: number; readonly out: number },
): SumMap {
  const share = 1 / Math.sqrt(terms.length);
  const coresOfTerm = terms.map(({ cores }, term) =>
    cores.map(
      (core, i): CoreShape => ({
        ...core,
        name: termName(term, core.name),
        initialDeviation: core.initialDeviation * (i === cores.length - 1 ? share : 1),
      }),
    ),
  );
  const cores = coresOfTerm.flat();
  const coresOf = (given: Cores, term: number): Cores =>
    Object.fromEntries(
      (terms[term]?.cores ?? []).map(({ name }): [string, Tensor] => [
        name,
        coreNamed(given, termName(term, name), `${structure}`),
      ]),
    );
  const total = (of: (map: StructuredMap) => number): number => terms.reduce((sum, map) => sum + of(map), 0);
  const added = (of: (map: StructuredMap, own: Cores) => Tensor, given: Cores): Tensor =>
    terms.map((map, term) => of(map, coresOf(given, term))).reduce((sum, each) => add(sum, each));
  return {
    [treeLeaf]: true,
    structure,
    ...sizes,
    terms,
    coresOf,
    cores,
    parameterCount: total((map) => map.parameterCount),
    macs: total((map) => map.macs),
    activation: total((map) => map.activation),
    get rank() {
      return Math.min(
        sizes.in,
        sizes.out,
        total((map) => map.rank),
      );
    },
    init(key, options) {
      const drawn = initializeCores(cores, key);
      if (options?.zero !== true) return drawn;
      // a sum is 0 when the last core of every term is
      const zeroed = coresOfTerm.map((own) => initializeCores(own.slice(-1), key, { zero: true }));
      return Object.assign({}, drawn, ...zeroed);
    },
    apply: (given, x) => added((map, own) => map.apply(own, x), given),
    toDense: (given) => added((map, own) => map.toDense(own), given),
    normalize: (given) => normalizeCores(cores, given),
    rates: (options) => coreRates(cores, sizes, options),
    toString: () => `${structure} ${sizes.in} → ${sizes.out}`,
  };
}
