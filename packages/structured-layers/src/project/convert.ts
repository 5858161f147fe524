import { multiply } from '@einlab/einsum-core';
import { dense, type Linear, type Structure } from '@einlab/nn';
import { type LinearPlace, type LinearSelection, mapLinear } from '../model/map-linear.ts';
import { type ProjectOptions, project } from './project.ts';

/** The dense matrix that a layer multiplies with, its weight normalization and gain included: `f32[in, out]`. */
const weightOf = ({ map, cores, normalized, gain }: Linear) => {
  const weight = map.toDense(normalized ? map.normalize(cores) : cores);
  return gain === undefined ? weight : multiply(weight, gain);
};

/**
 * A layer as an ordinary dense one that computes the same: for inference with few rows, and for programs that know nothing of structures.
 * Bias as it was; gain and normalization become part of the matrix.
 */
export async function mergeToDense(layer: Linear): Promise<Linear> {
  const map = dense().realize(layer.map.in, layer.map.out);
  const weight = weightOf(layer);
  await weight.data();
  const { gain: _merged, ...rest } = layer;
  return { ...rest, map, cores: { weight }, normalized: false };
}

/** Every linear layer of a model merged, or those that are asked for. */
export const mergeModel = <Model extends object>(model: Model, which: LinearSelection = 'all'): Promise<Model> =>
  mapLinear(model, which, ({ layer }) => mergeToDense(layer));

/** How a model's layers are converted. */
export interface ConvertOptions extends ProjectOptions {
  readonly structure: Structure | ((place: LinearPlace) => Structure);
  /** Which layers; default all but the last, which is the head. */
  readonly which?: LinearSelection;
  /** Hears of every layer: its path, and ‖W − Ŵ‖/‖W‖. */
  readonly onProjected?: (path: string, relativeError: number) => void;
}

/**
 * A model with its linear layers replaced by the nearest structured ones, to be trained on. Biases stay; gains and weight normalization become part of
 * the matrix before it is projected, and the new layers have neither.
 *
 * @throws {EinlabError} as `project`, for a layer with NaN and for sizes that the structure cannot take
 */
export function convertModel<Model extends object>(model: Model, options: ConvertOptions): Promise<Model> {
  const { structure, which = 'all-but-last', onProjected } = options;
  return mapLinear(model, which, async (place): Promise<Linear> => {
    const chosen = typeof structure === 'function' ? structure(place) : structure;
    const { map, cores, relativeError } = await project(chosen, weightOf(place.layer), options);
    onProjected?.(place.path, relativeError);
    const { gain: _merged, ...rest } = place.layer;
    return { ...rest, map, cores, normalized: false };
  });
}
