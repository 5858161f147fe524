import type { IndexedContraction, Lookup } from '../../../kernels/kernel.ts';
import { type SliceSum, sliceSumOf } from '../../../kernels/slice-sum.ts';
import type { FunctionBuilder, Local } from '../emit/function-builder.ts';
import type { ModuleBuilder } from '../emit/module-builder.ts';
import type { ScheduleWishes } from '../gemm/choose-schedule.ts';
import { type EmittedContraction, emitContraction } from '../gemm/emit-contraction.ts';
import { emitPoison, emitSteps, type Walk } from '../gemm/emit-indexed-contraction.ts';
import { advance, offset, times } from '../gemm/flow.ts';
import { emitLookUp } from '../gemm/look-up.ts';
import { addedRows, addsRows, type Slices, slicesOf, tableOf, weigh } from './added-rows.ts';
import { emitNotes, NOTE, type NotePlaces } from './emit-notes.ts';
import { emitFillTable, emitIsAlone } from './emit-row-table.ts';
import { BYTES } from './row-loops.ts';
import { alongSlices, storePiece } from './slice-loops.ts';

const LINE_BYTES = 64;

/** Where the parts of the scratch memory begin. */
interface Layout extends NotePlaces {
  /** The slices of a step, where they are not added at once. */
  readonly slices: number;
  /** The table of a step's rows, and where rows go that nobody reads. */
  readonly table: number;
  readonly nowhere: number;
  /** What a step needs itself. */
  readonly step: number;
  readonly bytes: number;
}

function layoutOf({ outer, summed, lookup }: SliceSum, { count, stride }: Slices, stepBytes: number): Layout {
  const results = outer.reduce((product, { size }) => product * size, 1);
  const terms = summed.reduce((product, { size }) => product * size, results);
  let bytes = 0;
  const place = (length: number): number => {
    const at = bytes;
    bytes += Math.ceil(length / LINE_BYTES) * LINE_BYTES;
    return at;
  };
  const slices = place(BYTES * count * stride);
  const [heads, begun, isShared] = [BYTES * lookup.size, BYTES * results, BYTES].map(place);
  const notes = place(NOTE.bytes * terms);
  const [table, nowhere, step] = [tableOf({ count }).bytes, BYTES * (stride + 4), stepBytes].map(place);
  return { slices, heads, begun, isShared, notes, table, nowhere, step, bytes };
}

/**
 * An indexed contraction whose slices are added up where they belong, as a function of (left, right, indices…, weights, index, out, scratch,
 * tables). Who reads which slice is noted first. Where each slice of a step has one reader or none, the step's tiles are added to the results
 * from registers; else, or where a step has nothing to multiply, its slices go to scratch memory and from there to all who read them. A result is
 * the sum of its slices in their order, and begins with the first of them.
 */
export function emitAddedSlices(
  module: ModuleBuilder,
  kernel: IndexedContraction,
  added: IndexedContraction,
  wishes: ScheduleWishes,
): EmittedContraction {
  const sum = sliceSumOf(added);
  if (sum === undefined) throw new RangeError('what is added to a contraction is no sum of slices');
  const { contraction, offsets, lookups, steps } = kernel;
  const slices = slicesOf(kernel, sum.lookup.stride);
  const step = emitContraction(module, contraction, wishes);
  const rowEnd = addsRows(kernel, slices, wishes) ? addedRows(slices, wishes.relaxed) : undefined;
  const rows = rowEnd === undefined ? undefined : emitContraction(module, contraction, { ...wishes, rowEnd });
  const layout = layoutOf(sum, slices, Math.max(step.scratchBytes, rows?.scratchBytes ?? 0));
  const calls = {
    note: emitNotes(module, added, sum, layout),
    poison: emitPoison(module, contraction),
    add: emitAdd(module, sum.length, slices, wishes.relaxed),
    fill: emitFillTable(module, slices),
  };
  const parameters = new Array<'i32'>(lookups.length + 7).fill('i32');
  const functionIndex = module.addFunction(parameters, (f) => {
    const [left, right] = f.parameters;
    const [weights, index, out, scratch, tables] = f.parameters.slice(-5);
    const start = (base: Local, bytes: number): Local => {
      const local = f.local('i32');
      offset(f, base, bytes, local);
      return local;
    };
    const [nothing, isAlone, isThere] = [f.local('i32'), f.local('i32'), f.local('i32')];
    const at = { slices: start(scratch, layout.slices), table: start(scratch, layout.table) };
    const [nowhere, own] = [start(scratch, layout.nowhere), start(scratch, layout.step)];
    // where results would be stored, the walk passes the heads of the slices
    const heads = start(scratch, layout.heads);
    const walk: Walk = {
      at: { left: start(left, BYTES * offsets[0]), right: start(right, BYTES * offsets[1]), out: heads },
      indices: lookups.map((lookup, i) => start(f.parameters[2 + i], BYTES * lookup.offset)),
      accumulate: f.local('i32'),
    };
    const call = (functionIndex: number, ...locals: readonly Local[]): void => {
      for (const local of locals) f.get(local);
      f.call(functionIndex);
    };
    f.i32(0);
    f.set(nothing);
    call(calls.note, weights, index, out, scratch);
    const passed = steps.map((axis) => ({ ...axis, out: axis.out / slices.stride }));
    emitSteps(f, { steps: passed, lookups }, walk, 0, () => {
      const found = emitOperands(f, lookups, walk, isThere);
      const throughScratch = (): void => {
        f.get(isThere);
        f.if(
          () => call(step.functionIndex, found.left, found.right, at.slices, own, tables),
          () => call(calls.poison, at.slices),
        );
        call(calls.add, heads, at.slices);
      };
      if (rows === undefined) throughScratch();
      else {
        f.i32(1);
        f.set(isAlone);
        f.get(scratch);
        f.load('i32.load', layout.isShared);
        f.if(() => emitIsAlone(f, heads, slices.count, isAlone));
        f.get(isAlone);
        f.get(isThere);
        f.op('i32.and');
        f.if(() => {
          call(calls.fill, heads, at.table, nowhere);
          call(rows.functionIndex, found.left, found.right, nothing, own, tables, at.table);
        }, throughScratch);
      }
      for (const { tensor } of lookups) f.release(found[tensor]);
    });
  });
  return { functionIndex, scratchBytes: layout.bytes, tables: step.tables };
}

/** Where a step's operands are. */
function emitOperands(
  f: FunctionBuilder,
  lookups: readonly Lookup[],
  { at, indices }: Walk,
  isThere: Local,
): Walk['at'] {
  f.i32(1);
  f.set(isThere);
  const found = lookups.map((lookup, i) => [
    lookup.tensor,
    emitLookUp(f, lookup, { index: indices[i], base: at[lookup.tensor], isThere }),
  ]);
  return { ...at, ...Object.fromEntries(found) };
}

/** A function of (heads, slices) that adds each slice of a step where its notes say, and rounds as tiles do. */
function emitAdd(module: ModuleBuilder, length: number, { count, stride }: Slices, relaxed: boolean): number {
  return module.addFunction(['i32', 'i32'], (f) => {
    const [head, row] = f.parameters;
    const [note, out, mark] = [f.local('i32'), f.local('i32'), f.local('i32')];
    const [weight, begun, sum] = [f.local('v128'), f.local('v128'), f.local('v128')];
    const addOne = (): void => {
      loadInto(f, note, 'i32.load', NOTE.out, out);
      loadInto(f, note, 'i32.load', NOTE.begun, mark);
      loadInto(f, note, 'v128.load32_splat', NOTE.weight, weight);
      loadInto(f, mark, 'v128.load32_splat', 0, begun);
      alongSlices(f, length, [row, out], (piece) => {
        const [from, to] = piece.at;
        const load = (at: Local): void => {
          f.get(at);
          f.load(piece.load, piece.offset);
        };
        load(from);
        f.set(sum);
        weigh(f, relaxed, sum, weight, () => {
          load(to);
          f.get(begun);
          f.op('v128.and');
        });
        f.set(sum);
        storePiece(f, piece, to, sum);
      });
      f.get(mark);
      f.i32(-1);
      f.store('i32.store');
    };
    times(f, { constant: count }, () => {
      loadInto(f, head, 'i32.load', 0, note);
      f.get(note);
      f.if(() =>
        f.loop(() => {
          addOne();
          f.get(note);
          f.load('i32.load', NOTE.next);
          f.tee(note);
          f.brIf(0);
        }),
      );
      advance(f, head, BYTES);
      advance(f, row, BYTES * stride);
    });
  });
}

/** to = what is at an address */
function loadInto(
  f: FunctionBuilder,
  address: Local,
  how: 'i32.load' | 'v128.load32_splat',
  offsetBytes: number,
  to: Local,
): void {
  f.get(address);
  f.load(how, offsetBytes);
  f.set(to);
}
