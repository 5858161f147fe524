import type { ContractionAxis } from '../../../kernels/contraction.ts';
import { unsigned } from '../wgsl/addresses.ts';
import { type Bindings, type Shader, writeShader } from '../wgsl/shader.ts';
import {
  batchFunctions,
  type ContractionLayout,
  contractionLayout,
  foursAt,
  foursType,
  liesInFours,
  offsetFunction,
  operandAt,
  layoutHelpers,
  range,
} from './contraction-layout.ts';
import { TILE_THREADS, type TileSchedule } from './contraction-schedule.ts';
import { type ResultBlock, storeInTurn } from './result-store.ts';
import type { StoredContraction } from './stored-operands.ts';

const WORKGROUP_SIZE = TILE_THREADS * TILE_THREADS;
/** Operations on an invocation's results that are written as statements for each: those of 64 activations. */
const OPERATIONS_AT_ONCE = 4096;

/**
 * A contraction of (left, right, out), read and written where its strides say: each workgroup computes one tile of rows
 * and columns of one batch element out of workgroup memory. The sum goes through the contracted elements in order.
 */
export function tileShader(call: StoredContraction, schedule: TileSchedule, bindings: Bindings): Shader {
  const layout = contractionLayout(call, bindings);
  const { kernel, sizes, offsets, results } = layout;
  const { rows, columns, contracted } = kernel;
  const { depth } = schedule;
  const [tileRows, tileColumns] = [schedule.rows * TILE_THREADS, schedule.columns * TILE_THREADS];
  const [across, down] = [Math.ceil(sizes.columns / tileColumns), Math.ceil(sizes.rows / tileRows)];
  const left = sideOf(layout, 'left', tileRows, schedule);
  const right = sideOf(layout, 'right', tileColumns, schedule);
  const body = [
    `let column_start = group % ${across}u * ${tileColumns}u;`,
    `let row_start = group / ${across}u % ${down}u * ${tileRows}u;`,
    `let batch = group / ${across * down}u;`,
    ...results.preparation,
    `let left_base = ${unsigned(offsets.left)} + left_batch(batch);`,
    `let right_base = ${unsigned(offsets.right)} + right_batch(batch);`,
    `let own_row = local / ${TILE_THREADS}u * ${schedule.rows}u;`,
    `let own_column = local % ${TILE_THREADS}u * ${schedule.columns}u;`,
    ...eachSum(schedule, (sum) => `var ${sum} = 0f;`),
    `for (var start = 0u; start < ${sizes.depth}u; start += ${depth}u) {`,
    ...[...loadLines(left, layout), ...loadLines(right, layout)].map((line) => `  ${line}`),
    '  workgroupBarrier();',
    `  for (var k = 0u; k < ${depth}u; k++) {`,
    ...range(schedule.rows).map((i) => `    let x${i} = left_tile[k * ${tileRows}u + own_row + ${i}u];`),
    ...range(schedule.columns).map((j) => `    let y${j} = right_tile[k * ${tileColumns}u + own_column + ${j}u];`),
    ...eachSum(schedule, (sum, i, j) => `    ${sum} = fma(x${i}, y${j}, ${sum});`),
    '  }',
    '  workgroupBarrier();',
    '}',
    ...(schedule.rows * schedule.columns * results.operations <= OPERATIONS_AT_ONCE
      ? [`let out_base = ${unsigned(offsets.out)} + out_batch(batch);`, ...storeLines(schedule, layout)]
      : storeInTurn(
          results,
          blockOf(schedule, sizes),
          eachSum(schedule, (sum) => sum),
        )),
  ];
  return writeShader({
    bindings,
    workgroupSize: WORKGROUP_SIZE,
    workgroups: across * down * sizes.batch,
    types: new Map(
      [left, right].filter(({ isWide }) => isWide).map(({ buffer, tensor }) => [buffer, foursType(layout, tensor)]),
    ),
    helpers: layoutHelpers(layout),
    declarations: [
      `var<workgroup> left_tile: array<f32, ${tileRows * depth}>;`,
      `var<workgroup> right_tile: array<f32, ${tileColumns * depth}>;`,
      ...batchFunctions(layout),
      offsetFunction('left', 'free', rows),
      offsetFunction('right', 'free', columns),
      offsetFunction('out', 'rows', rows),
      offsetFunction('out', 'columns', columns),
      offsetFunction('left', 'depth', contracted),
      offsetFunction('right', 'depth', contracted),
      ...results.declarations,
    ],
    body,
  });
}

const eachSum = ({ rows, columns }: TileSchedule, line: (sum: string, i: number, j: number) => string): string[] =>
  range(rows).flatMap((i) => range(columns).map((j) => line(`sum${i}_${j}`, i, j)));

/** An operand's part in a tile: `width` of its free elements, `depth` of its contracted ones. */
interface Side {
  readonly tensor: 'left' | 'right';
  readonly buffer: string;
  readonly free: readonly ContractionAxis[];
  readonly contracted: readonly ContractionAxis[];
  readonly freeSize: number;
  readonly contractedSize: number;
  readonly width: number;
  readonly depth: number;
  /** Whether neighbours along the tile lie along the contracted elements, not along the free ones. */
  readonly alongDepth: boolean;
  /** Whether four of them are loaded at once. */
  readonly isWide: boolean;
}

function sideOf(
  layout: ContractionLayout,
  tensor: Side['tensor'],
  width: number,
  { depth, loadsVectors = false }: TileSchedule,
): Side {
  const { kernel, sizes, names } = layout;
  const group = tensor === 'left' ? 'rows' : 'columns';
  const { contracted } = kernel;
  const alongDepth = smallestStride(contracted, tensor) < smallestStride(kernel[group], tensor);
  return {
    tensor,
    buffer: names[tensor],
    alongDepth,
    isWide: loadsVectors && liesInFours(layout, tensor, alongDepth ? contracted : kernel[group]),
    free: kernel[group],
    contracted,
    freeSize: sizes[group],
    contractedSize: sizes.depth,
    width,
    depth,
  };
}

const smallestStride = (axes: readonly ContractionAxis[], tensor: Side['tensor']): number =>
  Math.min(...axes.map((axis) => Math.abs(axis[tensor])));

/** Fills an operand's tile, zeros where it ends. Neighbouring threads read neighbouring elements where strides allow. */
function loadLines(side: Side, layout: ContractionLayout): string[] {
  const { tensor, alongDepth, isWide, freeSize, contractedSize, width, depth } = side;
  const each = isWide ? 4 : 1;
  const times = each === 1 ? '' : ` * ${each}u`;
  const across = (alongDepth ? depth : width) / each;
  const [near, far] = [`slot % ${across}u${times}`, `slot / ${across}u`];
  const [k, i] = alongDepth ? [near, far] : [far, near];
  const start = tensor === 'left' ? 'row_start' : 'column_start';
  // four that lie together end where the axis does, which is as long as so many fours
  const guards = [
    ...(freeSize % width === 0 ? [] : [`${start} + i < ${freeSize}u`]),
    ...(contractedSize % depth === 0 ? [] : [`start + k < ${contractedSize}u`]),
  ];
  const at = `${tensor}_base + ${tensor}_free(${start} + i) + ${tensor}_depth(start + k)`;
  const value = isWide ? foursAt(layout, tensor, at) : operandAt(layout, tensor, at);
  const apart = alongDepth ? width : 1;
  const stores = isWide
    ? range(4).map((n) => `  ${tensor}_tile[k * ${width}u + i + ${n * apart}u] = value[${n}];`)
    : [`  ${tensor}_tile[k * ${width}u + i] = value;`];
  return [
    `for (var slot = local; slot < ${(width * depth) / each}u; slot += ${WORKGROUP_SIZE}u) {`,
    `  let k = ${k};`,
    `  let i = ${i};`,
    ...(guards.length === 0
      ? [`  let value = ${value};`]
      : [`  var value = ${isWide ? 'vec4f()' : '0f'};`, `  if (${guards.join(' && ')}) { value = ${value}; }`]),
    ...stores,
    '}',
  ];
}

const blockOf = ({ rows, columns }: TileSchedule, sizes: ContractionLayout['sizes']): ResultBlock => ({
  rows,
  columns,
  firstRow: 'row_start + own_row',
  firstColumn: 'column_start + own_column',
  columnsApart: 1,
  ends: [`${sizes.rows}u`, `${sizes.columns}u`],
});

function storeLines(schedule: TileSchedule, { sizes, results }: ContractionLayout): string[] {
  return range(schedule.rows).flatMap((i) => [
    `if (row_start + own_row + ${i}u < ${sizes.rows}u) {`,
    `  let at = out_base + out_rows(row_start + own_row + ${i}u);`,
    ...range(schedule.columns).map((j) => {
      const column = `column_start + own_column + ${j}u`;
      return `  if (${column} < ${sizes.columns}u) { ${results.store(`at + out_columns(${column})`, `sum${i}_${j}`)} }`;
    }),
    '}',
  ]);
}
