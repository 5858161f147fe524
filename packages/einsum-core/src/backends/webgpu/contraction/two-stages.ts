import type { DType } from '../../../base/dtype.ts';
import { type ContractionAxis, normalizeContraction } from '../../../kernels/contraction.ts';
import type { KernelCall } from '../../../kernels/kernel.ts';
import type { Epilogue } from './epilogue.ts';
import type { StoredCall, StoredContraction } from './stored-operands.ts';

/** One axis of a stage, with its strides in elements: `data` is x or the intermediate, `out` the intermediate or y. */
export interface StageAxis {
  readonly size: number;
  readonly data: number;
  readonly weights: number;
  readonly out: number;
}

/** One of two contractions, the data on the left whichever side it was on. */
export interface Stage {
  /** Axes of the result. */
  readonly free: readonly StageAxis[];
  /** Axes summed over, in the order in which a kernel of its own would. */
  readonly summed: readonly StageAxis[];
  readonly weightsOffset: number;
  readonly weightsType: DType;
}

/** Consecutive elements of the intermediate, from `base` to `base·size`, which both stages need whole. */
export interface InnerBlock {
  readonly base: number;
  readonly size: number;
}

/**
 * Two contractions of which the second alone reads what the first gives:
 *
 *   z[token, …] = Σ x[token, …] · first[…]        y[token, …] = Σ z[token, …] · second[…]
 *
 * The outer axes are axes of both z and y, so that z can be computed in parts, none of them twice: all that y needs of an
 * outer position is the inner blocks there.
 */
export interface TwoStages {
  readonly first: Stage;
  readonly second: Stage;
  /** Which operand of the first x is. */
  readonly dataSide: number;
  readonly dataOffset: number;
  readonly dataType: DType;
  /** An outer axis that neither weights have. */
  readonly token: OuterAxis;
  /** An outer axis that x does not have, where there is one: z's elements along it come from the same elements of x. */
  readonly column: OuterAxis | undefined;
  /** The other outer axes. */
  readonly others: readonly OuterAxis[];
  readonly inner: readonly InnerBlock[];
  /** What is done with each element of y, where that is not only to store it. */
  readonly epilogue?: Epilogue;
}

/** An axis of the intermediate that both stages keep. */
export interface OuterAxis {
  readonly size: number;
  /** Strides in x, the first weights and z. */
  readonly first: StageAxis;
  /** Strides in z, the second weights and y. */
  readonly second: StageAxis;
}

/** What two calls are together, where the second's data is the first's result and both can be computed part by part. */
export function twoStages(one: StoredCall, other: StoredCall): TwoStages | undefined {
  const [between] = one.writes;
  const sides = other.reads.flatMap((buffer, side) => (buffer === between ? [side] : []));
  // work between the two is for two kernels, and so is a result that is read in the end again
  if (one.kernel.epilogue !== undefined || sides.length !== 1 || sides[0] > 1 || other.kernel.offsets[sides[0]] !== 0)
    return undefined;
  const second = stageOf(other.kernel, sides[0]);
  if (!coversOnce(second.all, ({ data }) => data)) return undefined;
  for (const side of [0, 1]) {
    const first = stageOf(one.kernel, side);
    if (!coversOnce(first.stage.free, ({ out }) => out)) return undefined;
    if (elementsOf(first.stage.free) !== elementsOf(second.all.filter(({ data }) => data !== 0))) return undefined;
    const found = joined(first, second);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The buffers that both stages read: of x, the first weights, the second weights, and what the epilogue reads. */
export function stageReads({ dataSide }: TwoStages, first: KernelCall, second: KernelCall): number[] {
  const weights = second.reads.filter((buffer) => buffer !== first.writes[0]);
  return [first.reads[dataSide], first.reads[1 - dataSide], ...weights];
}

interface SidedStage {
  readonly stage: Stage;
  /** All axes that are longer than 1. */
  readonly all: readonly StageAxis[];
  readonly dataSide: number;
  readonly dataOffset: number;
  readonly dataType: DType;
}

/** A contraction with the data on a side. */
function stageOf({ contraction, offsets, types = ['f32', 'f32'] }: StoredContraction, dataSide: number): SidedStage {
  const normalized = normalizeContraction(contraction);
  const axisOf =
    (isExchanged: boolean) =>
    ({ size, left, right, out }: ContractionAxis): StageAxis =>
      isExchanged ? { size, data: right, weights: left, out } : { size, data: left, weights: right, out };
  const isLong = ({ size }: ContractionAxis): boolean => size !== 1;
  const { batch, rows, columns } = contraction;
  const free = [...batch, ...rows, ...columns].filter(isLong).map(axisOf(dataSide === 1));
  // the order of the sum is the order that a kernel of its own would have
  const summed = normalized.contracted.map(axisOf((dataSide === 1) !== normalized.swapped));
  const stage = {
    free,
    summed,
    weightsOffset: offsets[1 - dataSide],
    weightsType: types[1 - dataSide],
  };
  return { stage, all: [...free, ...summed], dataSide, dataOffset: offsets[dataSide], dataType: types[dataSide] };
}

const elementsOf = (axes: readonly StageAxis[]): number => axes.reduce((product, { size }) => product * size, 1);

/** Whether axes go through 0, 1, …, one element after the other and none twice, in some order. */
function coversOnce(axes: readonly StageAxis[], strideOf: (axis: StageAxis) => number): boolean {
  const walked = axes.filter((axis) => strideOf(axis) !== 0).sort((a, b) => strideOf(a) - strideOf(b));
  let next = 1;
  for (const axis of walked) {
    if (strideOf(axis) !== next || axis.size === 0) return false;
    next *= axis.size;
  }
  return true;
}

function joined(first: SidedStage, second: SidedStage): TwoStages | undefined {
  const outer = first.stage.free.flatMap((axis): OuterAxis[] => {
    const same = second.stage.free.find(({ data, size }) => data === axis.out && size === axis.size);
    return same === undefined ? [] : [{ size: axis.size, first: axis, second: same }];
  });
  const token = longest(outer.filter((axis) => axis.first.weights === 0 && axis.second.weights === 0));
  if (token === undefined) return undefined;
  const column = longest(outer.filter((axis) => axis.first.data === 0));
  const inner = blocksBetween(outer, elementsOf(first.stage.free));
  const isInside = (stride: number, size: number): boolean =>
    inner.some(({ base, size: length }) => stride >= base && stride * size <= base * length);
  const firstInner = first.stage.free.filter((axis) => !outer.some((each) => each.first === axis));
  const secondInner = second.all.filter(
    (axis) => axis.data !== 0 && axis.size !== 1 && !outer.some((each) => each.second === axis),
  );
  // what the second keeps of z, or sums over, must be there
  if (!firstInner.every(({ out, size }) => isInside(out, size))) return undefined;
  if (!secondInner.every(({ data, size }) => isInside(data, size))) return undefined;
  if (second.stage.summed.some(({ data, size }) => data === 0 && size !== 1)) return undefined;
  return {
    first: first.stage,
    second: second.stage,
    dataSide: first.dataSide,
    dataOffset: first.dataOffset,
    dataType: first.dataType,
    token,
    column,
    others: outer.filter((axis) => axis !== token && axis !== column),
    inner,
  };
}

const longest = (axes: readonly OuterAxis[]): OuterAxis | undefined => axes.toSorted((a, b) => b.size - a.size)[0];

/** The runs of elements of the intermediate between its outer axes. */
function blocksBetween(outer: readonly OuterAxis[], elements: number): InnerBlock[] {
  const blocks: InnerBlock[] = [];
  let base = 1;
  const add = (end: number): void => {
    if (end > base) blocks.push({ base, size: end / base });
  };
  for (const { size, first } of outer.toSorted((a, b) => a.first.out - b.first.out)) {
    add(first.out);
    base = first.out * size;
  }
  add(elements);
  return blocks;
}
