import { axesSize, type ContractionAxis, type ContractionKernel } from '../../../kernels/contraction.ts';
import { addE, constant, type Expression, indexAlong, load, multiplyE } from '../../../kernels/expression.ts';
import type { Access, LoopKernel } from '../../../kernels/kernel.ts';
import { commonRefinement, reshapeView } from '../../../kernels/view.ts';
import { rewriteLeaves } from '../../../program/rewrite-leaves.ts';

/**
 * Elementwise work that a contraction does with each result instead of storing it. The loop goes through the elements of
 * the result in their order, its reduced value 0 is the result, and its buffers are the operands of the contraction's
 * call: left, right, what else is read, what is written. It folds nothing and adds to nothing.
 */
export type Epilogue = LoopKernel;

/** A contraction's result at an element, in an epilogue. */
export const RESULT: Expression = { op: 'reduced', type: 'f32', inputs: [], value: 0 };

/** Axes of a result, the outermost first. */
export const freeAxesInOrder = ({ batch, rows, columns }: ContractionKernel): ContractionAxis[] =>
  [...batch, ...rows, ...columns].sort((a, b) => b.out - a.out);

/**
 * Sizes of axes from which both those of a contraction's result and those of its epilogue arise by merging neighbours,
 * or undefined where they are cut at places that do not nest.
 */
export const commonAxes = (
  contraction: ContractionKernel,
  { axes }: Pick<Epilogue, 'axes'>,
): readonly number[] | undefined => commonRefinement([freeAxesInOrder(contraction).map(({ size }) => size), axes]);

/** Strides along finer axes, which divide the given ones. */
export function stridesAlong(
  shape: readonly number[],
  strides: readonly number[],
  finer: readonly number[],
): readonly number[] {
  const view = reshapeView({ shape, offset: 0, strides }, finer);
  if (view === undefined) throw new RangeError(`webgpu: axes [${shape.join()}] are not made of [${finer.join()}]`);
  return view.strides;
}

/** The same work along finer axes, which divide those that it has. */
export function refineEpilogue(epilogue: Epilogue, axes: readonly number[]): Epilogue {
  const refined = <T extends Access>(access: T): T => ({
    ...access,
    strides: stridesAlong(epilogue.axes, access.strides, axes),
  });
  const coordinate = (axis: number): Expression => {
    const strides = stridesAlong(
      epilogue.axes,
      epilogue.axes.map((_, n) => (n === axis ? 1 : 0)),
      axes,
    );
    return strides
      .flatMap((stride, n): Expression[] => {
        if (stride === 0) return [];
        return [stride === 1 ? indexAlong(n) : multiplyE(indexAlong(n), constant(stride, 'i32'))];
      })
      .reduce((sum, term) => (sum.op === 'constant' ? term : addE(sum, term)), constant(0, 'i32'));
  };
  const rewrite = rewriteLeaves((leaf) => (leaf.op === 'index' ? coordinate(leaf.value) : leaf));
  return {
    ...epilogue,
    axes,
    loads: epilogue.loads.map(refined),
    stores: epilogue.stores.map((store) => ({ ...refined(store), value: rewrite(store.value) })),
  };
}

/** A sum of each row, as what a contraction is computed by. */
export interface RowSum {
  /** Sizes of the axes summed over. */
  readonly columns: readonly number[];
  /** What is read, along the axes of the result and the columns. */
  readonly loads: readonly Access[];
  readonly value: Expression;
  /** Buffers that `loads` have, which come first. */
  readonly buffers: number;
}

/** The loop that computes a result as the sum of a row, and ends each row with the epilogue. */
export function endRows({ axes, loads, stores }: Epilogue, sum: RowSum): LoopKernel {
  // the epilogue's buffers come behind two, left and right
  const beside = <T extends Access>(access: T): T => ({
    ...access,
    buffer: access.buffer - 2 + sum.buffers,
    strides: [...access.strides, ...sum.columns.map(() => 0)],
  });
  const rewrite = rewriteLeaves((leaf) => (leaf.op === 'load' ? load(leaf.value + sum.loads.length, leaf.type) : leaf));
  return {
    kind: 'loop',
    axes: [...axes, ...sum.columns],
    rowRank: axes.length,
    loads: [...sum.loads, ...loads.map(beside)],
    folds: [{ operation: 'sum', value: sum.value }],
    stores: stores.map((store) => ({ ...beside(store), value: rewrite(store.value) })),
  };
}

/** Elements of a contraction's result. */
export const resultSize = ({ batch, rows, columns }: ContractionKernel): number =>
  axesSize([...batch, ...rows, ...columns]);
