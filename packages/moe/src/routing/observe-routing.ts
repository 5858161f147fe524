import { EinlabError, random, type Tensor, treeEntries } from '@einlab/einsum-core';
import { isStructuredMap, type StructuredMap } from '@einlab/nn';
import type { Routing } from './routing.ts';

/** The routing of one layer of a model. */
export interface LayerRouting {
  /** Where the layer is, as in a checkpoint: `blocks.0.attention.query`. */
  readonly path: string;
  readonly routing: Routing;
}

/** What a function gave, and where the tokens went on the way. */
export interface Observed<Value> {
  readonly value: Value;
  /** One for each application of a mixture, in the order in which they were applied. */
  readonly routings: readonly LayerRouting[];
}

interface Observer {
  readonly paths: ReadonlyMap<StructuredMap, string>;
  readonly key: Tensor | undefined;
  readonly routings: LayerRouting[];
}

/** The innermost observation under way. Building a graph is synchronous, so nothing else runs meanwhile. */
let current: Observer | undefined;

/**
 * Calls a function that applies a model, and gives the routing of each of its mixtures beside the function's value. A linear layer
 * returns its result alone; this is where balance losses and measures come from.
 *
 * @param model - the tree that is applied inside, from which layers have their names
 * @param f - builds the graph: synchronous, without awaiting
 * @param options - `key`: randomness for noisy routers, `u32[2]`; each application has its own part of it
 * @throws {EinlabError} `option` when f returns a promise
 * @example `const { value, routings } = observeRouting(model, () => transformer.apply(model, ids))`
 */
export function observeRouting<Value>(
  model: object,
  f: () => Value,
  options: { readonly key?: Tensor } = {},
): Observed<Value> {
  const paths = new Map<StructuredMap, string>();
  for (const [path, leaf] of treeEntries(model))
    if (isStructuredMap(leaf)) paths.set(leaf, path.replace(/\.?map$/, ''));
  const outer = current;
  const own: Observer = { paths, key: options.key, routings: [] };
  current = own;
  try {
    const value = f();
    if (value instanceof Promise)
      throw new EinlabError(
        'option',
        'observeRouting: the function returned a promise; expected one that only builds a graph',
      );
    return { value, routings: own.routings };
  } finally {
    current = outer;
  }
}

/** The name of a layer that is being applied, or the map itself where nobody observes. */
export const layerName = (map: StructuredMap): string => current?.paths.get(map) || `${map}`;

/** Randomness for the next application, where the observer has some. */
export const routingKey = (): Tensor | undefined =>
  current?.key === undefined ? undefined : random.foldIn(current.key, current.routings.length);

/** Tells the observer, if there is one. */
export function reportRouting(map: StructuredMap, routing: Routing): void {
  current?.routings.push({ path: layerName(map), routing });
}
