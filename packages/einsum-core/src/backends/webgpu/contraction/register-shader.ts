import { axesSize, type ContractionAxis } from '../../../kernels/contraction.ts';
import { unsigned } from '../wgsl/addresses.ts';
import { byteLengthOf } from '../wgsl/storage.ts';
import { type Bindings, type Shader, writeShader } from '../wgsl/shader.ts';
import {
  batchFunctions,
  type ContractionLayout,
  contractionLayout,
  extentOf,
  foursAt,
  foursType,
  isAlone,
  liesInFours,
  offsetFunction,
  operandAt,
  layoutHelpers,
  range,
  type Tensor,
} from './contraction-layout.ts';
import { type RegisterSchedule, sharesQuads } from './contraction-schedule.ts';
import { type ResultBlock, type ResultStore, storeInTurn } from './result-store.ts';
import { elementOfRow, isRow, lookUpRow, type RowLookup, startOfRow } from './row-lookup.ts';
import type { StoredContraction } from './stored-operands.ts';

/** Invocations of a workgroup, where the schedule does not say. */
const WORKGROUP_SIZE = 64;
/**
 * Contracted elements in one turn of the loop. A turn ends with every sum in its variable, which a processor that imitates a card pays for by the
 * sum; and rows that lie a power of two apart leave its first cache before the rest of a line is used. Few rows that make many sums are read by whole lines:
 * on SwiftShader a product of 2048 × 1024 with 1024 × 16 took 12.0, 13.5 and 19.9 ms so, in turns with 20.1, 19.8 and 15.0 of half of it.
 */
const unrolled = ({ isTurned = false }: RegisterSchedule): number => (isTurned ? 16 : 4);
/** Results of an invocation on which statements of their own may work, and operations on all of them. */
const AT_ONCE = { results: 32, operations: 1024 };

/**
 * A contraction of (left, right, out) without workgroup memory and without a barrier: each invocation computes some rows
 * and some columns of one batch element from what it reads itself; its neighbours read the columns beside its own. Sums
 * go through the contracted elements in order. What is read for rows and columns
 * beyond the last, which WGSL keeps within the buffer, goes into sums that are not stored.
 */
export function registerShader(call: StoredContraction, schedule: RegisterSchedule, bindings: Bindings): Shader {
  const layout = contractionLayout(call, bindings, schedule.isTurned);
  const { kernel, sizes, results } = layout;
  const { lanes, workgroup = WORKGROUP_SIZE } = schedule;
  const [down, across] = [Math.ceil(sizes.rows / schedule.rows), Math.ceil(sizes.columns / (lanes * schedule.columns))];
  const invocations = lanes * down * across * sizes.batch;
  const read = readingOf(layout, schedule);
  const rows = sideOf(layout, 'rows', schedule.rows, 1);
  const columns = sideOf(layout, 'columns', schedule.columns, lanes);
  const outer = kernel.contracted.slice(0, -1);
  const body = [
    `let position = group * ${workgroup}u + local;`,
    ...(invocations % workgroup === 0 ? [] : [`if (position >= ${invocations}u) { return; }`]),
    `let row = position / ${lanes}u % ${down}u * ${schedule.rows}u;`,
    `let column = position / ${lanes * down}u % ${across}u * ${lanes * schedule.columns}u + position % ${lanes}u;`,
    `let batch = position / ${lanes * down * across}u;`,
    ...results.preparation,
    ...eachSum(schedule, (sum) => `var ${sum} = 0f;`),
    ...overSteps(layout, (at) => [
      ...rows.prepare('left', at('left')),
      ...columns.prepare('right', at('right')),
      ...overDepth(outer, sumLines({ layout, schedule, rows, columns, read })),
    ]),
    `let row_count = ${sizes.rows}u;`,
    `let column_count = ${sizes.columns}u;`,
    ...(isStoredAtOnce(schedule, results)
      ? [
          ...rows.prepare('out', `${unsigned(layout.offsets.out)} + out_batch(batch)`),
          ...columns.prepare('out', '0u'),
          ...storeLines(schedule, rows, columns, results),
        ]
      : storeInTurn(
          results,
          blockOf(schedule),
          eachSum(schedule, (sum) => sum),
        )),
  ];
  return writeShader({
    bindings,
    workgroupSize: workgroup,
    workgroups: Math.ceil(invocations / workgroup),
    directives: read.left === 'quads' ? QUAD_DIRECTIVES : [],
    types: bufferTypes(layout, read),
    helpers: layoutHelpers(layout),
    declarations: [
      ...batchFunctions(layout),
      offsetFunction('left', 'rows', kernel.rows),
      offsetFunction('right', 'columns', kernel.columns),
      offsetFunction('out', 'rows', kernel.rows),
      offsetFunction('out', 'columns', kernel.columns),
      offsetFunction('left', 'outer', outer),
      offsetFunction('right', 'outer', outer),
      ...(layout.row === undefined ? [] : [offsetFunction('index', 'rows', kernel[layout.row.group])]),
      ...results.declarations,
    ],
    body,
  });
}

const eachSum = ({ rows, columns }: RegisterSchedule, line: (sum: string, i: number, j: number) => string): string[] =>
  range(rows).flatMap((i) => range(columns).map((j) => line(`sum${i}_${j}`, i, j)));

// invocations without results leave early, but by whole quads
const QUAD_DIRECTIVES = ['enable subgroups;', 'diagnostic(off, subgroup_uniformity);'];

/**
 * How four contracted elements are read, of left by one invocation for all of its quad, at once, or one after the other; of right, where they
 * lie so, at once.
 */
interface Reading {
  readonly left: 'quads' | 'vectors' | 'elements';
  readonly right: 'vectors' | 'elements';
}

/**
 * What is computed where both operands start, as `at` says: once, or in each step whose results are added to the slice. Those of others are
 * passed over in a loop of their own, because a processor that imitates a card computes both ways of a condition.
 */
function overSteps(
  { adds, kernel, offsets, row }: ContractionLayout,
  body: (at: (tensor: 'left' | 'right') => string) => readonly string[],
): string[] {
  const first = (place: string): string[] => (row === undefined ? [] : [`let first_index = rows_index(${place});`]);
  const batchAt = (tensor: 'left' | 'right'): string => `${unsigned(offsets[tensor])} + ${tensor}_batch(batch)`;
  if (adds === undefined) return [...first('batch'), ...body(batchAt)];
  const [count, within] = [adds.steps, kernel.batch.slice(1)].map((axes) => axesSize(axes));
  return [
    `let slice = batch / ${within}u;`,
    `for (var step = 0u; step < ${count}u; step++) {`,
    `  while (step < ${count}u && slice_of(step) != slice) { step++; }`,
    `  if (step >= ${count}u) { break; }`,
    '  is_found = is_found && left_found(step) && right_found(step);',
    ...indent([...first('step'), ...body((tensor) => `${batchAt(tensor)} + ${tensor}_step(step)`)]),
    '}',
  ];
}

function readingOf(layout: ContractionLayout, schedule: RegisterSchedule): Reading {
  const [left, right] = (['left', 'right'] as const).map((tensor) =>
    liesInFours(layout, tensor, layout.kernel.contracted) ? 'vectors' : 'elements',
  );
  return { left: sharesQuads(schedule) ? 'quads' : left, right };
}

/** Arrays of known length, so that what keeps every index within them is short. */
function bufferTypes(layout: ContractionLayout, read: Reading): Map<string, string> {
  return new Map(
    (['left', 'right', 'out'] as const).flatMap((tensor): [string, string][] => {
      const name = layout.names[tensor];
      if (name === undefined || !isAlone(layout.names, tensor)) return [];
      const extent = extentOf(layout, tensor);
      const words = byteLengthOf(extent, layout.types[tensor]) / 4;
      const isWide = tensor !== 'out' && read[tensor] === 'vectors';
      const type = isWide ? foursType(layout, tensor, extent) : `array<u32, ${words}>`;
      return [[name, type]];
    }),
  );
}

/** An invocation's rows or columns. */
interface Side {
  /** Whether some invocations have some that lie beyond the last. */
  readonly isRagged: boolean;
  /** The position of the nth along the group, as text. */
  position(n: number): string;
  /** Statements after which `offset` knows the tensor's elements. */
  prepare(tensor: Tensor, base: string): string[];
  /** The offset of the nth in a tensor, relative to the tensor's first for this side (`left_rows_at`, …). */
  offset(tensor: Tensor, n: number): string;
  /** Whether the nth was found, where it is looked up. */
  isThere(n: number): string | undefined;
}

function sideOf(
  { kernel, sizes, row }: ContractionLayout,
  group: 'rows' | 'columns',
  count: number,
  apart: number,
): Side {
  const axes = kernel[group];
  const inner = axes.at(-1);
  const isRagged = sizes[group] % (count * apart) !== 0;
  // where an invocation's share lies within the innermost axis, its stride leads from one to the next
  const isWithin = axes.length === 1 || (inner !== undefined && inner.size % (count * apart) === 0);
  const step = isWithin ? inner : undefined;
  const first = group === 'rows' ? 'row' : 'column';
  const position = (n: number): string => (n === 0 ? first : `${first} + ${n * apart}u`);
  const rowOf = (tensor: Tensor): RowLookup | undefined =>
    row?.group === group && row.tensor === tensor ? row : undefined;
  const isRegular = (tensor: Tensor): boolean => (step !== undefined || count === 1) && rowOf(tensor) === undefined;
  return {
    isRagged,
    position,
    prepare: (tensor, base) => {
      const looked = rowOf(tensor);
      const placeOf = (n: number): string => `${tensor}_${group}(${position(n)})`;
      return [
        `let ${tensor}_${group}_at = ${base}${isRegular(tensor) ? ` + ${placeOf(0)}` : ''};`,
        ...(isRegular(tensor) ? [] : range(count)).flatMap((n) =>
          looked === undefined
            ? [`let ${tensor}_${group}_${n} = ${placeOf(n)};`]
            : [
                ...lookUpRow(looked, `row${n}`, `index_rows(${position(n)})`),
                `let ${tensor}_${group}_${n} = ${placeOf(n)} + row${n}_at;`,
              ],
        ),
      ];
    },
    offset: (tensor, n) =>
      isRegular(tensor) ? unsigned(n * apart * (step?.[tensor] ?? 0)) : `${tensor}_${group}_${n}`,
    isThere: (n) => (row?.group === group ? isRow(row, `row${n}`) : undefined),
  };
}

/** Goes through all contracted axes but the innermost, from which `lines` start at `left_at` and `right_at`. */
function overDepth(outer: readonly ContractionAxis[], lines: readonly string[]): string[] {
  const count = outer.reduce((product, { size }) => product * size, 1);
  if (count === 1)
    return ['{', '  var left_at = left_rows_at;', '  var right_at = right_columns_at;', ...indent(lines), '}'];
  return [
    `for (var turn = 0u; turn < ${count}u; turn++) {`,
    '  var left_at = left_rows_at + left_outer(turn);',
    '  var right_at = right_columns_at + right_outer(turn);',
    ...indent(lines),
    '}',
  ];
}

const indent = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);

interface Sum {
  readonly layout: ContractionLayout;
  readonly schedule: RegisterSchedule;
  readonly rows: Side;
  readonly columns: Side;
  readonly read: Reading;
}

/** Adds what the innermost contracted axis brings, some elements at a time. */
function sumLines(sum: Sum): string[] {
  const { kernel, row } = sum.layout;
  const isLookedUp = row?.group === 'contracted';
  const inner = kernel.contracted.at(-1) ?? { size: 1, left: 0, right: 0, out: 0 };
  const each = unrolled(sum.schedule);
  const [turns, rest] = [Math.floor(inner.size / each), inner.size % each];
  const loop =
    turns === 0
      ? []
      : [
          `for (var k = 0u; k < ${turns}u; k++) {`,
          ...indent(stepLines(sum, inner, each)),
          ...(isLookedUp ? [`  index_at += ${unsigned(each * (inner.index ?? 0))};`] : []),
          `  left_at += ${unsigned(each * inner.left)};`,
          `  right_at += ${unsigned(each * inner.right)};`,
          '}',
        ];
  return [...(isLookedUp ? ['var index_at = 0u;'] : []), ...loop, ...stepLines(sum, inner, rest)];
}

/** Adds some contracted elements to every sum; what is read of right serves all rows. */
function stepLines({ layout, schedule, rows, columns, read }: Sum, inner: ContractionAxis, count: number): string[] {
  if (count === 0) return [];
  const steps = range(count);
  const isWide = read.left === 'vectors';
  const isShared = read.left === 'quads' && count % 4 === 0;
  const fours = range(Math.ceil(count / 4));
  const row = layout.row?.group === 'contracted' ? layout.row : undefined;
  const isLookedUp = (tensor: 'left' | 'right'): boolean => row?.tensor === tensor;
  /** The element of an operand at its kth place, or that of an invocation of a quad. */
  const elementOf = (tensor: 'left' | 'right', at: string, place: string, k: string): string => {
    if (row === undefined || !isLookedUp(tensor)) return operandAt(layout, tensor, `${at} + ${place}`);
    return elementOfRow(row, `row${k}`, operandAt(layout, tensor, `${at} + row${k}_at`));
  };
  const rowLines = (): string[] => {
    if (row === undefined) return [];
    const indexAt = (k: string): string => `index_at + (${k}) * ${unsigned(inner.index ?? 0)}`;
    if (!isShared) return steps.flatMap((k) => lookUpRow(row, `row${k}`, indexAt(`${k}u`)));
    return fours.flatMap((four) => [
      ...lookUpRow(row, `row_of_${four}`, indexAt(`position % 4u + ${4 * four}u`)),
      ...(row.tensor === 'left' ? [] : range(4)).flatMap((k) => [
        `let row${4 * four + k} = quadBroadcast(row_of_${four}, ${k}u);`,
        `let row${4 * four + k}_at = ${startOfRow(row, `row${4 * four + k}`)};`,
      ]),
    ]);
  };
  const leftLines = (i: number): string[] => {
    const at = `left_at + ${rows.offset('left', i)}`;
    if (isShared) {
      return fours.flatMap((four) => {
        const place = `(position % 4u + ${4 * four}u) * ${unsigned(inner.left)}`;
        const own = `let own${i}_${four} = ${elementOf('left', at, place, `_of_${four}`)};`;
        return [own, ...range(4).map((k) => `let x${i}_${4 * four + k} = quadBroadcast(own${i}_${four}, ${k}u);`)];
      });
    }
    if (isWide) {
      return fours.map((four) => `let x${i}_${four} = ${foursAt(layout, 'left', `${at} + ${4 * four}u`)};`);
    }
    return steps.map((k) => `let x${i}_${k} = ${elementOf('left', at, unsigned(k * inner.left), `${k}`)};`);
  };
  const leftOf = (i: number, k: number): string => (isWide ? `x${i}_${k >> 2}[${k % 4}]` : `x${i}_${k}`);
  const rightLines = (j: number): string[] => {
    const at = `right_at + ${columns.offset('right', j)}`;
    if (read.right === 'vectors')
      return fours.map((four) => `let y${j}_${four} = ${foursAt(layout, 'right', `${at} + ${4 * four}u`)};`);
    return steps.map((k) => `let y${j}_${k} = ${elementOf('right', at, unsigned(k * inner.right), `${k}`)};`);
  };
  const rightOf = (j: number, k: number): string =>
    read.right === 'vectors' ? `y${j}_${k >> 2}[${k % 4}]` : `y${j}_${k}`;
  return [
    ...rowLines(),
    ...range(schedule.columns).flatMap(rightLines),
    ...range(schedule.rows).flatMap((i) => [
      ...leftLines(i),
      ...range(schedule.columns).map((j) => {
        const products = steps.reduce((total, k) => `fma(${leftOf(i, k)}, ${rightOf(j, k)}, ${total})`, `sum${i}_${j}`);
        return `sum${i}_${j} = ${products};`;
      }),
    ]),
  ];
}

function isStoredAtOnce({ rows, columns }: RegisterSchedule, { operations }: ResultStore): boolean {
  const count = rows * columns;
  return operations === 0 || (count <= AT_ONCE.results && count * operations <= AT_ONCE.operations);
}

const blockOf = ({ rows, columns, lanes }: RegisterSchedule): ResultBlock => ({
  rows,
  columns,
  firstRow: 'row',
  firstColumn: 'column',
  columnsApart: lanes,
  ends: ['row_count', 'column_count'],
});

function storeLines(schedule: RegisterSchedule, rows: Side, columns: Side, { store }: ResultStore): string[] {
  const sizeGuard = (side: Side, n: number, size: string): string[] =>
    side.isRagged ? [`${side.position(n)} < ${size}`] : [];
  return eachSum(schedule, (sum, i, j) => {
    const at = `out_rows_at + ${rows.offset('out', i)} + out_columns_at + ${columns.offset('out', j)}`;
    const guards = [...sizeGuard(rows, i, 'row_count'), ...sizeGuard(columns, j, 'column_count')];
    const stored = store(at, sum, rows.isThere(i) ?? columns.isThere(j));
    return guards.length === 0 ? stored : `if (${guards.join(' && ')}) { ${stored} }`;
  });
}
