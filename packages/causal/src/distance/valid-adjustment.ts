import { dConnected } from '../graph/d-separation.ts';
import { reach } from '../graph/order.ts';

/**
 * Does adjusting for a set give the effect of `cause` on `effect` in every distribution of a DAG?
 *
 * The complete criterion: no node of the set is, or descends from, a node on a causal path; and the set separates the two once
 * the first edges of the causal paths are taken out.
 *
 * @param edges - `u8[node, node]` of the DAG.
 * @param below - descendants of `cause`, itself included, `u8[node]`.
 * @param isAdjusted - the set, `u8[node]`.
 * @see Shpitser, VanderWeele and Robins 2010; Perković et al. 2018.
 */
export function isValidAdjustment(
  edges: Uint8Array,
  size: number,
  cause: number,
  effect: number,
  below: Uint8Array,
  isAdjusted: Uint8Array,
): boolean {
  if (below[effect] === 0) return dConnected(edges, size, cause, isAdjusted)[effect] === 0;
  const above = reach(edges, size, [effect], true);
  const onPath: number[] = [];
  for (let i = 0; i < size; i++) if (i !== cause && below[i] === 1 && above[i] === 1) onPath.push(i);
  const forbidden = reach(edges, size, onPath);
  for (let i = 0; i < size; i++) if (isAdjusted[i] === 1 && forbidden[i] === 1) return false;
  const backDoor = Uint8Array.from(edges);
  for (const i of onPath) backDoor[cause * size + i] = 0;
  return dConnected(backDoor, size, cause, isAdjusted)[effect] === 0;
}
