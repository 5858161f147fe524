import { EinlabError, einsum, flip, type Tensor, take, tensor, treeLeaf, window } from '@einlab/einsum-core';
import {
  assertFeatures,
  type CoreShape,
  coreDeviation,
  coreNamed,
  coreRates,
  initializeCores,
  normalizeCores,
  type Structure,
  type StructuredMap,
} from '@einlab/nn';

/** A matrix whose entries depend on the diagonal that they lie on: how many values it has, and which is where. */
interface DiagonalPlan {
  readonly in: number;
  readonly out: number;
  readonly values: number;
  /** The value of row `i`, column `j`. */
  readonly index: (i: number, j: number) => number;
  readonly rank: number;
}

/** Toeplitz: the diagonals themselves. */
function toeplitzPlan(inSize: number, out: number): DiagonalPlan {
  const index = (i: number, j: number): number => j - i + inSize - 1;
  return { in: inSize, out, values: inSize + out - 1, index, rank: Math.min(inSize, out) };
}

/** Circulant: diagonals that are wrapped around the larger side. */
function circulantPlan(inSize: number, out: number): DiagonalPlan {
  const values = Math.max(inSize, out);
  return { in: inSize, out, values, index: (i, j) => (j - i + values) % values, rank: Math.min(inSize, out) };
}

/**
 * A Toeplitz matrix: constant along diagonals, a convolution with a kernel as long as the data.
 *
 *   y[j] = Σ_i x[i] · diagonals[j − i + in − 1]
 *
 * @remarks in + out − 1 parameters. Applied as the dense matrix that it stands for, in·out multiply-accumulates: a transform would need fewer
 *   from some thousand features on, and is not built in.
 */
export function toeplitz(): DiagonalStructure {
  return diagonalStructure('toeplitz', 'diagonals', toeplitzPlan);
}

/**
 * A circulant matrix: every row is the one before, shifted by one and wrapped around. It commutes with shifts, and the discrete Fourier
 * transform makes it diagonal.
 *
 *   y[j] = Σ_i x[i] · first[(j − i) mod n]        n = max(in, out); a rectangular map is the corner of a square one
 *
 * @remarks n parameters. Applied as the dense matrix that it stands for, in·out multiply-accumulates, as `toeplitz`.
 */
export function circulant(): DiagonalStructure {
  return diagonalStructure('circulant', 'first', circulantPlan);
}

/** A map with one value for each diagonal. */
export interface DiagonalMap extends StructuredMap {
  /** Where in the core the entry of row `i`, column `j` is. */
  readonly index: (i: number, j: number) => number;
}

/** A structure of maps with one value for each diagonal. */
export interface DiagonalStructure extends Structure {
  realize(inSize: number, outSize: number): DiagonalMap;
}

function diagonalStructure(
  name: string,
  coreName: string,
  plan: (inSize: number, out: number) => DiagonalPlan,
): DiagonalStructure {
  const structure: DiagonalStructure = {
    [treeLeaf]: true,
    name,
    toString: () => `${name}()`,
    realize(inSize, outSize) {
      assertFeatures(`${name}()`, inSize, outSize);
      return diagonalMap(structure, coreName, plan(inSize, outSize));
    },
  };
  return structure;
}

function diagonalMap(structure: DiagonalStructure, name: string, plan: DiagonalPlan): DiagonalMap {
  const { in: inSize, out, values, index, rank } = plan;
  const shape: CoreShape = {
    name,
    shape: [values],
    fanIn: inSize,
    fanOut: out,
    initialDeviation: coreDeviation(inSize, out),
  };
  const cores = [shape];
  return {
    [treeLeaf]: true,
    structure,
    in: inSize,
    out,
    index,
    cores,
    parameterCount: values,
    macs: inSize * out,
    activation: 0,
    rank,
    init: (key, options) => initializeCores(cores, key, options),
    apply(tensors, x) {
      if (x.shape.at(-1) !== inSize) {
        const message = `${structure}: the input has shape [${x.shape.join(', ')}]; expected [...batch, ${inSize}]`;
        throw new EinlabError('shape', message, { shape: x.shape, in: inSize });
      }
      // y[j] = Σ_k x[in − 1 − k] · line[k + j]: rows are windows of a line, and no matrix is written
      const rows = window(lineOf(coreNamed(tensors, name, `${structure}`), plan), { axes: [0], sizes: [out] });
      return einsum('... row, row out -> ... out', flip(x, -1), rows);
    },
    toDense: (tensors) => byEntries(coreNamed(tensors, name, `${structure}`), plan),
    normalize: (tensors) => normalizeCores(cores, tensors),
    rates: (options) => coreRates(cores, { in: inSize, out }, options),
    toString: () => `${structure} ${inSize} → ${out}`,
  };
}

/** The values that the rows see, from the last row's first one on; a circulant's begin again where they end. */
function lineOf(values: Tensor, { in: inSize, out, index }: DiagonalPlan): Tensor {
  const [length, needed] = [values.shape[0] ?? 0, inSize + out - 1];
  const first = index(inSize - 1, 0);
  return first === 0 && length === needed
    ? values
    : valuesAt(
        values,
        Array.from({ length: needed }, (_, at) => (first + at) % length),
      );
}

/** The definition: entry by entry. */
function byEntries(values: Tensor, { in: inSize, out, index }: DiagonalPlan): Tensor {
  const at = Array.from({ length: inSize * out }, (_, k) => index(Math.floor(k / out), k % out));
  return valuesAt(values, at).reshape([inSize, out]);
}

const valuesAt = (values: Tensor, at: readonly number[]): Tensor => take(values, tensor([...at], { dtype: 'i32' }));
