import { sameShape, sizeOf, type Shape } from '../base/shape.ts';
import { type Expression, load } from '../kernels/expression.ts';
import { commonRefinement } from '../kernels/view.ts';
import { loweringOf } from '../primitives/lowerings/index.ts';
import { isFree, isWhole } from './group-roles.ts';
import type { Grouping } from './groups.ts';
import { isInlined } from './inlined.ts';
import { operationCost } from './operation-cost.ts';
import type { Operand, StridedGraph, StridedValue } from './strided-graph.ts';

/**
 * Operations that recomputing an element may cost. Writing it to memory and reading it back takes about as long as
 * this many, because a training step's activations do not fit the caches.
 */
const RECOMPUTE_LIMIT = 32;

/** Operations of one element of an elementwise value. */
function ownCost(value: StridedValue, values: readonly StridedValue[]): number {
  if (value.work.kind !== 'elementwise') return Number.POSITIVE_INFINITY;
  const lowering = loweringOf(value.work.name);
  if (lowering.kind !== 'elementwise') return Number.POSITIVE_INFINITY;
  const inputs = value.operands.map(({ source }, i): Expression => load(i, values[source].dtype));
  return operationCost(lowering.expression(inputs, value.work.parameters, value));
}

/** What recomputing a value takes: operations per element, and the stored values it starts from. */
interface Recipe {
  readonly cost: number;
  readonly fullLeaves: ReadonlySet<number>;
  readonly rowLeaves: ReadonlySet<number>;
}

/**
 * Which values need memory: inputs, outputs, and what is read by work that is no loop; and of what one loop kernel
 * computes and another reads, only what is dearer to compute again than to write and read.
 */
export function needsMemory({ values, outputs }: StridedGraph, { groupOf, roleOf, groups }: Grouping): boolean[] {
  const stored = values.map((value) => value.work.kind === 'input');
  for (const { source } of outputs) stored[source] = true;
  /** For each value, the groups that could compute it again instead of reading it. */
  const readers = new Map<number, Set<number>>();

  const fits = (axes: Shape, value: StridedValue): boolean => {
    const refined = commonRefinement([axes, value.shape]);
    return refined !== undefined && sameShape(refined, axes);
  };
  const canRecompute = (reader: number, operand: Operand): boolean => {
    const source = values[operand.source];
    const group = groups[groupOf[reader]];
    return (
      group !== undefined &&
      source.work.kind === 'elementwise' &&
      roleOf[operand.source] === 'full' &&
      roleOf[reader] !== 'row' &&
      sizeOf(source.shape) === group.size &&
      isWhole(operand, source) &&
      fits(group.axes, source)
    );
  };

  values.forEach((value, n) => {
    const { kind } = value.work;
    const isLoop = kind === 'elementwise' || kind === 'fold' || kind === 'generated';
    for (const operand of value.operands) {
      const { source } = operand;
      if (isLoop && (isInlined(operand, values[source], value) || (groupOf[n] >= 0 && groupOf[source] === groupOf[n])))
        continue;
      if (!isLoop || groupOf[source] < 0 || !canRecompute(n, operand)) stored[source] = true;
      else readers.set(source, (readers.get(source) ?? new Set()).add(groupOf[n]));
    }
  });

  /** How a value comes about from what is stored; undefined where something on the way cannot be computed element by element. */
  const recipeOf = (n: number, readingGroups: ReadonlySet<number>): Recipe | undefined => {
    const fullLeaves = new Set<number>();
    const rowLeaves = new Set<number>();
    const visited = new Set<number>();
    let cost = 0;
    const visit = (at: number): boolean => {
      if (visited.has(at)) return true;
      visited.add(at);
      cost += ownCost(values[at], values);
      if (!(cost <= RECOMPUTE_LIMIT)) return false;
      return values[at].operands.every((operand) => {
        const { source } = operand;
        if (isInlined(operand, values[source], values[at])) return true;
        const isSmall = sizeOf(values[source].shape) * 8 <= sizeOf(values[n].shape);
        if (isSmall && (stored[source] || roleOf[source] === 'row' || roleOf[source] === 'rowFold')) {
          rowLeaves.add(source);
          return true;
        }
        if (stored[source]) {
          fullLeaves.add(source);
          return true;
        }
        const isElementwise =
          roleOf[source] === 'full' && values[source].work.kind === 'elementwise' && isWhole(operand, values[source]);
        return (
          isElementwise && [...readingGroups].every((id) => fits(groups[id].axes, values[source])) && visit(source)
        );
      });
    };
    return visit(n) ? { cost, fullLeaves, rowLeaves } : undefined;
  };

  for (const [n, readingGroups] of [...readers].sort(([a], [b]) => a - b)) {
    if (stored[n] || isFree(values[n])) continue;
    const recipe = recipeOf(n, readingGroups);
    const loads = recipe === undefined ? Number.POSITIVE_INFINITY : recipe.fullLeaves.size;
    // a store costs about two loads; each reader loads the leaves in place of the value
    const isCheaper = loads * readingGroups.size <= readingGroups.size + 2;
    if (recipe !== undefined && isCheaper) for (const leaf of recipe.rowLeaves) stored[leaf] = true;
    else stored[n] = true;
  }
  return stored;
}
