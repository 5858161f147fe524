import { indexAlong } from '../../../kernels/expression.ts';
import type { LoopKernel } from '../../../kernels/kernel.ts';
import { cutAxis } from '../../../program/cut-axis.ts';
import { indexedAxes } from '../../../program/indexed-axes.ts';
import { operationCost } from '../../../program/operation-cost.ts';
import { rewriteLeaves } from '../../../program/rewrite-leaves.ts';
import { BYTES } from './row-loops.ts';

/** Processors fetch ahead within pages of so many bytes. */
const PAGE_BYTES = 4096;
const LEAST_BYTES = 512;
const LEAST_ROWS = 16;
/** Elements of rows that are cut for this. */
const CHUNK = 256;
/** Operations for an element from which on arithmetic is worth fetching ahead for. */
const MUCH_WORK = 12;
/** More arrays than these are as fast one after the other. */
const FEW_ARRAYS = 2;

/**
 * The same kernel with parts of both halves in turns, where rows are parts of a page or can be cut into such. What a processor fetches ahead in one
 * half has then the time of a part of the other to arrive: an exponential of numbers from memory takes a seventh less. Rows are what they were.
 */
export function inTwoStreams(kernel: LoopKernel): LoopKernel {
  const isEach = kernel.folds.length === 0;
  const cost = kernel.stores.reduce((sum, { value }) => sum + operationCost(value), 0);
  const arrays = [...kernel.loads, ...kernel.stores].filter(({ strides }) => strides[0] !== 0).length;
  if (isEach && (cost < MUCH_WORK || arrays > FEW_ARRAYS || indexedAxes(kernel).size > 0)) return kernel;
  const short = isEach ? cutRows(kernel) : kernel;
  const { axes, rowRank, stores } = short;
  const last = axes.length - 1;
  const row = last - 1;
  const rowBytes = axes[last] * BYTES;
  const isShort = rowBytes >= LEAST_BYTES && 2 * rowBytes <= PAGE_BYTES;
  if (!isShort || rowRank !== last || stores.some(({ accumulate }) => accumulate)) return kernel;
  // where rows were cut, the halves are those of the rows
  const halved = short === kernel || axes.length === 2 ? row : row - 1;
  if (halved < 0 || axes[halved] % 2 !== 0 || axes[halved] < LEAST_ROWS) return kernel;
  const halves = cutAxis(short, halved, 2);
  return moveAxis(halves, halved, last);
}

/** A kernel of single elements with its rows in pieces that are parts of a page. */
function cutRows(kernel: LoopKernel): LoopKernel {
  const { axes } = kernel;
  const last = axes.length - 1;
  if (axes[last] <= 2 * CHUNK || axes[last] % CHUNK !== 0) return kernel;
  return { ...cutAxis(kernel, last, axes[last] / CHUNK), rowRank: axes.length };
}

/** The kernel with axis `from` at the place of the one before `to`, and those between moved outwards. */
function moveAxis(kernel: LoopKernel, from: number, to: number): LoopKernel {
  const order = kernel.axes.map((_, axis) => axis);
  order.splice(to, 0, ...order.splice(from, 1));
  const moved = <T>(list: readonly T[]): T[] => order.map((axis) => list[axis]);
  const rewrite = rewriteLeaves((leaf) => (leaf.op === 'index' ? indexAlong(order.indexOf(leaf.value)) : leaf));
  return {
    ...kernel,
    axes: moved(kernel.axes),
    loads: kernel.loads.map((load) => ({ ...load, strides: moved(load.strides) })),
    folds: kernel.folds.map((fold) => ({ ...fold, value: rewrite(fold.value) })),
    stores: kernel.stores.map((store) => ({ ...store, strides: moved(store.strides), value: rewrite(store.value) })),
  };
}
