import type { Stage } from '../factored-map.ts';
import { product } from '../product.ts';
import type { RankedStages } from './generic-rank.ts';
import { type FlowEdge, maximumFlow } from './maximum-flow.ts';

const axesOf = (text: string): string[] =>
  text
    .trim()
    .split(/\s+/)
    .filter((name) => name !== 'batch');

/** For each feature on one side of a stage, the block that it belongs to, and how many blocks there are. */
function blocksOf(stage: Stage, side: 'input' | 'output'): { readonly of: Int32Array; readonly count: number } {
  const [operands = '', result = ''] = stage.pattern.split('->');
  const [before = '', core = ''] = operands.split(',');
  const [given, made] = [axesOf(before), axesOf(result)];
  const isBlock = (name: string): boolean => given.includes(name) && made.includes(name) && axesOf(core).includes(name);
  const axes = side === 'input' ? given : made;
  const sizes = stage[side];
  const blocks = given.filter(isBlock);
  const sizeOf = (name: string): number => stage.input[given.indexOf(name)] ?? 1;
  const of = Int32Array.from({ length: product(sizes) }, (_, feature) => {
    let rest = feature;
    const index = new Map<string, number>();
    for (let i = axes.length - 1; i >= 0; i--) {
      const size = sizes[i] ?? 1;
      index.set(axes[i] ?? '', rest % size);
      rest = Math.floor(rest / size);
    }
    return blocks.reduce((at, name) => at * sizeOf(name) + (index.get(name) ?? 0), 0);
  });
  return { of, count: product(blocks.map(sizeOf)) };
}

/**
 * The rank of a chain of stages in which every core entry stands at one place: no axis of a state is missing in the core, so that no
 * matrix is shared. Its minors are sums of different monomials, so the rank is the number of disjoint paths from inputs to outputs, a
 * maximum flow; exact with padding.
 */
export function flowRank({ in: inSize, out, stages }: RankedStages): number {
  const sides = stages.map((stage) => ({ input: blocksOf(stage, 'input'), output: blocksOf(stage, 'output') }));
  const first = sides.map((_, i) => sides.slice(0, i).reduce((total, { input }) => total + input.count, 0));
  const source = sides.reduce((total, { input }) => total + input.count, 0);
  const sink = source + 1;
  const capacities = new Map<string, FlowEdge>();
  const join = (from: number, to: number): void => {
    const name = `${from} ${to}`;
    const capacity = (capacities.get(name)?.capacity ?? 0) + 1;
    capacities.set(name, { from, to, capacity });
  };
  for (let feature = 0; feature < inSize; feature++) join(source, sides[0]?.input.of[feature] ?? 0);
  for (let i = 0; i + 1 < sides.length; i++) {
    const [made, taken] = [sides[i]?.output.of ?? [], sides[i + 1]?.input.of ?? []];
    for (let feature = 0; feature < made.length; feature++)
      join((first[i] ?? 0) + (made[feature] ?? 0), (first[i + 1] ?? 0) + (taken[feature] ?? 0));
  }
  for (let feature = 0; feature < out; feature++)
    join((first.at(-1) ?? 0) + (sides.at(-1)?.output.of[feature] ?? 0), sink);
  return maximumFlow(sink + 1, [...capacities.values()], source, sink);
}
