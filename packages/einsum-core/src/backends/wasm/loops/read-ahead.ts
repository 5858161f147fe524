import { internNodes } from '../../../kernels/expression-graph.ts';
import type { LoopKernel } from '../../../kernels/kernel.ts';
import type { FunctionBuilder, Local } from '../emit/function-builder.ts';
import type { Pass, PassPlan } from './plan-passes.ts';
import { BYTES } from './row-loops.ts';

/** What the longest pass over a row touches of the next one, so that it comes from memory while there is arithmetic to do. */
export interface ReadAhead {
  readonly pass: Pass;
  /** Loads that walk along the row, and how many bytes their next row is away. */
  readonly loads: readonly { readonly load: number; readonly bytes: number }[];
}

/** Rows together longer than this would drive each other out of the first-level cache; shorter ones are fetched anyway. */
const MOST_BYTES = 16 * 1024;
const LEAST_BYTES = 512;

/** Bytes that memory delivers at once. */
const LINE_BYTES = 64;

/**
 * The pass that reads ahead. The first pass waits for memory, and while later ones compute nothing would be fetched:
 * a processor fetches ahead only along what is being read.
 */
export function planReadAhead({ axes, rowRank, loads }: LoopKernel, { passes }: PassPlan): ReadAhead | undefined {
  const last = axes.length - 1;
  const rowBytes = axes[last] * BYTES;
  if (rowRank !== last || last === 0 || axes[last - 1] < 2 || rowBytes < LEAST_BYTES) return undefined;
  const walked = loads.flatMap(({ dtype, strides }, load) =>
    dtype === 'f32' && strides[last] === 1 && strides[last - 1] !== 0
      ? [{ load, bytes: strides[last - 1] * BYTES }]
      : [],
  );
  const later = passes
    .slice(1)
    .filter(({ folds, stores, scratch }) => folds.length + stores.length + scratch.length > 0);
  if (walked.length === 0 || walked.length * rowBytes > MOST_BYTES || later.length === 0) return undefined;
  const work = ({ folds, stores, scratch }: Pass): number =>
    internNodes([...folds, ...stores, ...scratch].map(({ value }) => value)).nodes.length;
  return { pass: later.reduce((most, pass) => (work(pass) > work(most) ? pass : most)), loads: walked };
}

/** The addresses of the next rows, or of the last ones themselves: nothing is read beyond an operand. */
export function startReadAhead(
  f: FunctionBuilder,
  { loads }: ReadAhead,
  { pointers, row, rows }: { readonly pointers: readonly Local[]; readonly row: Local; readonly rows: number },
): Local[] {
  return loads.map(({ load, bytes }) => {
    const next = f.local('i32');
    f.get(row);
    f.i32(rows - 1);
    f.op('i32.lt_u');
    f.i32(bytes);
    f.op('i32.mul');
    f.get(pointers[load]);
    f.op('i32.add');
    f.set(next);
    return next;
  });
}

/** Reads a word of each line of the next rows that a turn of so many bytes walks over, from the cursor on. */
export function readAhead(f: FunctionBuilder, nextRows: readonly Local[], cursor: Local, bytes: number): void {
  for (const next of nextRows) {
    for (let at = 0; at < bytes; at += LINE_BYTES) {
      f.get(next);
      f.get(cursor);
      f.op('i32.add');
      f.load('i32.load', at);
      f.op('drop');
    }
  }
}
