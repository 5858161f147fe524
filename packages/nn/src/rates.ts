import { EinlabError, isTensor, mapTree, treeEntries } from '@einlab/einsum-core';
import { isStructuredMap } from './counts.ts';
import type { RateOptimizer } from './structure.ts';

/** A tree shaped like a model with a learning-rate multiplier in place of each tensor. */
export type RateTree = Readonly<Record<string, unknown>> | readonly unknown[];

/** What multipliers depend on. */
export interface ModelRateOptions {
  /** Whose update rule the multipliers are for; default `adam`. */
  readonly optimizer?: RateOptimizer;
  /** The model for which the base rate was tuned: a dense one of this width, with the same number of layers. */
  readonly base: { readonly width: number };
  /** The width of this model; default its field `width`. */
  readonly width?: number;
  /** False gives every core the multiplier of a dense layer of its size; default true. */
  readonly aware?: boolean;
}

/**
 * Learning-rate multipliers for every tensor of a model under the maximal update parametrization, so that one base rate serves
 * all widths and structures. Cores of linear layers have the multipliers of their maps, where a layer with k·width inputs
 * has k·base.width inputs in the base model; a layer marked `fixedInput` keeps its inputs. Everything else (embeddings,
 * normalizations, biases, gains) has 1.
 *
 * @param model - a tree of layers
 * @throws {EinlabError} `option` when the model has no width and none is given
 * @see Yang et al. 2022, "Tensor Programs V"; Qiu et al. 2024, "Compute Better Spent"
 */
export function rates(model: object, options: ModelRateOptions): RateTree {
  const width = options.width ?? ('width' in model && typeof model.width === 'number' ? model.width : undefined);
  for (const [name, value] of [
    ['width', width],
    ['base.width', options.base.width],
  ] as const) {
    if (value === undefined || !(value > 0 && Number.isFinite(value))) {
      throw new EinlabError(
        'option',
        `rates: ${name} is ${value ?? 'missing'}; expected a number > 0${name === 'width' ? ' (the model has no field "width": give it as an option)' : ''}`,
        { [name]: value },
      );
    }
  }
  const scale = options.base.width / (width ?? 1);
  const entries = new Map(treeEntries(model));
  const multipliers = new Map<string, number>();
  for (const [path, leaf] of entries) {
    if (!isStructuredMap(leaf)) continue;
    const layer = path.slice(0, -'map'.length);
    const baseIn = entries.get(`${layer}fixedInput`) === true ? leaf.in : leaf.in * scale;
    const ofCores = leaf.rates({ optimizer: options.optimizer ?? 'adam', baseIn, aware: options.aware ?? true });
    for (const [core, rate] of Object.entries(ofCores)) multipliers.set(`${layer}cores.${core}`, rate);
  }
  return mapTree<RateTree>(model, (leaf, path) => (isTensor(leaf) ? (multipliers.get(path) ?? 1) : leaf));
}

/** Rows and columns of the matrices that a parameter holds one behind the other, by the parameter's name. */
export type BlockSizes = Readonly<Record<string, readonly [rows: number, columns: number]>>;

/**
 * The blocks of a model's structured cores, for `muon`: each core of more than two axes is a stack of matrices `fanIn × fanOut`.
 *
 * @returns nothing for cores that are matrices themselves, and for those that are none, such as the diagonals of a circulant
 */
export function coreBlocks(model: object): BlockSizes {
  return Object.fromEntries(
    treeEntries(model).flatMap(([path, leaf]) =>
      isStructuredMap(leaf)
        ? leaf.cores.flatMap(({ name, shape, fanIn, fanOut }): [string, readonly [number, number]][] => {
            const size = shape.reduce((total, each) => total * each, 1);
            return shape.length > 2 && size % (fanIn * fanOut) === 0
              ? [[`${path.slice(0, -'map'.length)}cores.${name}`, [fanIn, fanOut]]]
              : [];
          })
        : [],
    ),
  );
}
