import { isStorage } from '../../../base/dtype.ts';
import type { Expression } from '../../../kernels/expression.ts';
import type { LoopKernel } from '../../../kernels/kernel.ts';
import { isRowAccess } from '../../../kernels/expression-facts.ts';
import type { Pass, PassPlan } from './plan-passes.ts';

/**
 * The same plan with scratch rows put where a later pass will store a row anyway: that memory has to be in the cache for
 * the store, and a scratch row beside it would be one more. A value fits there if no pass after the store's reads it.
 */
export function scratchInStores(kernel: LoopKernel, plan: PassPlan): PassPlan {
  const firstExtra = kernel.loads.length;
  const taken = new Set<number>();
  /** Store that takes the place of each scratch slot. */
  const placeOf = new Map<number, number>();
  const extras = plan.extras.map((extra, n) => {
    if (!('scratch' in extra)) return extra;
    const lastRead = plan.passes.findLastIndex((pass) => valuesOf(pass).some((value) => reads(value, firstExtra + n)));
    const [{ value }] = plan.passes.flatMap(({ scratch }) => scratch.filter(({ slot }) => slot === extra.scratch));
    const store = kernel.stores.findIndex(
      (candidate, i) =>
        !taken.has(i) &&
        !candidate.accumulate &&
        candidate.dtype !== 'bool' &&
        !isStorage(candidate.dtype) && // half a row of lanes
        value.type !== 'bool' &&
        !isRowAccess(candidate, kernel.rowRank) &&
        plan.passes.findIndex(({ stores }) => stores.some((own) => own.store === i)) >= lastRead,
    );
    if (store < 0) return extra;
    taken.add(store);
    placeOf.set(extra.scratch, store);
    return { store };
  });
  const slots = plan.passes.flatMap(({ scratch }) => scratch.map(({ slot }) => slot));
  const kept = slots.filter((slot) => !placeOf.has(slot));
  const passes = plan.passes.map((pass) => ({
    ...pass,
    stores: [
      ...pass.stores,
      ...pass.scratch.flatMap(({ slot, value }) => {
        const store = placeOf.get(slot);
        return store === undefined ? [] : [{ store, value }];
      }),
    ],
    scratch: pass.scratch
      .filter(({ slot }) => !placeOf.has(slot))
      .map(({ slot, value }) => ({ slot: kept.indexOf(slot), value })),
  }));
  return {
    ...plan,
    passes,
    extras: extras.map((extra) => ('scratch' in extra ? { scratch: kept.indexOf(extra.scratch) } : extra)),
    scratchRows: kept.length,
  };
}

const valuesOf = (pass: Pass): Expression[] =>
  [pass.rowValues, pass.rowStores, pass.folds, pass.stores, pass.scratch].flatMap((items) =>
    items.map(({ value }) => value),
  );

/** Whether a value reads the n-th load. */
function reads(root: Expression, n: number): boolean {
  const seen = new Set<Expression>();
  const visit = (node: Expression): boolean => {
    if (seen.has(node)) return false;
    seen.add(node);
    return (node.op === 'load' && node.value === n) || node.inputs.some(visit);
  };
  return visit(root);
}
