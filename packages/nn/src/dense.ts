import { EinlabError, einsum, treeLeaf } from '@einlab/einsum-core';
import { coreDeviation, coreNamed, coreRates, initializeCores, normalizeCores } from './cores.ts';
import type { CoreShape, Structure, StructuredMap } from './structure.ts';

/**
 * The structure of an ordinary weight matrix: one core `weight` of shape `f32[in, out]`.
 *
 *   y[...batch, out] = Σ_in x[...batch, in] · weight[in, out]
 *
 * @remarks in·out parameters and as many multiply-accumulates, rank min(in, out).
 */
export function dense(): Structure {
  const structure: Structure = {
    [treeLeaf]: true,
    name: 'dense',
    toString: () => 'dense()',
    realize: (inSize, outSize) => denseMap(structure, inSize, outSize),
  };
  return structure;
}

function denseMap(structure: Structure, inSize: number, outSize: number): StructuredMap {
  assertFeatures('dense', inSize, outSize);
  const weight: CoreShape = {
    name: 'weight',
    shape: [inSize, outSize],
    fanIn: inSize,
    fanOut: outSize,
    initialDeviation: coreDeviation(inSize, outSize),
  };
  const cores = [weight];
  return {
    [treeLeaf]: true,
    structure,
    in: inSize,
    out: outSize,
    cores,
    parameterCount: inSize * outSize,
    macs: inSize * outSize,
    activation: 0,
    rank: Math.min(inSize, outSize),
    init: (key, options) => initializeCores(cores, key, options),
    apply: (tensors, x) => einsum('... in, in out -> ... out', x, coreNamed(tensors, 'weight', 'dense')),
    toDense: (tensors) => coreNamed(tensors, 'weight', 'dense'),
    normalize: (tensors) => normalizeCores(cores, tensors),
    rates: (options) => coreRates(cores, { in: inSize, out: outSize }, options),
    toString: () => `dense() ${inSize} → ${outSize}`,
  };
}

/** Refuses numbers of features that are not whole and positive. */
export function assertFeatures(where: string, inSize: number, outSize: number): void {
  for (const [name, size] of [
    ['in', inSize],
    ['out', outSize],
  ] as const) {
    if (!Number.isInteger(size) || size < 1) {
      throw new EinlabError('option', `${where}: ${name} is ${size}; expected a whole number ≥ 1`, { [name]: size });
    }
  }
}
