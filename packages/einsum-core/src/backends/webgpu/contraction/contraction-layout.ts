import {
  axesSize,
  type ContractionAxis,
  type NormalizedContraction,
  normalizeContraction,
  swapOperands,
} from '../../../kernels/contraction.ts';
import { type DType, isStorage } from '../../../base/dtype.ts';
import type { Lookup } from '../../../kernels/kernel.ts';
import { addressOf, coordinateLines, unsigned } from '../wgsl/addresses.ts';
import type { Bindings } from '../wgsl/shader.ts';
import { type ResultStore, resultStore } from './result-store.ts';
import { type LayoutLookup, type RowLookup, rowLookupOf } from './row-lookup.ts';
import type { StoredContraction } from './stored-operands.ts';

/** The tensors of a contraction. */
export type Tensor = 'left' | 'right' | 'out';

/** Elements along each group of axes. */
export interface ContractionSizes {
  readonly batch: number;
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
}

/** A contraction in the form that shaders want, with the place of each tensor. */
export interface ContractionLayout {
  readonly kernel: NormalizedContraction;
  readonly sizes: ContractionSizes;
  /** The variable of each tensor's buffer; none of a result that is not stored as it is. */
  readonly names: Readonly<Record<'left' | 'right', string> & Record<'out', string | undefined>>;
  readonly results: ResultStore;
  /** What operands are looked up by, and along the first of the batch axes, or the steps of `adds`. */
  readonly lookups: readonly LayoutLookup[];
  /** Where results are added to slices that an index picks: the slices are the first of the batch axes, and each goes through the steps that are its own. */
  readonly adds: { readonly steps: readonly ContractionAxis[]; readonly lookup: LayoutLookup } | undefined;
  /** The operand whose rows are looked up one by one, if one's are. */
  readonly row: RowLookup | undefined;
  /** Where each tensor starts, in elements. */
  readonly offsets: Readonly<Record<Tensor, number>>;
  /** Element types in memory; whatever they are, they are multiplied and added in f32. */
  readonly types: Readonly<Record<Tensor, DType>>;
}

/** Elements along each group of axes. */
export const sizesOf = ({ batch, rows, columns, contracted }: NormalizedContraction): ContractionSizes => ({
  batch: axesSize(batch),
  rows: axesSize(rows),
  columns: axesSize(columns),
  depth: axesSize(contracted),
});

/**
 * Normalizes a contraction; its operands may change places.
 *
 * @param isTurned - whether they do so once more than is usual
 */
export function contractionLayout(
  call: StoredContraction,
  bindings: Bindings,
  isTurned: boolean = false,
): ContractionLayout {
  const { contraction, offsets, types = ['f32', 'f32'], outOffset = 0, indexing = { steps: [], lookups: [] } } = call;
  const { names } = bindings;
  const results = resultStore(call, bindings);
  const usual = rowsLast(normalizeContraction(contraction));
  const normalized = isTurned ? swapOperands(usual) : usual;
  const [left, right] = normalized.swapped ? [1, 0] : [0, 1];
  const steps = indexing.steps.map((axis) =>
    normalized.swapped ? { ...axis, left: axis.right, right: axis.left } : axis,
  );
  const other = { left: 'right', right: 'left', out: 'out' } as const;
  const lookups = indexing.lookups.map(
    (lookup, i): LayoutLookup => ({
      ...lookup,
      tensor: normalized.swapped ? other[lookup.tensor] : lookup.tensor,
      buffer: names[2 + i],
    }),
  );
  const added = lookups.find(({ tensor }) => tensor === 'out');
  const kernel = { ...normalized, batch: [...(added === undefined ? steps : [slicesOf(added)]), ...normalized.batch] };
  return {
    kernel,
    sizes: sizesOf(kernel),
    names: { left: names[left], right: names[right], out: results.plain },
    results,
    lookups: lookups.filter((lookup) => lookup !== added),
    adds: added === undefined ? undefined : { steps, lookup: added },
    row: rowLookupOf(kernel, lookups),
    offsets: { left: offsets[left], right: offsets[right], out: outOffset },
    types: { left: types[left], right: types[right], out: 'f32' },
  };
}

/** What is summed over in the order of the loops: an axis along which rows are looked up goes fastest. */
const rowsLast = (kernel: NormalizedContraction): NormalizedContraction => ({
  ...kernel,
  contracted: [
    ...kernel.contracted.filter(({ index }) => index === undefined),
    ...kernel.contracted.filter(({ index }) => index !== undefined),
  ],
});

/** A WGSL function from the position along a group of axes to the offset in a tensor, in elements; or in a list of indices. */
export function offsetFunction(tensor: Tensor | 'index', group: string, axes: readonly ContractionAxis[]): string {
  const nameOf = (axis: number): string => `i${axis}`;
  const sizes = axes.map(({ size }) => Math.max(1, size));
  const lines = coordinateLines('position', sizes, nameOf);
  const address = addressOf({ offset: 0, strides: axes.map((axis) => axis[tensor] ?? 0) }, nameOf);
  return `fn ${tensor}_${group}(position: u32) -> u32 { ${[...lines, `return ${address};`].join(' ')} }`;
}

/** The slices that a lookup picks as an axis of the result. */
export const slicesOf = ({ size, stride }: Lookup): ContractionAxis => ({ size, left: 0, right: 0, out: stride });

/**
 * The functions from a batch element to the offset in each tensor, and, where something is looked up, to whether operands are there. Where results are
 * added to slices, those from a step to what it adds to an operand's offset, whether operands are there, and the slice that is its own.
 */
export function batchFunctions({ kernel: { batch }, lookups, adds }: ContractionLayout): string[] {
  if (lookups.length === 0 || adds !== undefined)
    return [
      ...(['left', 'right', 'out'] as const).map((tensor) => offsetFunction(tensor, 'batch', batch)),
      ...(adds === undefined ? [] : stepFunctions('step', adds.steps, [...lookups, adds.lookup])),
    ];
  return stepFunctions('batch', batch, lookups);
}

/** From a position along axes to each tensor's offset, with what is looked up there, whether that is there, and what its rows are looked up from. */
function stepFunctions(group: string, axes: readonly ContractionAxis[], lookups: readonly LayoutLookup[]): string[] {
  const nameOf = (axis: number): string => `i${axis}`;
  const coordinates = coordinateLines(
    'position',
    axes.map(({ size }) => Math.max(1, size)),
    nameOf,
  );
  const written = (name: string, type: string, value: string): string =>
    `fn ${name}(position: u32) -> ${type} { ${[...coordinates, `return ${value};`].join(' ')} }`;
  const placeOf = ({ offset, strides }: LayoutLookup): string => addressOf({ offset, strides }, nameOf);
  const indexOf = (lookup: LayoutLookup): string => `${lookup.buffer}[${placeOf(lookup)}]`;
  return [
    ...(['left', 'right', 'out'] as const).flatMap((tensor) => {
      const own = tensor === 'out' ? [] : lookups.filter((each) => each.tensor === tensor && each.isWithin !== true);
      const plain = addressOf({ offset: 0, strides: axes.map((axis) => axis[tensor]) }, nameOf);
      const address = [plain, ...own.map((lookup) => `${indexOf(lookup)} * ${unsigned(lookup.stride)}`)].join(' + ');
      // negative indices are large as unsigned numbers
      const isFound = own.map((lookup) => `${indexOf(lookup)} < ${unsigned(lookup.size)}`).join(' && ');
      return [
        written(`${tensor}_${group}`, 'u32', address),
        written(`${tensor}_found`, 'bool', isFound === '' ? 'true' : isFound),
      ];
    }),
    ...lookups.flatMap((lookup) => {
      if (lookup.tensor === 'out') return [written('slice_of', 'u32', indexOf(lookup))];
      return lookup.isWithin === true ? [written('rows_index', 'u32', placeOf(lookup))] : [];
    }),
  ];
}

/** Whether no other tensor of the contraction lies in the tensor's buffer. */
export const isAlone = (names: ContractionLayout['names'], tensor: Tensor): boolean =>
  Object.values(names).filter((name) => name === names[tensor]).length === 1;

/** Whether a tensor lies in groups of four elements of its innermost of these axes, each of which one load can bring. */
export function liesInFours(
  { kernel, names, offsets, lookups, adds }: ContractionLayout,
  tensor: 'left' | 'right',
  along: readonly ContractionAxis[],
): boolean {
  const inner = along.at(-1);
  if (inner === undefined || inner[tensor] !== 1 || inner.size % 4 !== 0) return false;
  const free = tensor === 'left' ? kernel.rows : kernel.columns;
  const strides = lookups.filter((lookup) => lookup.tensor === tensor).map(({ stride }) => stride);
  const others = [...kernel.batch, ...(adds?.steps ?? []), ...free, ...kernel.contracted].filter(
    (axis) => axis !== inner,
  );
  return (
    [offsets[tensor], ...others.map((axis) => axis[tensor]), ...strides].every((step) => step % 4 === 0) &&
    isAlone(names, tensor)
  );
}

/** Four elements from an address that is a multiple of four, as a vector, of a tensor whose buffer is declared as `foursType` says. */
export function foursAt({ names, types }: ContractionLayout, tensor: 'left' | 'right', address: string): string {
  const fours = `${names[tensor]}[(${address}) / 4u]`;
  return isStorage(types[tensor]) ? `${types[tensor]}_fours(${fours})` : `bitcast<vec4f>(${fours})`;
}

/** What a buffer is declared as that is read by fours: of as many as `extent` elements, or of any number. */
export function foursType({ types }: ContractionLayout, tensor: 'left' | 'right', extent?: number): string {
  const vector = isStorage(types[tensor]) ? 'vec2u' : 'vec4u';
  return extent === undefined ? `array<${vector}>` : `array<${vector}, ${extent / 4}>`;
}

/** One element of an operand, as f32. */
export function operandAt({ names, types }: ContractionLayout, tensor: 'left' | 'right', address: string): string {
  const type = types[tensor];
  if (!isStorage(type)) return `bitcast<f32>(${names[tensor]}[${address}])`;
  return `${type}_at(${names[tensor]}[(${address}) / 2u], ${address})`;
}

/** The functions that `operandAt`, `foursAt` and the store of results call. */
export const layoutHelpers = ({ types, results }: ContractionLayout): string[] => [
  ...[types.left, types.right].filter(isStorage).flatMap((type) => [`${type}_at`, `${type}_fours`]),
  ...results.helpers,
];

/** Elements from a buffer's start to the last that a contraction uses of it. */
export function extentOf({ kernel, offsets, lookups, adds }: ContractionLayout, tensor: Tensor): number {
  const axes = [...kernel.batch, ...(adds?.steps ?? []), ...kernel.rows, ...kernel.columns, ...kernel.contracted];
  const looked = lookups.filter((lookup) => lookup.tensor === tensor);
  const first = looked.reduce((end, { size, stride }) => end + (size - 1) * stride, offsets[tensor] + 1);
  return axes.reduce((end, axis) => end + Math.max(0, axis[tensor]) * Math.max(0, axis.size - 1), first);
}

/** Whole numbers from 0. */
export const range = (length: number): number[] => Array.from({ length }, (_, i) => i);
