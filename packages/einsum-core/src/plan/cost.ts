import type { AxisClasses } from './classify.ts';

/** What a machine can do, for the roofline estimate of a step's time. */
export interface CostModel {
  /** Floating-point operations per second at the peak. */
  readonly flopsPerSecond: number;
  /** Bytes per second between memory and the core. */
  readonly bytesPerSecond: number;
  /** Fixed cost of one kernel. */
  readonly launchSeconds: number;
  /** Bytes of one element. */
  readonly elementBytes: number;
}

/**
 * One core computing in f32 through WebAssembly: what small-block contractions sustain (40 GFLOP/s of a ceiling of 54),
 * memory traffic of strided loads (10 GB/s), and the fixed cost of calling one kernel (2 µs).
 * Only ratios matter for the choice of a path.
 */
export const defaultCostModel: CostModel = {
  flopsPerSecond: 40e9,
  bytesPerSecond: 10e9,
  launchSeconds: 2e-6,
  elementBytes: 4,
};

/** The cost of a step, or the sum over steps. */
export interface Cost {
  /** Multiplications that a contraction does, each with its addition where it sums; pre-sums have none. */
  readonly macs: number;
  /** Floating-point operations; see `pairCost` for the convention. */
  readonly flops: number;
  /** Bytes read and written when each operand is read once and each result written once. */
  readonly bytes: number;
  /** Roofline estimate: max(flops / peak, bytes / bandwidth) + launches. */
  readonly seconds: number;
}

/** The number of index combinations in each class of axes. */
export type ClassExtents = { readonly [Class in keyof AxisClasses]: number };

/** The product of the sizes of axes. */
export const product = (axes: readonly number[], sizes: readonly number[]): number =>
  axes.reduce((total, axis) => total * sizes[axis], 1);

/** The extents of classified axes. */
export function classExtents(classes: AxisClasses, sizes: readonly number[]): ClassExtents {
  return {
    batch: product(classes.batch, sizes),
    contracted: product(classes.contracted, sizes),
    freeLeft: product(classes.freeLeft, sizes),
    freeRight: product(classes.freeRight, sizes),
    summedLeft: product(classes.summedLeft, sizes),
    summedRight: product(classes.summedRight, sizes),
  };
}

/** What moving and computing take on a machine: the longer of the two, and launches. */
export function roofline(flops: number, elements: number, launches: number, model: CostModel): Omit<Cost, 'macs'> {
  const bytes = elements * model.elementBytes;
  const work = Math.max(flops / model.flopsPerSecond, bytes / model.bytesPerSecond);
  return { flops, bytes, seconds: work + launches * model.launchSeconds };
}

/**
 * The cost of a two-operand step.
 *
 *   macs  = batch · freeLeft · freeRight · contracted
 *   flops = 2 · macs when something is contracted, else macs (a product without a sum)
 *
 * Axes that one operand holds alone and the result lacks are summed first, by a kernel of its own: one addition per
 * element, the sum written and read again. Taking a diagonal is free (a stride), and only its elements are read.
 * Axes of size 1 cost nothing: contracting or summing over one is a reshape.
 */
export function pairCost(extents: ClassExtents, model: CostModel): Cost {
  const { batch, contracted, freeLeft, freeRight, summedLeft, summedRight } = extents;
  const left = batch * contracted * freeLeft;
  const right = batch * contracted * freeRight;
  const macs = left * freeRight;
  let flops = contracted === 1 ? macs : 2 * macs;
  let elements = left + right + batch * freeLeft * freeRight;
  let launches = 1;
  if (summedLeft !== 1) {
    flops += left * summedLeft;
    elements += left * summedLeft + left;
    launches++;
  }
  if (summedRight !== 1) {
    flops += right * summedRight;
    elements += right * summedRight + right;
    launches++;
  }
  return { macs, ...roofline(flops, elements, launches, model) };
}

/**
 * The cost of a step with one operand: diagonals, sums and permutations.
 *
 * One addition per element read when anything is summed, none otherwise; no multiplications.
 */
export function singleCost(
  input: readonly number[],
  output: readonly number[],
  sizes: readonly number[],
  model: CostModel,
): Cost {
  const axes = [...new Set(input)].filter((axis) => axis >= 0);
  const read = product(axes, sizes);
  const summed = product(
    axes.filter((axis) => !output.includes(axis)),
    sizes,
  );
  return { macs: 0, ...roofline(summed === 1 ? 0 : read, read + product(output, sizes), 1, model) };
}

/** The sum of costs. */
export function totalCost(costs: readonly Cost[]): Cost {
  let [macs, flops, bytes, seconds] = [0, 0, 0, 0];
  for (const cost of costs) {
    macs += cost.macs;
    flops += cost.flops;
    bytes += cost.bytes;
    seconds += cost.seconds;
  }
  return { macs, flops, bytes, seconds };
}
