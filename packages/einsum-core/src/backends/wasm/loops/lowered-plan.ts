import type { Expression } from '../../../kernels/expression.ts';
import type { LoopKernel } from '../../../kernels/kernel.ts';
import type { lowerMath } from '../../../kernels/math/lower-math.ts';
import type { Pass, PassPlan } from './plan-passes.ts';
import type * as RowPasses from './row-passes.ts';

/** What writes a plan's functions out. */
export interface LoweringOptions {
  readonly relaxed: boolean;
  /** Writes elementary functions and conversions out; needed for kernels that have such. */
  readonly lowerMath?: typeof lowerMath;
  /** Finds, among other things, exponentials that are at most 1; without it, they are computed like all the rest. */
  readonly rowPasses?: typeof RowPasses;
}

/** The plan with elementary functions written out in machine operations, and with cheaper forms of passes where there are such. */
export function loweredPlan(
  kernel: LoopKernel,
  plan: PassPlan,
  { lowerMath: rewrite, rowPasses, relaxed }: LoweringOptions,
): PassPlan {
  if (rewrite === undefined) return plan;
  const memo = new Map<Expression, Expression>();
  const lower = (pass: Pass, known: Map<Expression, Expression>): Pass => {
    const all = <T extends { readonly value: Expression }>(items: readonly T[]): T[] =>
      items.map((item) => ({ ...item, value: rewrite(item.value, known) }));
    return {
      rowValues: all(pass.rowValues),
      rowStores: all(pass.rowStores),
      folds: all(pass.folds),
      stores: all(pass.stores),
      scratch: all(pass.scratch),
    };
  };
  const passes = plan.passes.map((pass): Pass => {
    const bound = rowPasses?.boundExponentials(kernel, plan, pass, relaxed);
    const plain = lower(pass, memo);
    if (bound === undefined) return plain;
    const forms = [...bound.forms].map(([node, form]) => [node, rewrite(form, memo)] as const);
    return { ...plain, bounded: { fold: bound.fold, pass: lower(pass, new Map(forms)) } };
  });
  return { ...plan, passes };
}
