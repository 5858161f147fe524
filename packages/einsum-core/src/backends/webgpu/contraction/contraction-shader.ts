import { axesSize, type ContractionAxis, normalizeContraction } from '../../../kernels/contraction.ts';
import type { ContractionCall } from '../../../kernels/kernel.ts';
import { addressOf, coordinateLines, unsigned } from '../wgsl/addresses.ts';
import { type Bindings, type Shader, writeShader } from '../wgsl/shader.ts';

/** Threads along each side of a tile. */
const THREADS = 8;
const WORKGROUP_SIZE = THREADS * THREADS;
/** Rows and columns that one thread computes, at most: the tile that most GPUs do well with. */
const MOST_PER_THREAD = 4;
/** Contracted elements that a tile holds at once. */
const DEPTH = 16;

type Tensor = 'left' | 'right' | 'out';

/**
 * A contraction of (left, right, out), read and written where its strides say: each workgroup computes one tile of rows
 * and columns of one batch element. The sum goes through the contracted elements in order.
 */
export function contractionShader({ contraction, offsets }: ContractionCall, bindings: Bindings): Shader {
  const kernel = normalizeContraction(contraction);
  const [first, second] = kernel.swapped ? [1, 0] : [0, 1];
  const { batch, rows, columns, contracted } = kernel;
  const sizes = { rows: axesSize(rows), columns: axesSize(columns), depth: axesSize(contracted) };
  const tile = { rows: perThread(sizes.rows), columns: perThread(sizes.columns) };
  const [tileRows, tileColumns] = [tile.rows * THREADS, tile.columns * THREADS];
  const [across, down] = [Math.ceil(sizes.columns / tileColumns), Math.ceil(sizes.rows / tileRows)];
  const side = (tensor: 'left' | 'right'): Side => {
    const isLeft = tensor === 'left';
    return {
      tensor,
      buffer: bindings.names[isLeft ? first : second],
      free: isLeft ? rows : columns,
      contracted,
      size: isLeft ? sizes.rows : sizes.columns,
      depth: sizes.depth,
      width: isLeft ? tileRows : tileColumns,
    };
  };
  const body = [
    `let column_start = group % ${across}u * ${tileColumns}u;`,
    `let row_start = group / ${across}u % ${down}u * ${tileRows}u;`,
    `let batch = group / ${across * down}u;`,
    `let left_base = ${unsigned(offsets[first])} + left_batch(batch);`,
    `let right_base = ${unsigned(offsets[second])} + right_batch(batch);`,
    `let own_row = local / ${THREADS}u * ${tile.rows}u;`,
    `let own_column = local % ${THREADS}u * ${tile.columns}u;`,
    ...eachSum(tile, (sum) => `var ${sum} = 0f;`),
    `for (var start = 0u; start < ${sizes.depth}u; start += ${DEPTH}u) {`,
    ...[...loadLines(side('left')), ...loadLines(side('right'))].map((line) => `  ${line}`),
    '  workgroupBarrier();',
    `  for (var k = 0u; k < ${DEPTH}u; k++) {`,
    ...range(tile.rows).map((i) => `    let x${i} = left_tile[k * ${tileRows}u + own_row + ${i}u];`),
    ...range(tile.columns).map((j) => `    let y${j} = right_tile[k * ${tileColumns}u + own_column + ${j}u];`),
    ...eachSum(tile, (sum, i, j) => `    ${sum} = fma(x${i}, y${j}, ${sum});`),
    '  }',
    '  workgroupBarrier();',
    '}',
    'let out_base = out_batch(batch);',
    ...storeLines(tile, sizes, bindings.names[2]),
  ];
  return writeShader({
    bindings,
    workgroupSize: WORKGROUP_SIZE,
    workgroups: across * down * axesSize(batch),
    declarations: [
      `var<workgroup> left_tile: array<f32, ${tileRows * DEPTH}>;`,
      `var<workgroup> right_tile: array<f32, ${tileColumns * DEPTH}>;`,
      ...(['left', 'right', 'out'] as const).map((tensor) => offsetFunction(tensor, 'batch', batch)),
      offsetFunction('left', 'free', rows),
      offsetFunction('right', 'free', columns),
      offsetFunction('out', 'rows', rows),
      offsetFunction('out', 'columns', columns),
      offsetFunction('left', 'depth', contracted),
      offsetFunction('right', 'depth', contracted),
    ],
    body,
  });
}

const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

/** Rows or columns per thread for so many in all: no more than are needed. */
function perThread(size: number): number {
  let count = 1;
  while (count < MOST_PER_THREAD && count * THREADS < size) count *= 2;
  return count;
}

interface PerThread {
  readonly rows: number;
  readonly columns: number;
}

const eachSum = (tile: PerThread, line: (sum: string, i: number, j: number) => string): string[] =>
  range(tile.rows).flatMap((i) => range(tile.columns).map((j) => line(`sum${i}_${j}`, i, j)));

/** A function from the position along a group of axes to the offset in a tensor, in words. */
function offsetFunction(tensor: Tensor, group: string, axes: readonly ContractionAxis[]): string {
  const nameOf = (axis: number): string => `i${axis}`;
  const sizes = axes.map(({ size }) => Math.max(1, size));
  const lines = coordinateLines('position', sizes, nameOf);
  const address = addressOf({ offset: 0, strides: axes.map((axis) => axis[tensor]) }, nameOf);
  return `fn ${tensor}_${group}(position: u32) -> u32 { ${[...lines, `return ${address};`].join(' ')} }`;
}

interface Side {
  readonly tensor: 'left' | 'right';
  readonly buffer: string;
  readonly free: readonly ContractionAxis[];
  readonly contracted: readonly ContractionAxis[];
  readonly size: number;
  readonly depth: number;
  readonly width: number;
}

const smallestStride = (axes: readonly ContractionAxis[], tensor: Tensor): number =>
  Math.min(...axes.map((axis) => Math.abs(axis[tensor])));

/** Fills an operand's tile, zeros where it ends. Neighbouring threads read neighbouring elements where strides allow. */
function loadLines({ tensor, buffer, free, contracted, size, depth, width }: Side): string[] {
  const alongDepth = smallestStride(contracted, tensor) < smallestStride(free, tensor);
  const [k, i] = alongDepth ? [`slot % ${DEPTH}u`, `slot / ${DEPTH}u`] : [`slot / ${width}u`, `slot % ${width}u`];
  const start = tensor === 'left' ? 'row_start' : 'column_start';
  return [
    `for (var slot = local; slot < ${width * DEPTH}u; slot += ${WORKGROUP_SIZE}u) {`,
    `  let k = ${k};`,
    `  let i = ${i};`,
    '  var value = 0f;',
    `  if (${start} + i < ${size}u && start + k < ${depth}u) {`,
    `    value = bitcast<f32>(${buffer}[${tensor}_base + ${tensor}_free(${start} + i) + ${tensor}_depth(start + k)]);`,
    '  }',
    `  ${tensor}_tile[k * ${width}u + i] = value;`,
    '}',
  ];
}

function storeLines(
  tile: PerThread,
  sizes: { readonly rows: number; readonly columns: number },
  out: string,
): string[] {
  return range(tile.rows).flatMap((i) => [
    `if (row_start + own_row + ${i}u < ${sizes.rows}u) {`,
    `  let at = out_base + out_rows(row_start + own_row + ${i}u);`,
    ...range(tile.columns).map((j) => {
      const column = `column_start + own_column + ${j}u`;
      return `  if (${column} < ${sizes.columns}u) { ${out}[at + out_columns(${column})] = bitcast<u32>(sum${i}_${j}); }`;
    }),
    '}',
  ]);
}
