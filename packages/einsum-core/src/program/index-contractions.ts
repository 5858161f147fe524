import { sizeOf } from '../base/shape.ts';
import type { ContractionAxis } from '../kernels/contraction.ts';
import type { IndexedContraction, Lookup, ScatterKernel } from '../kernels/kernel.ts';
import { sliceSumOf } from '../kernels/slice-sum.ts';
import type { IndexedContractions } from './lower.ts';
import { axisGroups, contractionAxis } from './lower-contraction.ts';
import type { Operand, StridedGraph, StridedValue } from './strided-graph.ts';
import { type Contraction, gatherOf, weightedSlices } from './weighted-slices.ts';

/** A step of fewer multiply-accumulates is not worth walking to: its slices are copied together faster. */
const LEAST_STEP = 256;

/** Products of matrices are added up where they are made only if that leaves so many results to make side by side. */
const LEAST_RESULTS = 2 ** 15;

/** Rows are looked up one by one where matrices are so large each way: an index costs what two or three elements cost. */
const LEAST_USES = 16;

/** How an operand reads what was looked up, once it looks it up itself. */
interface Indexed {
  /** Axes of the pattern along which the index is walked, with its stride along each. */
  readonly along: ReadonlyMap<number, number>;
  /** The axis of a step's matrices along which it leads on to other rows, if it does. */
  readonly within?: { readonly axis: number; readonly stride: number; readonly isSummed: boolean };
  /** What it reads, and how: strides are 0 along those axes. */
  readonly operand: Operand;
  readonly index: Operand;
  readonly lookup: Omit<Lookup, 'strides'>;
}

/**
 * Lets contractions look slices up themselves, and add their results up by index, where otherwise these would be copied first:
 *
 *   einsum(…, x, take(w, index))          reads slices of w
 *   multiply(take(x, index), weights)     the same where each slice has a weight
 *   scatterAdd(index, einsum(…, x, y))    adds each step's product to the slice that its index says
 *   einsum('tile row in, …', take(x, index), w)   where wanted, looks rows up one by one within a tile
 *
 * Done where nothing else reads the copy, where every reader can, and where the contraction of a step still uses each element as often
 * as the whole does. What an index outside gives is what the copy gave: NaN where it is read, nothing where it is added.
 */
export function indexContractions(graph: StridedGraph, wanted: IndexedContractions): StridedGraph {
  const { values } = graph;
  const readers = readersOf(graph);
  const isOutput = new Set(graph.outputs.map(({ source }) => source));
  const isGone = new Set<number>();

  const readsOf = (n: number, reader: number): (Indexed | undefined)[] => {
    const product = weightedSlices(values, values[reader]);
    const contraction = product ?? values[reader];
    if (!isContraction(contraction)) return [undefined];
    const isWanted = (read: Indexed): boolean =>
      product === undefined &&
      (wanted === 'all' || readsMatrices(contraction) || (wanted === 'rows' && stepsApart(contraction, read)));
    return contraction.operands.flatMap(({ source }, at) => {
      if (source !== n) return [];
      const read = readOf(contraction, at);
      return [read !== undefined && (isWanted(read) || sumsSlices(contraction, at, read)) ? read : undefined];
    });
  };
  const readOf = (contraction: Contraction, at: number): Indexed | undefined =>
    indexedOperand(values, contraction, at, wanted === 'rows');
  /** Both operands of a contraction: how it looks them up, where what they read is gone. */
  const operandsOf = (contraction: Contraction): readonly (Indexed | undefined)[] =>
    contraction.operands.map(({ source }, at) => (isGone.has(source) ? readOf(contraction, at) : undefined));
  values.forEach((value, n) => {
    if (gatherOf(value) === undefined || isOutput.has(n)) return;
    const own = readers.get(n) ?? [];
    if (own.length > 0 && own.every((reader) => readsOf(n, reader).every((read) => read !== undefined))) isGone.add(n);
  });

  const rewritten = values.map((value): StridedValue => {
    const scatter = scatterOf(value);
    const updates = scatter === undefined ? undefined : value.operands[1].source;
    const adds = updates === undefined ? undefined : values[updates];
    if (scatter !== undefined && updates !== undefined && adds !== undefined && isContraction(adds)) {
      const isAlone = !isOutput.has(updates) && readers.get(updates)?.length === 1;
      const isWanted = wanted === 'all' || (wanted === 'rows' && addsMatrices(adds, scatter, operandsOf(adds)));
      const result = isAlone && isWanted ? indexedResult(adds, scatter, value.operands[0]) : undefined;
      if (result !== undefined) {
        isGone.add(updates);
        return { ...value, ...written(adds, operandsOf(adds), result) };
      }
    }
    const contraction = weightedSlices(values, value) ?? value;
    if (!isContraction(contraction)) return value;
    const operands = operandsOf(contraction);
    return operands.some((operand) => operand !== undefined) ? { ...value, ...written(contraction, operands) } : value;
  });
  // what nothing reads any more keeps nothing else in memory
  return { ...graph, values: rewritten.map((value, n) => (isGone.has(n) ? { ...value, operands: [] } : value)) };
}

const isContraction = (value: StridedValue): value is Contraction =>
  value.work.kind === 'contraction' && value.operands.length === 2;

/** Whether neither operand is a vector, and neither a list of them, however many products there are. */
function readsMatrices({ work: { parameters } }: Contraction): boolean {
  const { rows, columns } = axisGroups(parameters);
  return [rows, columns].every((axes) => axes.some((axis) => parameters.sizes[axis] > 1));
}

/** Whether steps make results of their own, so that it is the same in which order they are computed. */
const stepsApart = ({ work: { parameters } }: Contraction, { along }: Indexed): boolean =>
  [...along.keys()].every((axis) => parameters.output.includes(axis));

/** Whether looking this operand up leaves nothing but a weighted sum of slices. */
const sumsSlices = (contraction: Contraction, at: number, read: Indexed): boolean =>
  sliceSumOf(indexedKernel(contraction, at === 0 ? [read, undefined] : [undefined, read]).kernel) !== undefined;

/** The readers of each value; a value that reads another twice counts once. */
function readersOf({ values }: StridedGraph): Map<number, number[]> {
  const readers = new Map<number, number[]>();
  values.forEach(({ operands }, n) => {
    for (const source of new Set(operands.map((operand) => operand.source)))
      readers.set(source, [...(readers.get(source) ?? []), n]);
  });
  return readers;
}

function scatterOf({ work }: StridedValue): ScatterKernel | undefined {
  if (work.kind !== 'kernel' || work.kernel.kind !== 'scatter') return undefined;
  const { kernel } = work;
  return kernel.isFloat && !kernel.perElement && kernel.outer === 1 && kernel.size * kernel.inner > 0
    ? kernel
    : undefined;
}

/**
 * How a contraction would look an operand up that was gathered; undefined where it had better not, or cannot.
 *
 * @param byRow - whether it may look rows up within a step, which one of its operands can
 */
function indexedOperand(
  values: readonly StridedValue[],
  contraction: Contraction,
  at: number,
  byRow: boolean,
): Indexed | undefined {
  const { source, view } = contraction.operands[at];
  const kernel = gatherOf(values[source]);
  if (kernel === undefined) return undefined;
  const { inner, size } = kernel;
  const [x, index] = values[source].operands;
  const axes = contraction.work.parameters.operands[at];
  const along = new Map<number, number>();
  let reach = view.offset % inner;
  const strides = view.strides.map((stride, i) => {
    if (view.shape[i] === 1) return 0;
    if (stride > 0 && stride % inner === 0) {
      along.set(axes[i], stride / inner);
      return 0;
    }
    reach += stride < 0 ? inner : (view.shape[i] - 1) * stride;
    return stride;
  });
  // an axis that leads from one slice into the next is neither
  if (reach >= inner || along.size === 0) return undefined;
  const within = byRow ? rowsWithin(contraction, along) : undefined;
  const walked = new Map([...along].filter(([axis]) => axis !== within?.axis));
  if (walked.size === 0 || !isWorthwhile(contraction, [...walked.keys()])) return undefined;
  if (within !== undefined && at === 1 && indexedOperand(values, contraction, 0, true)?.within !== undefined)
    return undefined;
  const tensor = at === 0 ? 'left' : 'right';
  return {
    along: walked,
    ...(within === undefined ? {} : { within }),
    operand: { source: x.source, view: { shape: view.shape, strides, offset: view.offset % inner } },
    index,
    lookup: { tensor, stride: inner, size, offset: Math.floor(view.offset / inner) },
  };
}

/** The axis of a step's matrices among those that an index leads along, where it is one and the matrices are large. */
function rowsWithin({ work: { parameters } }: Contraction, along: Indexed['along']): Indexed['within'] {
  const { sizes } = parameters;
  const { batch, rows, columns, contracted } = axisGroups(parameters);
  const own = [...along].filter(([axis]) => !batch.includes(axis));
  const [[axis, stride] = [-1, 0]] = own;
  const isLarge = [rows, columns, contracted].every((axes) => sizeOf(axes.map((each) => sizes[each])) >= LEAST_USES);
  return own.length === 1 && isLarge ? { axis, stride, isSummed: contracted.includes(axis) } : undefined;
}

/**
 * Whether a product of matrices is added up in a loop over the steps for each slice: there are enough slices to make, and a row that is not
 * there spoils all of a slice.
 */
const addsMatrices = (
  product: Contraction,
  { size, inner }: ScatterKernel,
  reads: readonly (Indexed | undefined)[],
): boolean =>
  readsMatrices(product) &&
  size * inner >= LEAST_RESULTS &&
  reads.every((read) => read?.within === undefined || read.within.isSummed);

/** How a contraction would add its results up; undefined where it had better not, or cannot. */
function indexedResult(
  contraction: Contraction,
  { inner, size, count }: ScatterKernel,
  index: Operand,
): Indexed | undefined {
  const { output, sizes } = contraction.work.parameters;
  const along = new Map<number, number>();
  let rest = count;
  for (const axis of output) {
    if (rest === 1) break;
    if (rest % sizes[axis] !== 0) return undefined;
    rest /= sizes[axis];
    along.set(axis, rest);
  }
  if (rest !== 1 || along.size === 0 || !isWorthwhile(contraction, [...along.keys()])) return undefined;
  return { along, operand: index, index, lookup: { tensor: 'out', stride: inner, size, offset: 0 } };
}

/**
 * Whether walking these axes leaves a contraction that uses each element as often as the whole one does, and enough of it: batch axes are
 * walked anyway, and a product of a matrix with a vector uses the elements of the matrix once.
 */
function isWorthwhile({ work: { parameters } }: Contraction, walked: readonly number[]): boolean {
  const { sizes } = parameters;
  const groups = axisGroups(parameters);
  const sizeWithin = (axes: readonly number[]): number => sizeOf(axes.map((axis) => sizes[axis]));
  const [rows, columns] = [sizeWithin(groups.rows), sizeWithin(groups.columns)];
  const isFine = (axis: number): boolean => {
    if (groups.batch.includes(axis)) return true;
    if (groups.rows.includes(axis)) return columns === 1;
    if (groups.columns.includes(axis)) return rows === 1;
    return rows === 1 || columns === 1;
  };
  const macs = rows * columns * sizeWithin([...groups.batch, ...groups.contracted]);
  return walked.every(isFine) && macs >= LEAST_STEP * Math.max(1, sizeWithin(walked));
}

/** The contraction as a kernel that walks along all that is looked up. */
function written(...given: Parameters<typeof indexedKernel>): Pick<StridedValue, 'work' | 'operands'> {
  const { kernel, operands } = indexedKernel(...given);
  return { work: { kind: 'kernel', kernel }, operands };
}

function indexedKernel(
  { work: { parameters }, operands }: Contraction,
  reads: readonly (Indexed | undefined)[],
  result?: Indexed,
): { readonly kernel: IndexedContraction; readonly operands: readonly Operand[] } {
  const [left, right] = operands.map((operand, at) => reads[at]?.operand ?? operand);
  const found = [...reads, result].filter((indexed) => indexed !== undefined);
  const groups = axisGroups(parameters);
  const plain = contractionAxis(parameters, [left.view.strides, right.view.strides]);
  const describe = (axis: number): ContractionAxis => {
    const index = found.find(({ within }) => within?.axis === axis)?.within?.stride;
    return index === undefined ? plain(axis) : { ...plain(axis), index };
  };
  const isWalked = (axis: number): boolean => found.some(({ along }) => along.has(axis));
  const isKept = (axis: number): boolean => !isWalked(axis);
  // results are added up in the order of their indices; what is summed over comes last
  const walked = [...parameters.output, ...groups.contracted].filter(isWalked);
  const kernel: IndexedContraction = {
    kind: 'indexedContraction',
    contraction: {
      kind: 'contraction',
      batch: groups.batch.filter(isKept).map(describe),
      rows: groups.rows.filter(isKept).map(describe),
      columns: groups.columns.filter(isKept).map(describe),
      contracted: groups.contracted.filter(isKept).map(describe),
    },
    offsets: [left.view.offset, right.view.offset],
    steps: walked.map((axis) => {
      const own = describe(axis);
      return { ...own, ...(result?.along.has(axis) ? { out: 0 } : {}), isSummed: groups.contracted.includes(axis) };
    }),
    lookups: found.map(({ lookup, along, within }) => ({
      ...lookup,
      strides: walked.map((axis) => along.get(axis) ?? 0),
      ...(within === undefined ? {} : { isWithin: true }),
    })),
  };
  return { kernel, operands: [left, right, ...found.map(({ index }) => index)] };
}
