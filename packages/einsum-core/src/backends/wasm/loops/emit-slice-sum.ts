import type { IndexedContraction } from '../../../kernels/kernel.ts';
import type { SliceBuffer, SliceStep, SliceSum } from '../../../kernels/slice-sum.ts';
import type { FunctionBuilder, Local } from '../emit/function-builder.ts';
import type { ModuleBuilder } from '../emit/module-builder.ts';
import { advance, offset, times } from '../gemm/flow.ts';
import { emitLookUp } from '../gemm/look-up.ts';
import { BYTES } from './row-loops.ts';
import { alongSlices, fillWithNaN, storePiece } from './slice-loops.ts';

/** As many slices are added up in one pass, each with a pointer and a weight in registers. */
const MOST_TERMS = 4;

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

/** A slice that was looked up: its address, and its weight in every lane. */
interface Found {
  readonly row: Local;
  readonly weight: Local;
}

/** Where each buffer is at a step, before anything is looked up. */
export type Place = Readonly<Record<SliceBuffer, Local>>;

/**
 * A sum of slices as a function of (left, right, index, out): the slices of a result are walked along together, so that it is written once.
 * A result of which a slice is not there is NaN. Products are rounded before they are added, as where every step adds to what is stored.
 */
export function emitSliceSum(module: ModuleBuilder, { offsets }: IndexedContraction, sum: SliceSum): number {
  const { lookup, summed, outer, length } = sum;
  return module.addFunction(['i32', 'i32', 'i32', 'i32'], (f) => {
    const [left, right, index, out] = f.parameters;
    const place = emitPlace(f, sum, { offsets, left, right, index, out });
    const terms = termsOf(summed);
    walkSlices(f, outer, place, () => emitResult(f, { lookup, length, terms }, place));
  });
}

/** Locals that hold the beginnings of a sum's buffers. */
export function emitPlace(
  f: FunctionBuilder,
  { slices, weights, lookup }: Pick<SliceSum, 'slices' | 'weights' | 'lookup'>,
  {
    offsets,
    left,
    right,
    index,
    out,
  }: Pick<IndexedContraction, 'offsets'> & Readonly<Record<'left' | 'right' | 'index' | 'out', Local>>,
): Place {
  const operands = { left: { at: left, first: offsets[0] }, right: { at: right, first: offsets[1] } };
  const start = ({ at, first }: { readonly at: Local; readonly first: number }): Local => {
    const local = f.local('i32');
    offset(f, at, BYTES * first, local);
    return local;
  };
  return {
    slices: start(operands[slices]),
    weights: start(operands[weights]),
    index: start({ at: index, first: lookup.offset }),
    out: start({ at: out, first: 0 }),
  };
}

/** Runs `body` at each step of some axes, the last one fastest; the place is back at its start afterwards. */
export function walkSlices(
  f: FunctionBuilder,
  [axis, ...inner]: readonly SliceStep[],
  place: Place,
  body: () => void,
): void {
  if (axis === undefined) return body();
  times(f, { constant: axis.size }, () => {
    walkSlices(f, inner, place, body);
    for (const buffer of BUFFERS) advance(f, place[buffer], BYTES * axis[buffer]);
  });
  for (const buffer of BUFFERS) advance(f, place[buffer], -BYTES * axis.size * axis[buffer]);
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
  const sum = f.local('v128');
  alongSlices(f, length, [out, ...rows.map(({ row }) => row)], (piece) => {
    const [to, ...from] = piece.at;
    rows.forEach(({ weight }, i) => {
      f.get(from[i]);
      f.load(piece.load, piece.offset);
      f.get(weight);
      f.op('f32x4.mul');
      if (i > 0) {
        f.get(sum);
        f.op('f32x4.add');
      }
      f.set(sum);
    });
    storePiece(f, piece, to, sum);
  });
  f.release(sum);
}
