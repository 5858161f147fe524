import { property } from '@einlab/testkit';
import * as dotparser from 'dotparser';
import { describe, expect, it } from 'vitest';
import { writeDot } from '../format/dot.ts';
import { xmlEvents } from '../format/xml.ts';
import { cpdagOf } from '../graph/cpdag.ts';
import { dag } from '../graph/dag.ts';
import { directedEdges, directedIndexEdges, edgeCount, undirectedEdges } from '../graph/graph.ts';
import { anyDag } from '../testing/any-dag.test-helper.ts';
import { layersOf } from './layers.ts';
import { graphToSvg } from './svg.ts';

describe('drawings', () => {
  property('are well-formed, with a box for each node and a line for each edge', anyDag(8), (graph) => {
    for (const each of [graph, cpdagOf(graph)]) {
      const opened = xmlEvents('SVG', graphToSvg(each, { scores: new Float64Array(each.edges.length).fill(1) })).filter(
        (event) => event.kind === 'open',
      );
      const count = (name: string): number => opened.filter((event) => event.name === name).length;
      expect(count('g')).toBe(each.nodes.length);
      expect(opened.filter((event) => event.name === 'path' && event.attributes.has('stroke-width'))).toHaveLength(
        edgeCount(each),
      );
      expect(graphToSvg(each)).not.toMatch(/NaN|Infinity|undefined/);
    }
  });

  property('put every cause above its effects, and no two boxes in one place', anyDag(8), (graph) => {
    const { nodes: placed, passes, sizes } = layersOf(graph);
    expect(directedIndexEdges(graph).every(([i, j]) => placed[i].layer < placed[j].layer)).toBe(true);
    // A line that passes layers has a place of its own in each, so nothing lies upon anything.
    const all = [...placed, ...passes.flat()];
    expect(new Set(all.map(({ layer, place }) => `${layer} ${place}`)).size).toBe(all.length);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(all.length);
    directedIndexEdges(graph).forEach(([i, j], at) => {
      const between = Array.from({ length: placed[j].layer - placed[i].layer - 1 }, (_, k) => placed[i].layer + 1 + k);
      expect(passes[at].map(({ layer }) => layer)).toEqual(between);
    });
  });

  it('lead a long edge past the boxes between', () => {
    const svg = graphToSvg(
      dag(
        ['a', 'b', 'c'],
        [
          ['a', 'b'],
          ['b', 'c'],
          ['a', 'c'],
        ],
      ),
    );
    const long = /d="([^"]*)"[^>]*><title>a → c/.exec(svg)?.[1] ?? '';
    const [, left, top, width, height] = (
      /<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)" rx="7"\/><text[^>]*>b</.exec(svg) ?? []
    ).map(Number);
    const points = [...long.matchAll(/([\d.]+) ([\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)] as const);
    expect(points.length).toBeGreaterThan(5);
    const inside = points.filter(([x, y]) => x > left - 2 && x < left + width + 2 && y >= top && y <= top + height);
    expect(inside).toEqual([]);
    expect(points.some(([, y]) => y === top) && points.some(([, y]) => y === top + height)).toBe(true);
  });

  it('tell right, turned, extra and missing edges apart, and escape names', () => {
    const truth = dag(
      ['<a>', 'b', 'c', 'd'],
      [
        ['<a>', 'b'],
        ['b', 'c'],
        ['c', 'd'],
      ],
    );
    const svg = graphToSvg(
      dag(truth.nodes, [
        ['<a>', 'b'],
        ['c', 'b'],
        ['<a>', 'd'],
      ]),
      { truth, label: () => '90 %' },
    );
    for (const verdict of ['right', 'turned', 'extra', 'missing'])
      expect(svg.match(new RegExp(`<path class="${verdict}"`, 'g'))).toHaveLength(1);
    expect(svg).toContain('&#60;a&#62;');
    expect(svg).not.toContain('<a>');
  });
});

/** A statement as that parser sees it, as far as it is looked at here. */
interface Statement {
  readonly type: string;
  readonly attr_list: readonly { readonly id: string; readonly eq: string }[];
  readonly edge_list: readonly { readonly id: string }[];
}

/** What the other parser makes of a text; the package exports its function in more than one way. */
function statementsOf(text: string): readonly Statement[] {
  const read: unknown = 'default' in dotparser ? dotparser.default : dotparser;
  if (typeof read !== 'function') throw new Error('dotparser exports no function');
  return (read(text) as [{ children: Statement[] }])[0].children;
}

describe('DOT', () => {
  property('is read alike by another parser', anyDag(6), (graph) => {
    const cpdag = cpdagOf(graph);
    const edges = statementsOf(writeDot(cpdag)).filter(({ type }) => type === 'edge_stmt');
    expect(edges).toHaveLength(directedEdges(cpdag).length + undirectedEdges(cpdag).length);
    const open = edges.filter((edge) => edge.attr_list.some(({ id, eq }) => id === 'dir' && eq === 'none'));
    expect(open.map((edge) => edge.edge_list.map(({ id }) => String(id)))).toEqual(
      undirectedEdges(cpdag).map((edge) => [...edge]),
    );
  });
});
