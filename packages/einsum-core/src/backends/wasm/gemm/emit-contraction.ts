import { type ContractionKernel, normalizeContraction } from '../../../kernels/contraction.ts';
import type { FunctionBuilder, Local } from '../emit/function-builder.ts';
import type { ModuleBuilder } from '../emit/module-builder.ts';
import type { Dimension } from './dimension.ts';
import { advance, copy, eachBlock, nest, offset } from './flow.ts';
import { emitPack, type PackPlan } from './pack.ts';
import { type BlockLimits, scheduleContraction, type Schedule } from './schedule.ts';
import { blockWidth } from './segments.ts';
import { emitSweep } from './sweep.ts';

/** An emitted contraction: a function of (left, right, out, scratch, tables), all i32 byte addresses. */
export interface EmittedContraction {
  readonly functionIndex: number;
  /** Bytes that the function needs at `scratch`, which must be 16-byte aligned. */
  readonly scratchBytes: number;
  /** Constant offset tables, which the caller uploads once. */
  readonly tables: Int32Array;
}

/**
 * Emits a contraction as a function of (left, right, out, scratch, tables). Sizes and strides are constants in its code.
 *
 * Operands may start at any multiple of 4 bytes, and each of the three buffers may be read up to 16 bytes past its end.
 * The output is overwritten entirely; nothing else but scratch is written. The order of each sum is fixed by the sizes
 * and strides alone.
 */
export function emitContraction(
  module: ModuleBuilder,
  kernel: ContractionKernel,
  options: { readonly relaxed: boolean; readonly limits?: BlockLimits },
): EmittedContraction {
  const schedule = scheduleContraction(normalizeContraction(kernel), options.relaxed, options.limits);
  const { leftPack, rightPack } = schedule;
  const innerSize = schedule.inner?.size ?? 1;
  const rightBytes = rightPack === undefined ? 0 : rightPack.innerBytes * innerSize;
  const leftBytes = leftPack === undefined ? 0 : leftPack.innerBytes * innerSize;

  const packRight = rightPack === undefined ? undefined : emitPackFunction(module, rightPack);
  const packLeft = leftPack === undefined ? undefined : emitPackFunction(module, leftPack);
  const sweep = module.addFunction(Array.from({ length: 10 }, () => 'i32' as const), (f) => {
    const [left, right, out, rowCursor, columnCursor, depthCursor, rowsLast, columnsLast, depthLast, accumulate] = f.parameters;
    const isSummed = schedule.depthBlocks.blocks > 1 || schedule.outerDepth.length > 0;
    emitSweep(
      f,
      schedule,
      {
        left, right, out,
        rowCursor, columnCursor, depthCursor,
        rowsLast: schedule.rowSegments.blocking.blocks > 1 ? rowsLast : undefined,
        columnsLast: schedule.columnSegments.blocking.blocks > 1 ? columnsLast : undefined,
        depthLast: schedule.depthBlocks.blocks > 1 ? depthLast : undefined,
        accumulate: isSummed ? accumulate : undefined,
      },
      options.relaxed,
    );
  });
  const functionIndex = module.addFunction(['i32', 'i32', 'i32', 'i32', 'i32'], (f) => {
    emitLoops(f, schedule, { packRight, packLeft, sweep }, rightBytes);
  });
  return { functionIndex, scratchBytes: rightBytes + leftBytes, tables: schedule.tables };
}

/** A function of (source, target, lane cursor, depth cursor, lanes last, depth last). */
function emitPackFunction(module: ModuleBuilder, plan: PackPlan): number {
  return module.addFunction(Array.from({ length: 6 }, () => 'i32' as const), (f) => {
    const [source, target, laneCursor, depthCursor, laneLast, depthLast] = f.parameters;
    emitPack(f, plan, {
      source, target,
      laneCursor: plan.lane.tables === undefined ? undefined : laneCursor,
      depthCursor: plan.depth.tables === undefined ? undefined : depthCursor,
      laneLast: plan.segments.blocking.blocks > 1 ? laneLast : undefined,
      depthLast: plan.terms.full === plan.terms.last && plan.terms.full === plan.depth.size ? undefined : depthLast,
    });
  });
}

interface Functions {
  readonly packRight: number | undefined;
  readonly packLeft: number | undefined;
  readonly sweep: number;
}

function emitLoops(f: FunctionBuilder, s: Schedule, functions: Functions, leftScratch: number): void {
  const [leftBase, rightBase, outBase, scratch, tables] = f.parameters;
  const [left, right, out] = [f.local('i32'), f.local('i32'), f.local('i32')];
  offset(f, s.swapped ? rightBase : leftBase, s.start.left, left);
  offset(f, s.swapped ? leftBase : rightBase, s.start.right, right);
  offset(f, outBase, s.start.out, out);
  const [rowCursor, columnCursor, depthCursor, accumulate] = [f.local('i32'), f.local('i32'), f.local('i32'), f.local('i32')];
  for (const cursor of [rowCursor, columnCursor, depthCursor]) copy(f, tables, cursor);
  const leftPanels = f.local('i32');
  offset(f, scratch, leftScratch, leftPanels);
  const pointers = { left, right, out };
  const setAccumulate = (value: number): void => {
    f.i32(value);
    f.set(accumulate);
  };
  const move = (dimension: Dimension, cursor: Local, count: number): void => {
    if (dimension.tables !== undefined) return advance(f, cursor, 4 * count);
    advance(f, left, count * dimension.left);
    advance(f, right, count * dimension.right);
    advance(f, out, count * dimension.out);
  };
  const pushLast = (isLast: Local | undefined): void => {
    if (isLast === undefined) f.i32(1);
    else f.get(isLast);
  };
  const { rowSegments, columnSegments, depthBlocks } = s;
  nest(f, s.batch, pointers, () => nest(f, s.outerColumns, pointers, () => {
    eachBlock(f, columnSegments.blocking, (n) => move(s.columns, columnCursor, n * blockWidth(columnSegments)), (columnsLast) => {
      setAccumulate(0);
      nest(f, s.outerDepth, pointers, () => {
        eachBlock(f, depthBlocks, (n) => move(s.depth, depthCursor, n * depthBlocks.full), (depthLast) => {
          if (functions.packRight !== undefined) {
            for (const local of [right, scratch, columnCursor, depthCursor]) f.get(local);
            pushLast(columnsLast);
            pushLast(depthLast);
            f.call(functions.packRight);
          }
          nest(f, s.outerRows, pointers, () => {
            eachBlock(f, rowSegments.blocking, (n) => move(s.rows, rowCursor, n * blockWidth(rowSegments)), (rowsLast) => {
              if (functions.packLeft !== undefined) {
                for (const local of [left, leftPanels, rowCursor, depthCursor]) f.get(local);
                pushLast(rowsLast);
                pushLast(depthLast);
                f.call(functions.packLeft);
              }
              const [blockLeft, blockRight, blockOut] = [f.local('i32'), f.local('i32'), f.local('i32')];
              copy(f, s.leftPack === undefined ? left : leftPanels, blockLeft);
              copy(f, s.rightPack === undefined ? right : scratch, blockRight);
              copy(f, out, blockOut);
              const inner = s.inner === undefined ? [] : [{
                size: s.inner.size,
                left: s.leftPack?.innerBytes ?? s.inner.left,
                right: s.rightPack?.innerBytes ?? s.inner.right,
                out: s.inner.out,
              }];
              nest(f, inner, { left: blockLeft, right: blockRight, out: blockOut }, () => {
                for (const local of [blockLeft, blockRight, blockOut, rowCursor, columnCursor, depthCursor]) f.get(local);
                for (const isLast of [rowsLast, columnsLast, depthLast]) pushLast(isLast);
                f.get(accumulate);
                f.call(functions.sweep);
              });
              for (const local of [blockLeft, blockRight, blockOut]) f.release(local);
            });
          });
          setAccumulate(1);
        });
      });
    });
  }));
}
