import {
  add,
  concatenate,
  EinlabError,
  einsum,
  isTensor,
  mapTree,
  multiply,
  random,
  reshape,
  slice,
  type Tensor,
  treeEntries,
  zeros,
} from '@einlab/einsum-core';
import type { Transformer } from '@einlab/nn';
import { assertCount } from '../base/check.ts';
import type { Projector } from '../projector/projector.ts';

/** Trained tensors by name: everything that a code has to hold. */
export type Trained = Readonly<Record<string, Tensor>>;

/**
 * How few numbers become a whole model. Everything in the model that is not computed from them comes from a seed, the same bits every time, and
 * costs nothing.
 */
export interface Parametrization {
  /** With its settings: `lora, rank 4`. */
  readonly name: string;
  /** The trained tensors before the first step; f32. */
  readonly start: Trained;
  /** The model of some trained tensors; lazy, and differentiable. */
  build(trained: Trained): Transformer;
}

/** Numbers that are trained. */
export const trainedCount = ({ start }: Parametrization): number =>
  Object.values(start).reduce((total, { size }) => total + size, 0);

/** Names in a tree are joined by dots, names of trained tensors by slashes, so that both can be told apart. */
const nameOf = (path: string): string => path.replaceAll('.', '/');

/** Is it one of the matrices in the blocks of a transformer? Embeddings and normalizations stay as the seed made them. */
export const isBodyCore = (path: string): boolean => path.startsWith('blocks.') && path.includes('.cores.');

/**
 * The tensors of a model themselves, as far as they are selected: dense, or the cores of any structure that the model was made with.
 *
 * @param select - by the path in the model; by default the matrices of the blocks
 */
export function directParameters(
  name: string,
  model: Transformer,
  select: (path: string) => boolean = isBodyCore,
): Parametrization {
  const start = Object.fromEntries(
    treeEntries(model).flatMap(([path, leaf]): [string, Tensor][] =>
      isTensor(leaf) && leaf.dtype === 'f32' && select(path) ? [[nameOf(path), leaf]] : [],
    ),
  );
  if (Object.keys(start).length === 0)
    throw new EinlabError('option', `${name}: no tensor of the model is selected; expected at least one`);
  return {
    name,
    start,
    build: (trained) => mapTree<Transformer>(model, (leaf, path) => trained[nameOf(path)] ?? leaf),
  };
}

/**
 * Low-rank changes of dense matrices: W = W₀ + (scale/rank)·A·B, with W₀ and A from the seed and B = 0 at first.
 *
 * @param model - with dense matrices in the blocks
 * @param options - `rank` of each change; `scale`, default 32
 * @throws {EinlabError} `option` for a model without dense matrices
 * @see Hu et al. 2021, "LoRA: Low-Rank Adaptation of Large Language Models"
 */
export function lowRankChanges(
  model: Transformer,
  key: Tensor,
  options: { readonly rank: number; readonly scale?: number },
): Parametrization {
  const { rank, scale = 32 } = options;
  assertCount('lowRankChanges', 'rank', rank);
  const matrices = treeEntries(model).flatMap(([path, leaf]): [string, Tensor][] =>
    isTensor(leaf) && isBodyCore(path) && path.endsWith('.weight') && leaf.rank === 2 ? [[path, leaf]] : [],
  );
  if (matrices.length === 0)
    throw new EinlabError(
      'option',
      'lowRankChanges: the model has no dense matrices in its blocks; make it with dense()',
    );
  const keys = random.split(key, matrices.length);
  const start: Record<string, Tensor> = {};
  matrices.forEach(([path, { shape }], i) => {
    const [inSize, outSize] = [shape[0] ?? 1, shape[1] ?? 1];
    start[`${nameOf(path)}/a`] = multiply(random.normal(keys[i], [inSize, rank]), 1 / Math.sqrt(inSize));
    start[`${nameOf(path)}/b`] = zeros([rank, outSize]);
  });
  return {
    name: `lora, rank ${rank}`,
    start,
    build: (trained) =>
      mapTree<Transformer>(model, (leaf, path) => {
        const [a, b] = [trained[`${nameOf(path)}/a`], trained[`${nameOf(path)}/b`]];
        if (!isTensor(leaf) || a === undefined || b === undefined) return leaf;
        return add(leaf, multiply(einsum('in rank, rank out -> in out', a, b), scale / rank));
      }),
  };
}

/**
 * Another parametrization whose vectors of tokens are trained too, as they are.
 *
 * @throws {EinlabError} `option` for a model whose tokens are no matrix, or trained already
 */
export function withTokens(inner: Parametrization): Parametrization {
  const [found] = treeEntries(inner.build(inner.start)).flatMap(([path, leaf]): [string, Tensor][] =>
    isTensor(leaf) && path.startsWith('tokens.') && leaf.rank === 2 ? [[path, leaf]] : [],
  );
  if (found === undefined || Object.hasOwn(inner.start, nameOf(found[0])))
    throw new EinlabError('option', `${inner.name}: the vectors of tokens are missing or trained already`);
  const [path, leaf] = found;
  return {
    name: `${inner.name}, with tokens`,
    start: { ...inner.start, [nameOf(path)]: leaf },
    build: (trained) =>
      mapTree<Transformer>(inner.build(trained), (each, at) => (at === path ? (trained[nameOf(path)] ?? each) : each)),
  };
}

/**
 * A random subspace of another parametrization: θ = θ₀ + P·w with w = 0 at first. Of low-rank changes it is SubLoRA.
 *
 * @param projector - with as many rows as `inner` has numbers
 * @throws {EinlabError} `option` when they differ
 * @see Li et al. 2018, "Measuring the Intrinsic Dimension of Objective Landscapes"; Lotfi et al. 2023 for SubLoRA
 */
export function subspace(inner: Parametrization, projector: Projector): Parametrization {
  const entries = Object.entries(inner.start);
  const size = trainedCount(inner);
  if (projector.rows !== size)
    throw new EinlabError(
      'option',
      `subspace: the projector has ${projector.rows} rows; expected ${size}, the numbers of ${inner.name}`,
    );
  return {
    name: `${inner.name}, in ${projector.columns} dimensions (${projector.name})`,
    start: { w: zeros([projector.columns]) },
    build: ({ w }) => {
      if (w === undefined) throw new EinlabError('data', 'subspace: the coordinates "w" are missing');
      const all = add(concatenate(entries.map(([, tensor]) => reshape(tensor, [tensor.size]))), projector.apply(w));
      let at = 0;
      const parts: Record<string, Tensor> = {};
      for (const [name, { shape, size: length }] of entries) {
        parts[name] = reshape(slice(all, [at], [at + length]), shape);
        at += length;
      }
      return inner.build(parts);
    },
  };
}
