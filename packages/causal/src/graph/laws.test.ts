import { describe, expect, it } from 'vitest';
import { structuralHamming } from '../distance/structural-hamming.ts';
import { enumerateDags } from '../testing/enumerate-dags.ts';
import { cpdagOf, interventionalCpdag, vStructures } from './cpdag.ts';
import { isSeparated, isSeparatedByMoralization } from './d-separation.ts';
import { dagsOf } from './equivalence-class.ts';
import { consistentExtension } from './extension.ts';
import { sameGraph } from './graph.ts';
import { meekClosure } from './meek.ts';

const keyOf = (edges: Uint8Array): string => edges.join('');

describe('brute force over all small DAGs', () => {
  it('there are 1, 3, 25 and 543 of 1 to 4 nodes', () => {
    expect([1, 2, 3, 4].map((d) => enumerateDags(d).length)).toEqual([1, 3, 25, 543]);
  });

  it('they fall into 1, 2, 11 and 185 equivalence classes, of the sizes that are known for 4 nodes', () => {
    const classes = [1, 2, 3, 4].map((d) => {
      const sizes = new Map<string, number>();
      for (const graph of enumerateDags(d)) {
        const key = keyOf(cpdagOf(graph).edges);
        sizes.set(key, (sizes.get(key) ?? 0) + 1);
      }
      return sizes;
    });
    expect(classes.map((sizes) => sizes.size)).toEqual([1, 2, 11, 185]);
    expect([...new Set(classes[3]?.values())].sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 6, 8, 10, 24]);
  });

  it('the CPDAG is the union of its class, and the class has one skeleton and one set of v-structures', () => {
    const classes = new Map<string, { union: Uint8Array; members: number; sign: Set<string> }>();
    for (const graph of enumerateDags(4)) {
      const key = keyOf(cpdagOf(graph).edges);
      const entry = classes.get(key) ?? { union: new Uint8Array(16), members: 0, sign: new Set<string>() };
      graph.edges.forEach((edge, i) => {
        if (edge === 1) entry.union[i] = 1;
      });
      entry.members++;
      const adjacent = Array.from(graph.edges, (_, at) => {
        const [i, j] = [Math.floor(at / 4), at % 4];
        return graph.edges[at] === 1 || graph.edges[j * 4 + i] === 1 ? 1 : 0;
      });
      entry.sign.add(`${adjacent.join('')} ${JSON.stringify(vStructures(graph))}`);
      classes.set(key, entry);
    }
    const signs = new Set<string>();
    for (const [key, { union, sign, members }] of classes) {
      expect(keyOf(union)).toBe(key);
      expect(sign.size).toBe(1);
      for (const each of sign) signs.add(each);
      const cpdag = { kind: 'cpdag', nodes: ['a', 'b', 'c', 'd'], edges: union } as const;
      expect(dagsOf(cpdag)).toHaveLength(members);
      expect(sameGraph(meekClosure(cpdag), cpdag)).toBe(true);
    }
    expect(signs.size).toBe(classes.size);
  });

  it('d-separation by reachability and by moralization agree, and are symmetric, for every triple of every DAG', () => {
    let count = 0;
    for (const graph of enumerateDags(4)) {
      for (let x = 0; x < 4; x++) {
        for (let y = 0; y < 4; y++) {
          if (x === y) continue;
          const rest = [0, 1, 2, 3].filter((i) => i !== x && i !== y);
          for (let set = 0; set < 4; set++) {
            const given = rest.filter((_, at) => ((set >> at) & 1) === 1);
            const separated = isSeparated(graph, x, y, given);
            if (separated !== isSeparatedByMoralization(graph, x, y, given)) throw new Error(`${graph.edges} ${given}`);
            if (separated !== isSeparated(graph, y, x, given)) throw new Error(`${graph.edges} ${given}`);
            count++;
          }
        }
      }
    }
    expect(count).toBe(543 * 12 * 4);
  });

  it('an extension of a CPDAG is in its class, so that CPDAG → DAG → CPDAG changes nothing', () => {
    for (const graph of enumerateDags(4)) {
      const cpdag = cpdagOf(graph);
      const extension = consistentExtension(cpdag);
      expect(extension).toBeDefined();
      if (extension !== undefined) expect(structuralHamming(cpdag, cpdagOf(extension))).toBe(0);
    }
  });

  it('reversing a covered edge keeps the CPDAG', () => {
    let count = 0;
    for (const graph of enumerateDags(4)) {
      for (let i = 0; i < 4; i++) {
        for (let j = 0; j < 4; j++) {
          if (graph.edges[i * 4 + j] !== 1) continue;
          const covered = [0, 1, 2, 3].every((k) => k === i || graph.edges[k * 4 + j] === graph.edges[k * 4 + i]);
          if (!covered) continue;
          const edges = Uint8Array.from(graph.edges);
          edges[i * 4 + j] = 0;
          edges[j * 4 + i] = 1;
          count++;
          expect(keyOf(cpdagOf({ ...graph, edges }).edges)).toBe(keyOf(cpdagOf(graph).edges));
        }
      }
    }
    expect(count).toBeGreaterThan(500);
  });

  it('more targets of interventions never leave more DAGs in question', () => {
    for (const graph of enumerateDags(3)) {
      const targets = [[0], [1], [2]];
      const sizes = [0, 1, 2, 3].map((count) => dagsOf(interventionalCpdag(graph, targets.slice(0, count))).length);
      expect(sizes.every((size, at) => at === 0 || size <= sizes[at - 1])).toBe(true);
      expect(sizes[3]).toBe(1);
    }
  });
});
