import { random, type Tensor } from '@einlab/einsum-core';
import type { Linear, Structure } from '@einlab/nn';
import { type LinearPlace, type LinearSelection, mapLinear } from './map-linear.ts';

/** How linear layers are exchanged. */
export interface ReplaceLinearOptions {
  /** The structure of every layer, or of each by its place. */
  readonly structure: Structure | ((place: LinearPlace) => Structure);
  /** Which layers; default all but the last, which is the head. */
  readonly which?: LinearSelection;
  /** Weight normalization of the new cores; default as the layer had it. */
  readonly normalized?: boolean;
}

/**
 * A model with other structures in its linear layers, freshly initialized. Biases, gains and sizes stay, and a layer that gave 0, such as
 * the end of a residual branch, gives 0 again.
 *
 * @param key - randomness for the new cores; the layer at each place has its own part of it
 * @throws {EinlabError} `option` when a structure cannot take a layer's sizes
 * @example `await replaceLinear(model, random.key(1), { structure: blockTensorTrain() })`
 */
export async function replaceLinear<Model extends object>(
  model: Model,
  key: Tensor,
  options: ReplaceLinearOptions,
): Promise<Model> {
  const { structure, which = 'all-but-last' } = options;
  return mapLinear(model, which, async (place): Promise<Linear> => {
    const { layer, index } = place;
    const chosen = typeof structure === 'function' ? structure(place) : structure;
    const map = chosen.realize(layer.map.in, layer.map.out);
    const cores = map.init(random.foldIn(key, index), { zero: await isZero(layer) });
    return { ...layer, map, cores, normalized: options.normalized ?? layer.normalized };
  });
}

/** Whether the map gives 0 for every input, as its last core says. */
async function isZero({ map, cores }: Linear): Promise<boolean> {
  const last = cores[map.cores.at(-1)?.name ?? ''];
  return last !== undefined && (await last.data()).every((value) => value === 0);
}
