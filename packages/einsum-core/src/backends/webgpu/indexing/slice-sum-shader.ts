import type { IndexedContraction } from '../../../kernels/kernel.ts';
import type { SliceBuffer, SliceStep, SliceSum } from '../../../kernels/slice-sum.ts';
import { addressOf, coordinateLines, unsigned } from '../wgsl/addresses.ts';
import { type Bindings, type Shader, writeShader } from '../wgsl/shader.ts';
import { groupRuns } from './group-runs.ts';

const WORKGROUP_SIZE = 64;

/** So many slices are added up without a loop. */
const MOST_WRITTEN_OUT = 8;

/** The bits of NaN. */
const MISSING = '0x7fc00000u';

const nameOf = (axis: number): string => `i${axis}`;

/**
 * A sum of slices of (left, right, index, out): one invocation for each element of the result, or for some groups of four of a slice, that
 * adds up what its steps bring in their order. Elements of which a slice is not there are NaN.
 */
export function sliceSumShader({ offsets }: IndexedContraction, sum: SliceSum, bindings: Bindings): Shader {
  const { lookup, outer, summed, length } = sum;
  const steps = [...outer, ...summed];
  const [slicesAt, weightsAt] = sum.slices === 'left' ? ([0, 1] as const) : ([1, 0] as const);
  const { names } = bindings;
  const [slices, weights, indices, out] = [names[slicesAt], names[weightsAt], names[2], names[3]];
  const isWide = liesInFours(sum, offsets[slicesAt], bindings);
  const width = isWide ? 4 : 1;
  const [type, word, missing] = isWide ? ['vec4f', 'vec4u', `vec4u(${MISSING})`] : ['f32', 'u32', MISSING];
  const results = countOf(outer);
  const { across, places } = groupRuns(results, length / width);
  const address = (buffer: SliceBuffer, offset: number, axes: readonly SliceStep[]): string =>
    addressOf({ offset, strides: axes.map((axis) => axis[buffer]) }, nameOf);
  const inGroups = (elements: string): string => (isWide ? `(${elements}) / 4u` : elements);
  const placed = (start: string, place: number): string => `${start} + ${place === 0 ? 'j' : `j + ${place}u`}`;
  const term = [
    ...coordinateLines('turn', sizesOf(summed), (axis) => nameOf(outer.length + axis)),
    `let index = ${indices}[${address('index', lookup.offset, steps)}];`,
    // negative indices are large as unsigned numbers
    `is_there = is_there && index < ${unsigned(lookup.size)};`,
    `let weight = ${type}(bitcast<f32>(${weights}[${address('weights', offsets[weightsAt], steps)}]));`,
    `let slice = ${inGroups(`${address('slices', offsets[slicesAt], steps)} + index * ${unsigned(lookup.stride)}`)};`,
    ...places.map(
      (place, n) => `sum${n} = fma(weight, bitcast<${type}>(${slices}[${placed('slice', place)}]), sum${n});`,
    ),
  ].map((line) => `  ${line}`);
  const count = countOf(summed);
  const terms =
    count <= MOST_WRITTEN_OUT
      ? Array.from({ length: count }, (_, turn) => ['{', `  let turn = ${turn}u;`, ...term, '}']).flat()
      : [`for (var turn = 0u; turn < ${count}u; turn++) {`, ...term, '}'];
  return writeShader({
    bindings,
    workgroupSize: WORKGROUP_SIZE,
    workgroups: Math.ceil((results * across) / WORKGROUP_SIZE),
    ...(isWide ? { types: new Map([slices, out].map((name) => [name, 'array<vec4u>'])) } : {}),
    body: [
      `let position = group * ${WORKGROUP_SIZE}u + local;`,
      `if (position >= ${results * across}u) { return; }`,
      `let result = position / ${across}u;`,
      `let j = position % ${across}u;`,
      ...coordinateLines('result', sizesOf(outer), nameOf),
      'var is_there = true;',
      ...places.map((_, n) => `var sum${n} = ${type}();`),
      ...terms,
      `let first = ${inGroups(address('out', 0, outer))};`,
      ...places.map(
        (place, n) => `${out}[${placed('first', place)}] = select(${missing}, bitcast<${word}>(sum${n}), is_there);`,
      ),
    ],
  });
}

const sizesOf = (axes: readonly SliceStep[]): number[] => axes.map(({ size }) => size);

const countOf = (axes: readonly SliceStep[]): number => sizesOf(axes).reduce((product, size) => product * size, 1);

/** Whether every slice starts at a group of four elements and ends with one, and no buffer would have to be declared in two ways. */
function liesInFours({ lookup, outer, summed, length }: SliceSum, offset: number, { names }: Bindings): boolean {
  const moves = [...outer, ...summed].flatMap(({ slices, out }) => [slices, out]);
  return (
    [length, lookup.stride, offset, ...moves].every((step) => step % 4 === 0) && new Set(names).size === names.length
  );
}
