import { itWithShared, loadGolden } from '@einlab/testkit';
import { describe, expect } from 'vitest';
import { entriesOf, graphOf } from '../testing/shared-data.test-helper.ts';
import { cpdagOf, vStructures } from './cpdag.ts';
import { isSeparated } from './d-separation.ts';
import { dagsOf } from './equivalence-class.ts';
import type { IndexEdge } from './graph.ts';
import { meekClosure } from './meek.ts';

const provenance = 'an independent numpy reference, cross-checked with networkx, gadjid and brute force';

interface DsepCase {
  readonly d: number;
  readonly edges: IndexEdge[];
  readonly queries: (readonly [number, number, number[], boolean])[];
}

interface CpdagCase {
  readonly d: number;
  readonly dag: IndexEdge[];
  readonly cpdag: IndexEdge[];
  readonly v_structures: number[][];
  readonly mec_size: number;
}

interface MeekCases {
  readonly canonical: Record<
    string,
    { d: number; directed: IndexEdge[]; undirected: IndexEdge[]; closed: IndexEdge[] }
  >;
  readonly background_knowledge: { d: number; dag: IndexEdge[]; required: IndexEdge[]; mpdag: IndexEdge[] }[];
}

const sorted = (edges: readonly IndexEdge[]): IndexEdge[] => [...edges].sort((a, b) => a[0] - b[0] || a[1] - b[1]);

describe('golden graphs', () => {
  itWithShared('d-separation answers every stored query', () => {
    const { data } = loadGolden<{ cases: DsepCase[] }>('causal/dsep_cases.json', { provenance });
    let count = 0;
    for (const { d, edges, queries } of data.cases) {
      for (const [x, y, given, separated] of queries) {
        expect(isSeparated(graphOf(d, edges), x, y, given)).toBe(separated);
        count++;
      }
    }
    expect(count).toBeGreaterThan(300);
  });

  itWithShared('cpdagOf gives the stored CPDAGs, v-structures and class sizes', () => {
    const { data } = loadGolden<{ cases: CpdagCase[] }>('causal/cpdag_cases.json', { provenance });
    for (const { d, dag, cpdag, v_structures, mec_size } of data.cases) {
      const graph = graphOf(d, dag, 'dag');
      expect(entriesOf(cpdagOf(graph))).toEqual(sorted(cpdag));
      expect(vStructures(graph).map(([a, c, b]) => [a, c, b])).toEqual(v_structures);
      expect(dagsOf(cpdagOf(graph))).toHaveLength(mec_size);
    }
  });

  itWithShared("Meek's rules close the canonical cases and those with background knowledge", () => {
    const { data } = loadGolden<MeekCases>('causal/meek_cases.json', { provenance });
    for (const { d, directed, undirected, closed } of Object.values(data.canonical)) {
      const both = undirected.flatMap(([i, j]): IndexEdge[] => [
        [i, j],
        [j, i],
      ]);
      expect(entriesOf(meekClosure(graphOf(d, [...directed, ...both])))).toEqual(sorted(closed));
    }
    for (const { d, dag, required, mpdag } of data.background_knowledge) {
      const graph = cpdagOf(graphOf(d, dag, 'dag'));
      for (const [i, j] of required) graph.edges[j * d + i] = 0;
      expect(entriesOf(meekClosure(graph))).toEqual(sorted(mpdag));
    }
  });
});
