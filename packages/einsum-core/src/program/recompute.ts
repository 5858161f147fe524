import { sizeOf } from '../base/shape.ts';
import { type Expression, load } from '../kernels/expression.ts';
import { loweringOf } from '../primitives/lowerings/index.ts';
import { isFree, isWhole } from './group-roles.ts';
import type { Grouping } from './groups.ts';
import { isInlined } from './inlined.ts';
import { fits, type MemoryNeeds } from './memory-needs.ts';
import { operationCost } from './operation-cost.ts';
import type { StridedGraph, StridedValue } from './strided-graph.ts';

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

/** Of what one loop computes and another reads, stores what is dearer to compute again than to write and read. Changes `stored`. */
export function storeOrRecompute(
  { values }: StridedGraph,
  { roleOf, groups }: Grouping,
  { stored, readers }: MemoryNeeds,
): void {
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
}
