import type { Graph } from '../graph/graph.ts';
import { closeUnderMeek } from '../graph/meek.ts';
import { reach } from '../graph/order.ts';
import type { CompiledKnowledge } from './knowledge.ts';
import { orientColliders } from './pc.ts';
import { type Settled, settle } from './settle.ts';

/** Knowledge with the directions that interventions show added, and what of these contradicted itself. */
export interface DirectedKnowledge {
  readonly knowledge: CompiledKnowledge;
  readonly dropped: readonly string[];
  /** How many edges interventions directed. */
  readonly directed: number;
}

/**
 * Directs adjacent pairs by what responds to interventions: a variable that does not respond to an intervention on its neighbor is its cause,
 * one that does is its effect. Directions that contradict each other or make a cycle are dropped, and named.
 *
 * @param responds - `i8[node, node]`, see `Candidates`.
 */
export function directByInterventions(
  skeleton: Uint8Array,
  nodes: readonly string[],
  responds: Int8Array,
  knowledge: CompiledKnowledge,
): DirectedKnowledge {
  const d = nodes.length;
  const required = Uint8Array.from(knowledge.required);
  const forbidden = Uint8Array.from(knowledge.forbidden);
  const dropped: string[] = [];
  let directed = 0;
  for (let i = 0; i < d; i++) {
    for (let j = i + 1; j < d; j++) {
      if (skeleton[i * d + j] === 0 || required[i * d + j] === 1 || required[j * d + i] === 1) continue;
      const [onI, onJ] = [responds[i * d + j], responds[j * d + i]];
      const forward = onI === 1 || onJ === -1;
      const backward = onI === -1 || onJ === 1;
      if (forward && backward) {
        dropped.push(
          `interventions do not tell the direction of ${nodes[i]} — ${nodes[j]}: ${onI === onJ && onI === 1 ? 'both respond' : 'neither responds'} to the other`,
        );
        continue;
      }
      if (!forward && !backward) continue;
      const [from, to] = forward ? [i, j] : [j, i];
      if (forbidden[from * d + to] === 1)
        dropped.push(`interventions show ${nodes[from]} → ${nodes[to]}, which knowledge rules out`);
      else if (reach(required, d, [to])[from] === 1)
        dropped.push(
          `interventions show ${nodes[from]} → ${nodes[to]}, which makes a cycle with other edges they show`,
        );
      else {
        required[from * d + to] = 1;
        forbidden[to * d + from] = 1;
        directed++;
      }
    }
  }
  return {
    knowledge: { size: d, required, forbidden, isEmpty: knowledge.isEmpty && directed === 0 },
    dropped,
    directed,
  };
}

/**
 * The constraint-based orientation of DAT-Graph: known directions, colliders by the separating sets, Meek's rules, and a valid graph.
 *
 * @param isCollider - for an absent pair (i, j) and a common neighbor k: was k left out of what separates them?
 */
export function orientByConstraints(
  skeleton: Uint8Array,
  nodes: readonly string[],
  knowledge: CompiledKnowledge,
  isCollider: (i: number, k: number, j: number) => boolean,
): Settled & { readonly pattern: Graph } {
  const edges = skeleton.map((entry, at) => (entry === 1 && knowledge.forbidden[at] === 0 ? 1 : 0));
  orientColliders(edges, nodes.length, knowledge, isCollider);
  closeUnderMeek(edges, nodes.length);
  const pattern: Graph = { kind: 'pdag', nodes, edges };
  return { ...settle(pattern, knowledge), pattern };
}
