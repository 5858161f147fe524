import type { Expression } from './expression.ts';
import type { Access, LoopKernel } from './kernel.ts';
import { OPERATION_WEIGHTS } from './operation-weights.ts';

/** What a loop kernel's emitter asks about an expression. */
export interface Facts {
  /** The pass in which the value is known: one more than the last fold it needs. */
  readonly level: number;
  /** The same in all columns of a row. */
  readonly isRow: boolean;
  readonly cost: number;
}

/** True where an access stands still along all columns. */
export const isRowAccess = (access: Access, rowRank: number): boolean =>
  access.strides.slice(rowRank).every((stride) => stride === 0);

/** Facts about the expressions of a kernel, each found once. */
export function expressionFacts({ loads, folds, rowRank }: LoopKernel): {
  of(node: Expression): Facts;
  readonly foldLevels: readonly number[];
} {
  const known = new Map<Expression, Facts>();
  const foldLevels: number[] = [];

  const find = (node: Expression): Facts => {
    switch (node.op) {
      case 'constant':
        return { level: 0, isRow: true, cost: 0 };
      case 'load':
        return { level: 0, isRow: isRowAccess(loads[node.value], rowRank), cost: 0 };
      case 'index':
        return { level: 0, isRow: node.value < rowRank, cost: 0 };
      case 'reduced':
        return { level: foldLevels[node.value] + 1, isRow: true, cost: 0 };
      default: {
        const inputs = node.inputs.map(of);
        return {
          level: Math.max(0, ...inputs.map(({ level }) => level)),
          isRow: inputs.every(({ isRow }) => isRow),
          cost: inputs.reduce((total, { cost }) => total + cost, OPERATION_WEIGHTS[node.op] ?? 1),
        };
      }
    }
  };
  const of = (node: Expression): Facts => {
    let facts = known.get(node);
    if (facts === undefined) known.set(node, (facts = find(node)));
    return facts;
  };
  // a fold refers only to folds before it
  for (const { value } of folds) foldLevels.push(of(value).level);
  return { of, foldLevels };
}
