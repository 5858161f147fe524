import { EinlabError, full, multiply, random, type Tensor, zeros } from '@einlab/einsum-core';
import { type Linear, linear, type Structure } from '@einlab/nn';
import type { DenseProjection, Projection } from './projection.ts';

/** Makes the parameters of a model in the order in which the model is described. */
export interface ParameterMaker {
  /** A linear map inside a block, drawn with the deviation; the maker decides its structure. */
  projection(inSize: number, outSize: number, deviation: number): Projection;
  /** A stored matrix, with a bias of 0 where it is asked for. */
  matrix(inSize: number, outSize: number, deviation: number, bias?: boolean): DenseProjection;
  /** `f32[rows, columns]` */
  table(rows: number, columns: number, deviation: number): Tensor;
  /** `f32[size]`, all of one value. */
  constant(size: number, value: number): Tensor;
}

/** Zeros of the right shapes, which take no memory until they are computed: says which tensors a checkpoint must have. */
export const templateMaker: ParameterMaker = {
  projection: (inSize, outSize) => ({ weight: zeros([outSize, inSize]) }),
  matrix: (inSize, outSize, _deviation, bias = false) => ({
    weight: zeros([outSize, inSize]),
    ...(bias ? { bias: zeros([outSize]) } : {}),
  }),
  table: (rows, columns) => zeros([rows, columns]),
  constant: (size) => zeros([size]),
};

/**
 * Random parameters.
 *
 * @param key - `u32[2]`
 * @param structure - of the maps inside the blocks; default dense matrices, stored as checkpoints have them. The cores of a structure keep the
 *   deviations that it asks for, and its last core is scaled so that the whole map has the size of a dense one
 */
export function randomMaker(key: Tensor, structure?: Structure): ParameterMaker {
  let made = 0;
  const next = (): Tensor => random.foldIn(key, made++);
  const table = (rows: number, columns: number, deviation: number): Tensor =>
    multiply(random.normal(next(), [rows, columns]), deviation);
  const matrix: ParameterMaker['matrix'] = (inSize, outSize, deviation, bias = false) => ({
    weight: table(outSize, inSize, deviation),
    ...(bias ? { bias: zeros([outSize]) } : {}),
  });
  return {
    matrix,
    table,
    constant: (size, value) => full([size], value),
    projection: (inSize, outSize, deviation) =>
      structure === undefined
        ? matrix(inSize, outSize, deviation)
        : structured(next(), { in: inSize, out: outSize, structure }, deviation),
  };
}

/** A structured map of the output size that a dense one of this deviation has: σ·√in for inputs of size 1. */
function structured(
  key: Tensor,
  options: { readonly in: number; readonly out: number; readonly structure: Structure },
  deviation: number,
): Linear {
  const layer = linear.init(key, options);
  const last = layer.map.cores.at(-1)?.name;
  const core = last === undefined ? undefined : layer.cores[last];
  if (last === undefined || core === undefined) {
    throw new EinlabError('option', `the structure ${options.structure} has no cores; expected at least one`);
  }
  // maps are made for outputs of size √min(in, out)/√in
  const own = Math.sqrt(Math.min(options.in, options.out) / options.in);
  return {
    ...layer,
    cores: { ...layer.cores, [last]: multiply(core, (deviation * Math.sqrt(options.in)) / own) },
  };
}
