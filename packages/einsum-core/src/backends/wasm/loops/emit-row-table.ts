import type { FunctionBuilder, Local } from '../emit/function-builder.ts';
import type { ModuleBuilder } from '../emit/module-builder.ts';
import { advance, offset, times } from '../gemm/flow.ts';
import { type Slices, tableOf } from './added-rows.ts';
import { NOTE } from './emit-notes.ts';
import { BYTES } from './row-loops.ts';

/** Sets a local to 1 if no slice from `heads` on has more than one reader, else to 0. */
export function emitIsAlone(f: FunctionBuilder, heads: Local, count: number, isAlone: Local): void {
  const [head, note, others] = [f.local('i32'), f.local('i32'), f.local('i32')];
  f.i32(0);
  f.set(others);
  offset(f, heads, 0, head);
  times(f, { constant: count }, () => {
    f.get(head);
    f.load('i32.load');
    f.tee(note);
    f.if(() => {
      f.get(note);
      f.load('i32.load', NOTE.next);
      f.get(others);
      f.op('i32.or');
      f.set(others);
    });
    advance(f, head, BYTES);
  });
  f.get(others);
  f.i32(0);
  f.op('i32.eq');
  f.set(isAlone);
  for (const local of [head, note, others]) f.release(local);
}

/** A function of (heads, table, nowhere) that writes where the rows of a step go, and marks where they go as begun. */
export function emitFillTable(module: ModuleBuilder, slices: Slices): number {
  const { weights, begun } = tableOf(slices);
  return module.addFunction(['i32', 'i32', 'i32'], (f) => {
    const [head, entry, nowhere] = f.parameters;
    const [note, mark] = [f.local('i32'), f.local('i32')];
    const put = (at: number, value: () => void): void => {
      f.get(entry);
      value();
      f.store('i32.store', at);
    };
    const noted = (field: 'weight' | 'out'): void => {
      f.get(note);
      f.load('i32.load', NOTE[field]);
    };
    times(f, { constant: slices.count }, () => {
      f.get(head);
      f.load('i32.load');
      f.tee(note);
      f.if(
        () => {
          f.get(note);
          f.load('i32.load', NOTE.begun);
          f.set(mark);
          put(0, () => noted('out'));
          put(weights, () => noted('weight'));
          put(begun, () => {
            f.get(mark);
            f.load('i32.load');
          });
          f.get(mark);
          f.i32(-1);
          f.store('i32.store');
        },
        () => {
          put(0, () => f.get(nowhere));
          put(weights, () => f.i32(0));
          put(begun, () => f.i32(0));
        },
      );
      advance(f, head, BYTES);
      advance(f, entry, BYTES);
    });
  });
}
