import type { ContractionKernel } from '../../../kernels/contraction.ts';
import type { Lookup } from '../../../kernels/kernel.ts';
import { unsigned } from '../wgsl/addresses.ts';

/** How an operand is looked up along batch axes: in which buffer of indices, and how far apart those are along each of the axes. */
export interface LayoutLookup extends Lookup {
  readonly buffer: string;
}

/** An operand whose rows a contraction looks up one by one: along its free axes, or along those that are summed over. */
export interface RowLookup {
  readonly tensor: 'left' | 'right';
  readonly group: 'rows' | 'columns' | 'contracted';
  readonly lookup: LayoutLookup;
}

/** The bits of a NaN: a row that was looked up where there is none. */
const NAN = `${0x7fc00000}u`;

/** Which operand's rows are looked up within a step; most contractions have none. */
export function rowLookupOf(kernel: ContractionKernel, lookups: readonly LayoutLookup[]): RowLookup | undefined {
  const lookup = lookups.find(({ isWithin }) => isWithin === true);
  if (lookup === undefined || lookup.tensor === 'out') return undefined;
  const groups = ['rows', 'columns', 'contracted'] as const;
  const group = groups.find((name) => kernel[name].some(({ index }) => index !== undefined));
  return group === undefined ? undefined : { tensor: lookup.tensor, group, lookup };
}

/** Statements after which `NAME` is the index at a place, counted from the step's first, and `NAME_at` where its row starts. */
export const lookUpRow = ({ lookup }: RowLookup, name: string, place: string): string[] => [
  `let ${name} = ${lookup.buffer}[first_index + ${place}];`,
  `let ${name}_at = ${startOfRow({ lookup }, name)};`,
];

/** Where the row of an index starts, in elements. */
export const startOfRow = ({ lookup }: Pick<RowLookup, 'lookup'>, index: string): string =>
  `${index} * ${unsigned(lookup.stride)}`;

/** Whether an index leads to a row; negative ones are large as unsigned numbers. */
export const isRow = ({ lookup }: RowLookup, index: string): string => `${index} < ${unsigned(lookup.size)}`;

/** An element of a row, or NaN, which all that is multiplied with it becomes, where there is no such row. */
export const elementOfRow = (row: RowLookup, index: string, value: string): string =>
  `bitcast<f32>(select(${NAN}, bitcast<u32>(${value}), ${isRow(row, index)}))`;
