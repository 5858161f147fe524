import type { IndexedContraction } from '../../../kernels/kernel.ts';
import type { SliceSum } from '../../../kernels/slice-sum.ts';
import type { FunctionBuilder, Local } from '../emit/function-builder.ts';
import type { ModuleBuilder } from '../emit/module-builder.ts';
import { advance, offset } from '../gemm/flow.ts';
import { emitLookUp } from '../gemm/look-up.ts';
import { emitPlace, walkSlices } from './emit-slice-sum.ts';
import { BYTES } from './row-loops.ts';
import { fillWithNaN } from './slice-loops.ts';

/**
 * What is noted of a term of a sum of slices: the next one that reads the same slice, its weight, where its result is, and where it stands
 * whether that was begun; in bytes.
 */
export const NOTE = { next: 0, weight: 4, out: 8, begun: 12, bytes: 16 } as const;

/** Where in scratch memory notes are, and what is known of them, in this order: what begins with zeros, then the notes. */
export interface NotePlaces {
  /** For each slice, the first note of those that read it. */
  readonly heads: number;
  /** For each result, all bits where something was stored there. */
  readonly begun: number;
  /** Not zero where any slice has several readers. */
  readonly isShared: number;
  readonly notes: number;
}

/** A function of (weights, index, out, scratch) that notes for each slice who reads it. Results that read one that is not there are NaN. */
export function emitNotes(
  module: ModuleBuilder,
  { offsets }: IndexedContraction,
  sum: SliceSum,
  places: NotePlaces,
): number {
  const { lookup, outer, summed, length } = sum;
  return module.addFunction(['i32', 'i32', 'i32', 'i32'], (f) => {
    const [weights, index, out, scratch] = f.parameters;
    const place = emitPlace(f, sum, { offsets, left: weights, right: weights, index, out });
    const [heads, begun, note, isThere] = [f.local('i32'), f.local('i32'), f.local('i32'), f.local('i32')];
    offset(f, scratch, places.heads, heads);
    offset(f, scratch, places.begun, begun);
    offset(f, scratch, places.notes, note);
    f.get(heads);
    f.i32(0);
    f.i32(places.notes - places.heads);
    f.memoryFill();
    const noteTerm = (): void => {
      f.i32(1);
      f.set(isThere);
      const head = emitLookUp(f, { size: lookup.size, stride: 1 }, { index: place.index, base: heads, isThere });
      const noteIt = (): void => {
        put(f, note, NOTE.next, () => value(f, head));
        put(f, scratch, places.isShared, () => {
          f.get(scratch);
          f.load('i32.load', places.isShared);
          value(f, head);
          f.op('i32.or');
        });
        put(f, note, NOTE.weight, () => value(f, place.weights));
        put(f, note, NOTE.out, () => f.get(place.out));
        put(f, note, NOTE.begun, () => f.get(begun));
        put(f, head, 0, () => f.get(note));
        advance(f, note, NOTE.bytes);
      };
      const spoil = (): void => {
        fillWithNaN(f, length, place.out);
        put(f, begun, 0, () => f.i32(-1));
      };
      f.get(isThere);
      f.if(noteIt, spoil);
      f.release(head);
    };
    walkSlices(f, outer, place, () => {
      walkSlices(f, summed, place, noteTerm);
      advance(f, begun, BYTES);
    });
  });
}

/** Stores four bytes. */
function put(f: FunctionBuilder, address: Local, at: number, push: () => void): void {
  f.get(address);
  push();
  f.store('i32.store', at);
}

/** The four bytes at an address. */
function value(f: FunctionBuilder, address: Local): void {
  f.get(address);
  f.load('i32.load');
}
