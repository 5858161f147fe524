import { treeLeaves } from '@einlab/einsum-core';
import { countParameters, isStructuredMap, type StructuredMap } from '@einlab/nn';
import type { MixtureMap } from '../mixture-map.ts';

/** True for the maps of mixtures. */
export const isMixture = (map: StructuredMap): map is MixtureMap => 'bank' in map && 'router' in map;

/** Numbers of a model that one token uses: all parameters, but of each mixture only k experts and the router. */
export function countActiveParameters(tree: unknown): number {
  return treeLeaves(tree).reduce<number>(
    (total, leaf) =>
      isStructuredMap(leaf) && isMixture(leaf) ? total - leaf.parameterCount + leaf.activeParameterCount : total,
    countParameters(tree),
  );
}
