import type { DType } from '../../../base/dtype.ts';
import type { Expression, ExpressionOp } from '../../../kernels/expression.ts';
import type { Access, LoopKernel, Store } from '../../../kernels/kernel.ts';

/** Where a pass finds a value that an earlier pass computed: in the buffer it was stored to, or in scratch memory. */
export type Extra = { readonly store: number } | { readonly scratch: number };

/** One walk over the columns of a row. */
export interface Pass {
  /** Row values computed in front of it: slot number and expression. */
  readonly rowValues: readonly { readonly slot: number; readonly value: Expression }[];
  /** Row values stored in front of it. */
  readonly rowStores: readonly { readonly store: number; readonly value: Expression }[];
  readonly folds: readonly { readonly fold: number; readonly value: Expression }[];
  readonly stores: readonly { readonly store: number; readonly value: Expression }[];
  readonly scratch: readonly { readonly slot: number; readonly value: Expression }[];
}

/** A loop kernel as passes. Loads numbered beyond the kernel's own are `extras`; `reduced` leaves are row slots, folds first. */
export interface PassPlan {
  readonly passes: readonly Pass[];
  readonly slots: number;
  readonly extras: readonly Extra[];
  readonly scratchRows: number;
}

/** Rough operation counts; recomputing anything dearer than this in a later pass is worse than a store and a load. */
const RECOMPUTE_LIMIT = 6;
const WEIGHTS: Partial<Record<ExpressionOp, number>> = {
  constant: 0, load: 0, index: 0, reduced: 0, divide: 4, sqrt: 4,
  exp: 12, expm1: 14, log: 14, log1p: 16, tanh: 14, sigmoid: 16, erf: 16, sin: 14, cos: 14, power: 30, reciprocalSqrt: 8,
};

interface Facts {
  /** The pass in which the value is known: one more than the last fold it needs. */
  readonly level: number;
  /** The same in all columns of a row. */
  readonly isRow: boolean;
  readonly cost: number;
}

/** True where an access stands still along all columns. */
export const isRowAccess = (access: Access, rowRank: number): boolean => access.strides.slice(rowRank).every((stride) => stride === 0);

/**
 * Splits a kernel into passes: a value that needs a fold of its row comes in the pass after that fold. What is the same
 * in all columns is computed once per row, in front of the pass.
 */
export function planPasses(kernel: LoopKernel): PassPlan {
  const { loads, folds, stores, rowRank } = kernel;
  const facts = new Map<Expression, Facts>();
  const foldLevels: number[] = [];

  const factsOf = (node: Expression): Facts => {
    const known = facts.get(node);
    if (known !== undefined) return known;
    const inputs = node.inputs.map(factsOf);
    const own: Facts =
      node.op === 'constant'
        ? { level: 0, isRow: true, cost: 0 }
        : node.op === 'load'
          ? { level: 0, isRow: isRowAccess(loads[node.value], rowRank), cost: 0 }
          : node.op === 'index'
            ? { level: 0, isRow: node.value < rowRank, cost: 0 }
            : node.op === 'reduced'
              ? { level: foldLevels[node.value] + 1, isRow: true, cost: 0 }
              : {
                  level: Math.max(0, ...inputs.map(({ level }) => level)),
                  isRow: inputs.every(({ isRow }) => isRow),
                  cost: inputs.reduce((total, { cost }) => total + cost, WEIGHTS[node.op] ?? 1),
                };
    facts.set(node, own);
    return own;
  };
  folds.forEach(({ value }) => foldLevels.push(factsOf(value).level));

  const isRowStore = (store: Store): boolean => !store.accumulate && isRowAccess(store, rowRank) && factsOf(store.value).isRow;
  const passCount = Math.max(0, ...foldLevels, ...stores.map((store) => factsOf(store.value).level)) + 1;

  let slots = folds.length;
  const slotOf = new Map<Expression, number>();
  const extras: Extra[] = [];
  const extraOf = new Map<Expression, Expression>();
  let scratchRows = 0;
  const builders = Array.from({ length: passCount }, () => ({
    rowValues: [] as { slot: number; value: Expression }[],
    rowStores: [] as { store: number; value: Expression }[],
    folds: [] as { fold: number; value: Expression }[],
    stores: [] as { store: number; value: Expression }[],
    scratch: [] as { slot: number; value: Expression }[],
  }));

  const extraLoad = (extra: Extra, type: DType): Expression => ({ op: 'load', type, inputs: [], value: loads.length + extras.push(extra) - 1 });
  /** Stands for a full value of an earlier pass: a load from where that pass left it, or undefined where recomputing is cheaper. */
  const remembered = (node: Expression, level: number): Expression | undefined => {
    const known = extraOf.get(node);
    if (known !== undefined) return known;
    const stored = stores.findIndex((store) => store.value === node && !store.accumulate && !isRowAccess(store, rowRank));
    let result: Expression | undefined;
    if (stored >= 0) result = extraLoad({ store: stored }, node.type);
    else if (factsOf(node).cost >= RECOMPUTE_LIMIT) {
      const slot = scratchRows++;
      builders[level].scratch.push({ slot, value: inPass(node, level) });
      result = extraLoad({ scratch: slot }, node.type);
    }
    if (result !== undefined) extraOf.set(node, result);
    return result;
  };

  /** The expression as a pass evaluates it: row values become slots, earlier full values become loads. */
  const rewritten = new Map<string, Map<Expression, Expression>>();
  const rewrite = (node: Expression, pass: number, rowOnly: boolean): Expression => {
    const memoKey = `${pass} ${rowOnly}`;
    let memo = rewritten.get(memoKey);
    if (memo === undefined) rewritten.set(memoKey, (memo = new Map()));
    const known = memo.get(node);
    if (known !== undefined) return known;
    const { isRow, level } = factsOf(node);
    let result: Expression | undefined;
    if (node.op === 'constant' || node.op === 'reduced') result = node;
    else if (!rowOnly && isRow) result = slotFor(node, level);
    else if (!rowOnly && level < pass && node.inputs.length > 0) result = remembered(node, level);
    if (result === undefined) {
      const inputs = node.inputs.map((input) => rewrite(input, pass, rowOnly));
      result = inputs.every((input, i) => input === node.inputs[i]) ? node : { ...node, inputs };
    }
    memo.set(node, result);
    return result;
  };
  const inPass = (node: Expression, pass: number): Expression => rewrite(node, pass, false);
  const slotFor = (node: Expression, level: number): Expression => {
    let slot = slotOf.get(node);
    if (slot === undefined) {
      slot = slots++;
      slotOf.set(node, slot);
      builders[level].rowValues.push({ slot, value: rewrite(node, level, true) });
    }
    return { op: 'reduced', type: node.type, inputs: [], value: slot };
  };

  stores.forEach((store, i) => {
    const { level } = factsOf(store.value);
    if (isRowStore(store)) builders[level].rowStores.push({ store: i, value: rewrite(store.value, level, true) });
    else builders[level].stores.push({ store: i, value: inPass(store.value, level) });
  });
  folds.forEach(({ value }, fold) => {
    const { level } = factsOf(value);
    builders[level].folds.push({ fold, value: inPass(value, level) });
  });
  return { passes: builders, slots, extras, scratchRows };
}
