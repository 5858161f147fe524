import type { IndexedContraction } from '../../../kernels/kernel.ts';
import type { SliceBuffer, SliceStep, SliceSum } from '../../../kernels/slice-sum.ts';
import type { Machine } from '../contraction/machine.ts';
import { addressOf, coordinateLines, unsigned } from '../wgsl/addresses.ts';
import { type Bindings, type Shader, writeShader } from '../wgsl/shader.ts';
import { groupRuns } from './group-runs.ts';

const WORKGROUP_SIZE = 64;

/** So many slices are added up without a loop. */
const MOST_WRITTEN_OUT = 8;

/** The bits of NaN. */
const MISSING = '0x7fc00000u';

const nameOf = (axis: number): string => `i${axis}`;

/** Elements that an invocation loads at once, as what they are loaded, and as what their buffer is declared. */
const LOADS = {
  1: { type: 'f32', buffer: undefined },
  4: { type: 'vec4f', buffer: 'array<vec4u>' },
  16: { type: 'mat4x4f', buffer: 'array<mat4x4f>' },
} as const;

/**
 * A sum of slices of (left, right, index, out): one invocation for each element of the result, or for some groups of a slice, that
 * adds up what its steps bring in their order. Elements of which a slice is not there are NaN.
 *
 * Groups are of four elements where slices lie so that they can be. On a processor that imitates a card they are of sixteen: whatever is loaded at
 * once is found, and kept within its buffer, once (on SwiftShader the sums of two rows of 1024 for 2048 tokens take 14 ms for 22).
 */
export function sliceSumShader(
  { offsets }: IndexedContraction,
  sum: SliceSum,
  machine: Machine,
  bindings: Bindings,
): Shader {
  const { lookup, outer, summed, length } = sum;
  const steps = [...outer, ...summed];
  const [slicesAt, weightsAt] = sum.slices === 'left' ? ([0, 1] as const) : ([1, 0] as const);
  const { names } = bindings;
  const [slices, weights, indices, out] = [names[slicesAt], names[weightsAt], names[2], names[3]];
  const width = widthOf(sum, offsets[slicesAt], machine, bindings);
  const { type, buffer: declared } = LOADS[width];
  const results = countOf(outer);
  const { across, places } = width === 16 ? { across: length / 16, places: [0] } : groupRuns(results, length / width);
  const addressIn =
    (naming: (axis: number) => string) =>
    (buffer: SliceBuffer, offset: number, axes: readonly SliceStep[]): string =>
      addressOf({ offset, strides: axes.map((axis) => axis[buffer]) }, naming);
  const inGroups = (elements: string): string => (width > 1 ? `(${elements}) / ${width}u` : elements);
  const loaded = (place: string): string => (width === 16 ? place : `bitcast<${type}>(${place})`);
  const stored = (value: string): string =>
    width === 16 ? value : `bitcast<${width === 4 ? 'vec4u' : 'u32'}>(${value})`;
  const placed = (start: string, place: number): string => `${start} + ${place === 0 ? 'j' : `j + ${place}u`}`;
  /** What a turn adds, where all that it names ends in `own`: `added` is the statement that makes the nth sum. */
  const term = (own: string, turn: string, added: (n: number, sum: (before: string) => string) => string): string[] => {
    const naming = (axis: number): string => (axis < outer.length ? nameOf(axis) : `${nameOf(axis)}${own}`);
    const address = addressIn(naming);
    const values = (n: number): string => `values${n}${own}`;
    const column = (n: number, at: number, before: string): string =>
      `fma(weight${own}, ${values(n)}[${at}], ${before}[${at}])`;
    return [
      ...coordinateLines(turn, sizesOf(summed), (axis) => naming(outer.length + axis)),
      `let index${own} = ${indices}[${address('index', lookup.offset, steps)}];`,
      // negative indices are large as unsigned numbers; what is not there weighs NaN, and so makes all results that
      `let bits${own} = select(${MISSING}, ${weights}[${address('weights', offsets[weightsAt], steps)}], index${own} < ${unsigned(lookup.size)});`,
      `let weight${own} = ${width > 1 ? `vec4f(bitcast<f32>(bits${own}))` : `bitcast<f32>(bits${own})`};`,
      `let slice${own} = ${inGroups(`${address('slices', offsets[slicesAt], steps)} + index${own} * ${unsigned(lookup.stride)}`)};`,
      ...places.flatMap((place, n) => [
        `let ${values(n)} = ${loaded(`${slices}[${placed(`slice${own}`, place)}]`)};`,
        // not a matrix times a number: a sum that starts with 0 must not start with the −0 of a product
        added(n, (before) =>
          width === 16
            ? `mat4x4f(${[0, 1, 2, 3].map((at) => column(n, at, before)).join(', ')})`
            : `fma(weight${own}, ${values(n)}, ${before})`,
        ),
      ]),
    ];
  };
  const count = countOf(summed);
  const isWrittenOut = count > 0 && count <= MOST_WRITTEN_OUT;
  // a variable costs what a value does not: a processor that imitates a card asks at each change whose it is
  const terms = isWrittenOut
    ? Array.from({ length: count }, (_, turn) =>
        term(`_${turn}`, `${turn}u`, (n, sum) => {
          const before = turn === 0 ? `${type}()` : `sum${n}_${turn - 1}`;
          return `let sum${n}_${turn} = ${sum(before)};`;
        }),
      ).flat()
    : [
        ...places.map((_, n) => `var sum${n} = ${type}();`),
        `for (var turn = 0u; turn < ${count}u; turn++) {`,
        ...term('', 'turn', (n, sum) => `sum${n} = ${sum(`sum${n}`)};`).map((line) => `  ${line}`),
        '}',
      ];
  const total = (n: number): string => (isWrittenOut ? `sum${n}_${count - 1}` : `sum${n}`);
  return writeShader({
    bindings,
    workgroupSize: WORKGROUP_SIZE,
    workgroups: Math.ceil((results * across) / WORKGROUP_SIZE),
    ...(declared === undefined ? {} : { types: new Map([slices, out].map((name) => [name, declared])) }),
    body: [
      `let position = group * ${WORKGROUP_SIZE}u + local;`,
      `if (position >= ${results * across}u) { return; }`,
      `let result = position / ${across}u;`,
      `let j = position % ${across}u;`,
      ...coordinateLines('result', sizesOf(outer), nameOf),
      ...terms,
      `let first = ${inGroups(addressIn(nameOf)('out', 0, outer))};`,
      ...places.map((place, n) => `${out}[${placed('first', place)}] = ${stored(total(n))};`),
    ],
  });
}

const sizesOf = (axes: readonly SliceStep[]): number[] => axes.map(({ size }) => size);

const countOf = (axes: readonly SliceStep[]): number => sizesOf(axes).reduce((product, size) => product * size, 1);

/** The largest groups that every slice starts and ends with; single elements where a buffer would have to be declared in two ways. */
function widthOf(
  { lookup, outer, summed, length }: SliceSum,
  offset: number,
  machine: Machine,
  { names }: Bindings,
): keyof typeof LOADS {
  const moves = [...outer, ...summed].flatMap(({ slices, out }) => [slices, out]);
  const liesIn = (width: number): boolean =>
    [length, lookup.stride, offset, ...moves].every((step) => step % width === 0);
  if (new Set(names).size < names.length || !liesIn(4)) return 1;
  return machine !== 'card' && liesIn(16) ? 16 : 4;
}
