import type { Expression } from '../../../kernels/expression.ts';
import { internNodes } from '../../../kernels/expression-graph.ts';
import type { LoopKernel } from '../../../kernels/kernel.ts';
import { leavesOf } from '../../../program/rewrite-leaves.ts';
import type { Local } from '../emit/function-builder.ts';
import { emitTurn, LANES, type LoopState } from './emit-vector.ts';
import { extremeChains } from './extreme-chains.ts';
import { foldChains } from './fold-instructions.ts';
import type { Pass } from './plan-passes.ts';
import { BYTES, VECTOR_BYTES } from './row-loops.ts';
import { type Turn, turnOf } from './turn.ts';

/**
 * What a pass over a row does for the next one, so that it comes from memory while there is arithmetic to do: a processor fetches ahead only along
 * what is being read.
 */
export interface NextRowPlan {
  /** The pass: the one that computes most, but never the first. */
  readonly pass: Pass;
  /** The first pass, where it can be taken along: only a row that none comes before is walked over for it. Elsewhere a word of each line is read. */
  readonly first?: Pass;
  /** How both turn, so that a fold is the same whichever pass it is taken in. */
  readonly turn: Turn;
  /** The loads that read the next row. */
  readonly loads: readonly number[];
}

/** Rows together longer than this would drive each other out of the first-level cache; shorter ones are fetched anyway. */
const MOST_BYTES = 16 * 1024;
const LEAST_BYTES = 512;

/** Bytes that memory delivers at once. */
const LINE_BYTES = 64;

const rootsOf = ({ folds, stores, scratch }: Pass): Expression[] =>
  [...folds, ...stores, ...scratch].map(({ value }) => value);

/** The plan for a kernel of these passes; undefined where there is one pass, or rows are too short or too long. */
export function planNextRow({ axes, rowRank, loads }: LoopKernel, passes: readonly Pass[]): NextRowPlan | undefined {
  const last = axes.length - 1;
  const rowBytes = axes[last] * BYTES;
  if (rowRank !== last || last === 0 || axes[last - 1] < 2 || rowBytes < LEAST_BYTES) return undefined;
  const walked = loads.flatMap(({ dtype, strides }, load) =>
    dtype === 'f32' && strides[last] === 1 && strides[last - 1] !== 0 ? [load] : [],
  );
  const [first, ...later] = passes;
  const working = later.filter((pass) => rootsOf(pass).length > 0);
  if (walked.length === 0 || walked.length * rowBytes > MOST_BYTES || working.length === 0) return undefined;
  const work = (pass: Pass): number => internNodes(rootsOf(pass)).nodes.length;
  const pass = working.reduce((most, other) => (work(other) > work(most) ? other : most));
  const turn = turnOf(rootsOf(pass), Math.floor(axes[last] / LANES));
  const isPlain = [...leavesOf(rootsOf(first))].every(
    ({ op, value }) => op === 'constant' || (op === 'load' && walked.includes(value)),
  );
  const canTake = isPlain && first.folds.length > 0 && first.stores.length + first.scratch.length === 0;
  return { pass, turn, loads: walked, ...(canTake ? { first } : {}) };
}

/** The next row while the current one is walked over. */
export interface NextRow {
  /** What belongs to a turn, from the cursor on, in front of it. */
  turn(turn: Turn, lanes: number): void;
  /** Puts the folds of the next row into locals. */
  finish(results: readonly Local[]): void;
}

/** Starts on the next row. Behind the last row comes the last one once more: nothing is read beyond an operand. */
export function startNextRow(state: LoopState, { loads, turn, first }: NextRowPlan): NextRow {
  const { f, kernel, pointers } = state;
  const nextRows = new Map(loads.map((load) => [load, pushNext(state, load)] as const));
  const there = { ...state, pointers: pointers.map((pointer, load) => nextRows.get(load) ?? pointer) };
  const roots = first === undefined ? [] : rootsOf(first);
  const taken = new Set([...leavesOf(roots)].map(({ op, value }) => (op === 'load' ? value : undefined)));
  const folds = (first?.folds ?? []).map(({ fold }) => {
    const { operation, value } = kernel.folds[fold];
    const chains = foldChains(f, operation, value.type, turn.chains, extremeChains);
    chains.start();
    return chains;
  });
  return {
    turn(own, lanes) {
      for (const [load, next] of nextRows) {
        if (!taken.has(load) && lanes === LANES) readLines(state, next, own.vectors * VECTOR_BYTES);
      }
      const place = { lanes, moving: new Map(), scratchBase: state.scratch };
      if (first !== undefined) emitTurn(there, first, roots, folds, place, own);
    },
    finish(results) {
      folds.forEach((fold, i) => {
        fold.finish(results[i]);
      });
      for (const next of nextRows.values()) f.release(next);
    },
  };
}

/** Reads a word of each line of so many bytes, from the cursor on. */
function readLines({ f, cursor }: LoopState, row: Local, bytes: number): void {
  for (let at = 0; at < bytes; at += LINE_BYTES) {
    f.get(row);
    f.get(cursor);
    f.op('i32.add');
    f.load('i32.load', at);
    f.op('drop');
  }
}

/** The address of a load's next row along the last two axes of rows. */
function pushNext({ f, kernel: { axes, rowRank, loads }, pointers, counters }: LoopState, load: number): Local {
  const next = f.local('i32');
  const row = rowRank - 1;
  const { strides } = loads[load];
  f.get(pointers[load]);
  f.get(counters[row]);
  f.i32(axes[row] - 1);
  f.op('i32.lt_u');
  f.i32(strides[row] * BYTES);
  f.op('i32.mul');
  f.op('i32.add');
  if (row > 0 && axes[row - 1] > 1) {
    f.get(counters[row]);
    f.i32(axes[row] - 1);
    f.op('i32.eq');
    f.get(counters[row - 1]);
    f.i32(axes[row - 1] - 1);
    f.op('i32.lt_u');
    f.op('i32.and');
    f.i32((strides[row - 1] - (axes[row] - 1) * strides[row]) * BYTES);
    f.op('i32.mul');
    f.op('i32.add');
  }
  f.set(next);
  return next;
}

/** Pushes whether a row before has taken the first pass over this one along: it is not the first one along the last two axes of rows. */
export function pushIsTaken({ f, kernel: { rowRank }, counters }: LoopState): void {
  f.get(counters[rowRank - 1]);
  if (rowRank < 2) return;
  f.get(counters[rowRank - 2]);
  f.op('i32.or');
}
