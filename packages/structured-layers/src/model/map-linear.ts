import { EinlabError, isTensor, treeLeaf } from '@einlab/einsum-core';
import { isStructuredMap, type Linear } from '@einlab/nn';

/** A linear layer and where it is: layers are counted in the order in which the model's fields were written. */
export interface LinearPlace {
  /** As in a checkpoint: `blocks.0.mlp.up`. */
  readonly path: string;
  readonly layer: Linear;
  readonly index: number;
  /** How many linear layers the model has. */
  readonly count: number;
}

/**
 * Which linear layers of a model: all, all but the last one (a head), those between the first and the last, or what a function says.
 * First and last mean the order in which fields were written, which is that of a checkpoint.
 */
export type LinearSelection = 'all' | 'all-but-last' | 'intermediate' | ((place: LinearPlace) => boolean);

const isRecord = (node: unknown): node is Readonly<Record<string, unknown>> =>
  typeof node === 'object' && node !== null && !Array.isArray(node) && !isTensor(node) && !(treeLeaf in node);

const isLinear = (node: unknown): node is Linear => isRecord(node) && isStructuredMap(node['map']) && 'cores' in node;

/** The linear layers of a model, in the order of its fields. */
export function linearLayers(model: object): readonly LinearPlace[] {
  const found: { path: string; layer: Linear }[] = [];
  const walk = (node: unknown, path: string): void => {
    if (isLinear(node)) found.push({ path, layer: node });
    else if (Array.isArray(node) || isRecord(node))
      for (const [key, child] of Object.entries(node)) walk(child, joined(path, key));
  };
  walk(model, '');
  return found.map((place, index) => ({ ...place, index, count: found.length }));
}

const joined = (path: string, key: string): string => (path === '' ? `${key}` : `${path}.${key}`);

/** True for the places that a selection names. */
export function isSelected(selection: LinearSelection, place: LinearPlace): boolean {
  if (typeof selection === 'function') return selection(place);
  const isLast = place.index === place.count - 1;
  switch (selection) {
    case 'all':
      return true;
    case 'all-but-last':
      return !isLast;
    case 'intermediate':
      return !isLast && place.index > 0;
    default: {
      const unknown: unknown = selection;
      throw new EinlabError(
        'option',
        `which is ${JSON.stringify(unknown)}; expected all, all-but-last, intermediate, or a function of a layer's place`,
        { which: unknown },
      );
    }
  }
}

/**
 * The model with some of its linear layers replaced; everything else is the same.
 *
 * @param replace - the new layer; called one after the other, in the order of the layers
 */
export async function mapLinear<Model extends object>(
  model: Model,
  which: LinearSelection,
  replace: (place: LinearPlace) => Promise<Linear> | Linear,
): Promise<Model> {
  const replaced = new Map<Linear, Linear>();
  for (const place of linearLayers(model)) {
    // a layer that stands in two places stays one layer
    if (isSelected(which, place) && !replaced.has(place.layer)) replaced.set(place.layer, await replace(place));
  }
  const walk = (node: unknown): unknown => {
    if (isLinear(node)) return replaced.get(node) ?? node;
    if (Array.isArray(node)) return node.map(walk);
    if (isRecord(node)) return Object.fromEntries(Object.entries(node).map(([key, child]) => [key, walk(child)]));
    return node;
  };
  // only linear layers are exchanged, for linear layers
  return walk(model) as Model;
}
