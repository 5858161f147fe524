/**
 * One axis of a contraction: its size and its strides, in elements, in the three tensors. A stride is 0 in a tensor
 * that does not hold the axis (or repeats along it); strides may be negative.
 */
export interface ContractionAxis {
  readonly size: number;
  readonly left: number;
  readonly right: number;
  readonly out: number;
  /** How far a step leads in the list of indices that an operand is looked up by along this axis; the operand's own stride is then 0. */
  readonly index?: number;
}

/**
 * The product of two strided tensors, summed over shared axes:
 *
 *   out[batch, row, column] = Σ_contracted left[batch, row, contracted] · right[batch, contracted, column]
 *
 * Each group may hold any number of axes. `rows` are free in left, `columns` free in right.
 */
export interface ContractionKernel {
  readonly kind: 'contraction';
  readonly batch: readonly ContractionAxis[];
  readonly rows: readonly ContractionAxis[];
  readonly columns: readonly ContractionAxis[];
  readonly contracted: readonly ContractionAxis[];
}

/** A contraction in the form that schedules want. */
export interface NormalizedContraction extends ContractionKernel {
  /** Whether left and right have changed places: its `left` is then the right operand of the original. */
  readonly swapped: boolean;
}

/** Number of elements that a group of axes spans; 1 for none. */
export function axesSize(axes: readonly ContractionAxis[]): number {
  let size = 1;
  for (const axis of axes) size *= axis.size;
  return size;
}

/** Multiply-accumulates of a contraction: the product of all its sizes. */
export function contractionMacs(kernel: ContractionKernel): number {
  return axesSize(kernel.batch) * axesSize(kernel.rows) * axesSize(kernel.columns) * axesSize(kernel.contracted);
}

/**
 * The same contraction with as few axes as possible, each where it is cheapest:
 * size-1 axes are dropped; a batch axis along which one operand repeats becomes a free axis of the other; axes of a
 * group that are contiguous together in every tensor become one; and left and right are exchanged where that puts the
 * output's contiguous axis among the columns. Axes are ordered by their stride in the output, or for contracted axes
 * in the operands, largest first.
 */
export function normalizeContraction(kernel: ContractionKernel): NormalizedContraction {
  const batch: ContractionAxis[] = [];
  const rows = dropOnes(kernel.rows);
  const columns = dropOnes(kernel.columns);
  for (const axis of dropOnes(kernel.batch)) {
    if (axis.left === 0) columns.push(axis);
    else if (axis.right === 0) rows.push(axis);
    else batch.push(axis);
  }
  const normalized: NormalizedContraction = {
    kind: 'contraction',
    batch: orderAxes(fuseAxes(batch)),
    rows: orderAxes(fuseAxes(rows)),
    columns: orderAxes(fuseAxes(columns)),
    // A sum over nothing is one empty axis, however many axes were given: every result is then a zero to store.
    contracted: axesSize(kernel.contracted) === 0 ? [EMPTY_AXIS] : orderAxes(fuseAxes(dropOnes(kernel.contracted))),
    swapped: false,
  };
  return prefersSwap(normalized) ? swapOperands(normalized) : normalized;
}

/** The same contraction with left and right exchanged, and with them rows and columns. */
export function swapOperands(kernel: NormalizedContraction): NormalizedContraction {
  const swap = (axes: readonly ContractionAxis[]): ContractionAxis[] =>
    axes.map((axis) => ({ ...axis, left: axis.right, right: axis.left }));
  return {
    kind: 'contraction',
    batch: swap(kernel.batch),
    rows: swap(kernel.columns),
    columns: swap(kernel.rows),
    contracted: swap(kernel.contracted),
    swapped: !kernel.swapped,
  };
}

const EMPTY_AXIS: ContractionAxis = { size: 0, left: 0, right: 0, out: 0 };

const dropOnes = (axes: readonly ContractionAxis[]): ContractionAxis[] => axes.filter(({ size }) => size !== 1);

/** Whether `outer` continues `inner` in every tensor, so that the two are one axis. */
function areContiguous(outer: ContractionAxis, inner: ContractionAxis): boolean {
  return (
    outer.left === inner.left * inner.size &&
    outer.right === inner.right * inner.size &&
    outer.out === inner.out * inner.size &&
    outer.index === (inner.index && inner.index * inner.size)
  );
}

function fuseAxes(axes: readonly ContractionAxis[]): ContractionAxis[] {
  const rest = [...axes];
  for (let i = 0; i < rest.length; i++) {
    for (let j = 0; j < rest.length; j++) {
      if (i === j || !areContiguous(rest[i], rest[j])) continue;
      rest[j] = { ...rest[j], size: rest[i].size * rest[j].size };
      rest.splice(i, 1);
      i = -1; // one axis fewer: the fused one may now continue an earlier one
      break;
    }
  }
  return rest;
}

/** Outermost first: by the output's stride, then by the operands'. */
function orderAxes(axes: readonly ContractionAxis[]): ContractionAxis[] {
  const { abs } = Math;
  return [...axes].sort(
    (a, b) =>
      abs(b.out) - abs(a.out) ||
      abs(b.left) + abs(b.right) - abs(a.left) - abs(a.right) ||
      abs(b.left) - abs(a.left) ||
      b.size - a.size,
  );
}

/** The output's smallest step along a group; infinite for none. */
function smallestOutStride(axes: readonly ContractionAxis[]): number {
  let smallest = Infinity;
  for (const { out } of axes) smallest = Math.min(smallest, Math.abs(out));
  return smallest;
}

function prefersSwap({ rows, columns }: ContractionKernel): boolean {
  return smallestOutStride(rows) < smallestOutStride(columns);
}
