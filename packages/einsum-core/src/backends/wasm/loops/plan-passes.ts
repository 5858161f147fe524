import type { DType } from '../../../base/dtype.ts';
import type { Expression } from '../../../kernels/expression.ts';
import type { LoopKernel, Store } from '../../../kernels/kernel.ts';
import { expressionFacts, type Facts, isRowAccess } from '../../../kernels/expression-facts.ts';

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
  /** The same in a cheaper form, right in rows for which a fold is finite. */
  readonly bounded?: { readonly fold: number; readonly pass: Pass };
}

/** A loop kernel as passes. Loads numbered beyond the kernel's own are `extras`; `reduced` leaves are row slots, folds first. */
export interface PassPlan {
  readonly passes: readonly Pass[];
  readonly slots: number;
  readonly extras: readonly Extra[];
  readonly scratchRows: number;
}

/** Recomputing anything dearer than this in a later pass is worse than a store and a load. */
const RECOMPUTE_LIMIT = 6;

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] extends readonly (infer Item)[] ? Item[] : T[Key] };

/**
 * Splits a kernel into passes: a value that needs a fold of its row comes in the pass after that fold. What is the same
 * in all columns is computed once per row, in front of the pass.
 */
export function planPasses(kernel: LoopKernel): PassPlan {
  const { folds, stores, rowRank } = kernel;
  const facts = expressionFacts(kernel);
  const count = Math.max(0, ...facts.foldLevels, ...stores.map(({ value }) => facts.of(value).level)) + 1;
  const passes = Array.from(
    { length: count },
    (): Mutable<Pass> => ({ rowValues: [], rowStores: [], folds: [], stores: [], scratch: [] }),
  );
  const rewriter = createRewriter(kernel, facts.of, passes);
  const isRowStore = (store: Store): boolean =>
    !store.accumulate && isRowAccess(store, rowRank) && facts.of(store.value).isRow;

  stores.forEach((store, i) => {
    const { level } = facts.of(store.value);
    if (isRowStore(store)) passes[level].rowStores.push({ store: i, value: rewriter.inFrontOf(store.value, level) });
    else passes[level].stores.push({ store: i, value: rewriter.inPass(store.value, level) });
  });
  folds.forEach(({ value }, fold) => {
    const { level } = facts.of(value);
    passes[level].folds.push({ fold, value: rewriter.inPass(value, level) });
  });
  return { passes, ...rewriter.result() };
}

/** Rewrites expressions for the pass they are evaluated in, and notes in `passes` what must have been computed before. */
function createRewriter(
  { loads, folds, stores, rowRank }: LoopKernel,
  factsOf: (node: Expression) => Facts,
  passes: readonly Mutable<Pass>[],
): {
  /** As a pass evaluates it: row values become slots, full values of earlier passes become loads. */
  inPass(node: Expression, pass: number): Expression;
  /** As it is evaluated once per row, in front of a pass. */
  inFrontOf(node: Expression, pass: number): Expression;
  result(): Omit<PassPlan, 'passes'>;
} {
  let slots = folds.length;
  let scratchRows = 0;
  const extras: Extra[] = [];
  const slotOf = new Map<Expression, Expression>();
  const rememberedAs = new Map<Expression, Expression | undefined>();
  const memos = new Map<string, Map<Expression, Expression>>();

  const extraLoad = (extra: Extra, type: DType): Expression => ({
    op: 'load',
    type,
    inputs: [],
    value: loads.length + extras.push(extra) - 1,
  });

  /** A load from where an earlier pass left a full value, or undefined where recomputing is cheaper. */
  const remember = (node: Expression, level: number): Expression | undefined => {
    const stored = stores.findIndex(
      (store) => store.value === node && !store.accumulate && !isRowAccess(store, rowRank),
    );
    if (stored >= 0) return extraLoad({ store: stored }, node.type);
    if (factsOf(node).cost < RECOMPUTE_LIMIT) return undefined;
    const slot = scratchRows++;
    passes[level].scratch.push({ slot, value: rewrite(node, level, false) });
    return extraLoad({ scratch: slot }, node.type);
  };
  const remembered = (node: Expression, level: number): Expression | undefined => {
    if (!rememberedAs.has(node)) rememberedAs.set(node, remember(node, level));
    return rememberedAs.get(node);
  };
  const slotFor = (node: Expression, level: number): Expression => {
    let slot = slotOf.get(node);
    if (slot === undefined) {
      slot = { op: 'reduced', type: node.type, inputs: [], value: slots++ };
      slotOf.set(node, slot);
      passes[level].rowValues.push({ slot: slot.value, value: rewrite(node, level, true) });
    }
    return slot;
  };
  const replacement = (node: Expression, pass: number, rowOnly: boolean): Expression | undefined => {
    if (node.op === 'constant' || node.op === 'reduced') return node;
    if (rowOnly) return undefined;
    const { isRow, level } = factsOf(node);
    if (isRow) return slotFor(node, level);
    return level < pass && node.inputs.length > 0 ? remembered(node, level) : undefined;
  };
  const rewrite = (node: Expression, pass: number, rowOnly: boolean): Expression => {
    const key = `${pass} ${rowOnly}`;
    let memo = memos.get(key);
    if (memo === undefined) memos.set(key, (memo = new Map()));
    let result = memo.get(node);
    if (result !== undefined) return result;
    result = replacement(node, pass, rowOnly);
    if (result === undefined) {
      const inputs = node.inputs.map((input) => rewrite(input, pass, rowOnly));
      result = inputs.every((input, i) => input === node.inputs[i]) ? node : { ...node, inputs };
    }
    memo.set(node, result);
    return result;
  };
  return {
    inPass: (node, pass) => rewrite(node, pass, false),
    inFrontOf: (node, pass) => rewrite(node, pass, true),
    result: () => ({ slots, extras, scratchRows }),
  };
}
