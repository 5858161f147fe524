import { pushIsFinite } from './bound-exponentials.ts';
import type { LoopState } from './emit-vector.ts';
import { type NextRow, planNextRow, pushIsTaken, startNextRow } from './next-row.ts';
import type * as OneHotEmitter from './one-hot.ts';
import type { Pass } from './plan-passes.ts';
import type { Turn } from './turn.ts';

/** What emits the parts of a row. */
export interface RowParts {
  /** Row values of a pass, in front of it. */
  values(pass: Pass): void;
  /** A walk over the columns, in turns of a given kind or of its own, with what it does for the next row. */
  walk(pass: Pass, turn?: Turn, next?: NextRow): void;
}

/** A pass, apart from a column that is singled out. */
interface Walk {
  readonly pass: Pass;
  readonly hot: OneHotEmitter.OneHot | undefined;
  readonly others: Pass;
}

/** Writes a row of a kernel whose passes have columns singled out, cheaper forms, or something to do for the next row. */
export function rowEmitter(state: LoopState, oneHot: typeof OneHotEmitter | undefined, parts: RowParts): () => void {
  const { f, kernel, plan } = state;
  const find = (pass: Pass): OneHotEmitter.OneHot | undefined => oneHot?.findOneHot(kernel, kernel.loads.length, pass);
  const walks = plan.passes.map((pass): Walk => {
    const hot = find(pass);
    if (hot === undefined) return { pass, hot, others: pass };
    const { bounded } = pass;
    const form = bounded && { ...bounded, pass: find(bounded.pass)?.others ?? bounded.pass };
    return { pass, hot, others: { ...hot.others, ...(form && { bounded: form }) } };
  });
  const ahead = planNextRow(
    kernel,
    walks.map(({ others }) => others),
  );
  return () => {
    // what the row before has found out about this one
    const found = ahead?.first?.folds.map(() => f.local('v128')) ?? [];
    for (const { pass, hot, others } of walks) {
      parts.values(pass);
      const store = hot === undefined ? undefined : oneHot?.emitOneHot(state, hot);
      const isAhead = others === ahead?.pass;
      const turn = isAhead || others === ahead?.first ? ahead.turn : undefined;
      const walk = (form: Pass): void => {
        const next = isAhead ? startNextRow(state, ahead) : undefined;
        parts.walk(form, turn, next);
        next?.finish(found);
      };
      if (others.bounded !== undefined) {
        const { fold, pass: bounded } = others.bounded;
        pushIsFinite(state, fold);
        f.if(
          () => walk(bounded),
          () => walk(others),
        );
      } else if (others === ahead?.first) {
        pushIsTaken(state);
        f.if(
          () => {
            others.folds.forEach(({ fold }, i) => {
              f.get(found[i]);
              f.set(state.slots[fold]);
            });
          },
          () => walk(others),
        );
      } else walk(others);
      store?.();
    }
  };
}
