import type { IndexedContraction } from '../../../kernels/kernel.ts';
import type { SliceBuffer, SliceStep, SliceSum } from '../../../kernels/slice-sum.ts';
import type { FunctionBuilder, Local } from '../emit/function-builder.ts';
import type { ModuleBuilder } from '../emit/module-builder.ts';
import { advance, copy, offset, times } from '../gemm/flow.ts';
import { emitLookUp } from '../gemm/look-up.ts';
import { BYTES, pushAt, repeatFrom, VECTOR_BYTES } from './row-loops.ts';

/** As many slices are added up in one pass, each with a pointer and a weight in registers. */
const MOST_TERMS = 4;

/** Vectors written out in the loop along slices: a line of a cache. */
const VECTORS = 4;

/** Whether `emitSliceSum` is for it. */
export const addsInOnePass = ({ summed }: SliceSum): boolean => {
  const terms = summed.reduce((product, { size }) => product * size, 1);
  return terms > 0 && terms <= MOST_TERMS;
};

/** One of the slices that are added up: how far it is from the place of the step in each buffer, in elements. */
type Term = Pick<SliceStep, 'slices' | 'weights' | 'index'>;

/** The terms of a sum in the order they are added in. */
const termsOf = (summed: readonly SliceStep[]): Term[] =>
  summed.reduce<Term[]>(
    (terms, axis) =>
      terms.flatMap((term) =>
        Array.from({ length: axis.size }, (_, i) => ({
          slices: term.slices + i * axis.slices,
          weights: term.weights + i * axis.weights,
          index: term.index + i * axis.index,
        })),
      ),
    [{ slices: 0, weights: 0, index: 0 }],
  );

const BUFFERS: readonly SliceBuffer[] = ['slices', 'weights', 'index', 'out'];

/** Where each buffer is at a step, before anything is looked up. */
type Place = Readonly<Record<SliceBuffer, Local>>;

/** A slice that was looked up: its address, and its weight in every lane. */
interface Found {
  readonly row: Local;
  readonly weight: Local;
}

/**
 * A sum of slices as a function of (left, right, index, out): the slices of a result are walked along together, so that it is written once.
 * A result of which a slice is not there is NaN. Products are rounded before they are added, as where every step adds to what is stored.
 */
export function emitSliceSum(module: ModuleBuilder, { offsets }: IndexedContraction, sum: SliceSum): number {
  const { lookup, summed, outer, length } = sum;
  return module.addFunction(['i32', 'i32', 'i32', 'i32'], (f) => {
    const [left, right, index, out] = f.parameters;
    const operands = { left: { at: left, first: offsets[0] }, right: { at: right, first: offsets[1] } };
    const start = ({ at, first }: { readonly at: Local; readonly first: number }): Local => {
      const local = f.local('i32');
      offset(f, at, BYTES * first, local);
      return local;
    };
    const place: Place = {
      slices: start(operands[sum.slices]),
      weights: start(operands[sum.weights]),
      index: start({ at: index, first: lookup.offset }),
      out: start({ at: out, first: 0 }),
    };
    const terms = termsOf(summed);
    const walk = ([axis, ...inner]: readonly SliceStep[]): void => {
      if (axis === undefined) return emitResult(f, { lookup, length, terms }, place);
      times(f, { constant: axis.size }, () => {
        walk(inner);
        for (const buffer of BUFFERS) advance(f, place[buffer], BYTES * axis[buffer]);
      });
      for (const buffer of BUFFERS) advance(f, place[buffer], -BYTES * axis.size * axis[buffer]);
    };
    walk(outer);
  });
}

/** One slice of the result. */
function emitResult(
  f: FunctionBuilder,
  { lookup, length, terms }: Pick<SliceSum, 'lookup' | 'length'> & { readonly terms: readonly Term[] },
  place: Place,
): void {
  const isThere = f.local('i32');
  f.i32(1);
  f.set(isThere);
  const rows = terms.map((term): Found => {
    const weight = f.local('v128');
    f.get(place.weights);
    f.load('v128.load32_splat', BYTES * term.weights);
    f.set(weight);
    const row = emitLookUp(f, lookup, { index: place.index, offset: BYTES * term.index, base: place.slices, isThere });
    advance(f, row, BYTES * term.slices);
    return { row, weight };
  });
  f.get(isThere);
  f.if(
    () => addUp(f, length, place.out, rows),
    () => fillWithNaN(f, length, place.out),
  );
  for (const local of [...rows.flatMap(({ row, weight }) => [row, weight]), isThere]) f.release(local);
}

/** out[at] = Σ_term weight · row[at] */
function addUp(f: FunctionBuilder, length: number, out: Local, rows: readonly Found[]): void {
  const [cursor, sum, to] = [f.local('i32'), f.local('v128'), f.local('i32')];
  const from = rows.map(() => f.local('i32'));
  const addresses = (): void => {
    pushAt(f, out, cursor);
    f.set(to);
    rows.forEach(({ row }, i) => {
      pushAt(f, row, cursor);
      f.set(from[i]);
    });
  };
  const add = (at: number, isVector: boolean): void => {
    rows.forEach(({ weight }, i) => {
      f.get(from[i]);
      f.load(isVector ? 'v128.load' : 'v128.load32_zero', at);
      f.get(weight);
      f.op('f32x4.mul');
      if (i > 0) {
        f.get(sum);
        f.op('f32x4.add');
      }
      f.set(sum);
    });
    f.get(to);
    f.get(sum);
    if (isVector) f.store('v128.store', at);
    else f.laneMemory('v128.store32_lane', 0, at);
  };
  const turn = VECTORS * VECTOR_BYTES;
  const turns = Math.floor((BYTES * length) / turn) * turn;
  const vectors = Math.floor((BYTES * length) / VECTOR_BYTES) * VECTOR_BYTES;
  if (turns > 0)
    repeatFrom(f, cursor, { start: 0, end: turns, step: turn }, () => {
      addresses();
      for (let at = 0; at < turn; at += VECTOR_BYTES) add(at, true);
    });
  if (turns < BYTES * length) {
    f.i32(turns);
    f.set(cursor);
    addresses();
    for (let at = turns; at < vectors; at += VECTOR_BYTES) add(at - turns, true);
    for (let at = vectors; at < BYTES * length; at += BYTES) add(at - turns, false);
  }
  for (const local of [cursor, to, ...from, sum]) f.release(local);
}

function fillWithNaN(f: FunctionBuilder, length: number, out: Local): void {
  const to = f.local('i32');
  copy(f, out, to);
  times(f, { constant: length }, () => {
    f.get(to);
    f.f32(Number.NaN);
    f.store('f32.store');
    advance(f, to, BYTES);
  });
  f.release(to);
}
