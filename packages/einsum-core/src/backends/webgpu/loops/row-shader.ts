import type { Expression } from '../../../kernels/expression.ts';
import type { Fold, LoopKernel, Store } from '../../../kernels/kernel.ts';
import { expressionFacts, isRowAccess } from '../../../kernels/expression-facts.ts';
import { coordinateLines } from '../wgsl/addresses.ts';
import { type Block, createExpressionPrinter, emptyBlock } from '../wgsl/print-expressions.ts';
import { type Bindings, type Shader, writeShader } from '../wgsl/shader.ts';
import { storageOf } from '../wgsl/storage.ts';
import { loadText, storeText } from './elementwise-shader.ts';
import { foldText } from './fold-text.ts';

const LEAST_WORKGROUP = 64;
const LARGEST_WORKGROUP = 256;
/** A lane takes at least so many columns, where a row has them. */
const COLUMNS_PER_LANE = 4;

const product = (sizes: readonly number[]): number => sizes.reduce((total, size) => total * size, 1);

/** Lanes that share a row: a power of two. */
function lanesFor(columns: number): number {
  let lanes = 1;
  while (lanes < LARGEST_WORKGROUP && lanes * COLUMNS_PER_LANE < columns) lanes *= 2;
  return lanes;
}

/**
 * A loop kernel with folds. Each row has a power of two of lanes in one workgroup: lane l takes columns l, l + lanes, …,
 * and the lanes' results become one in a tree, so that the order of a sum never changes. What needs a fold is computed in
 * a pass after it; full values are computed again in each pass that needs them.
 */
export function rowShader(kernel: LoopKernel, bindings: Bindings): Shader {
  const rows = product(kernel.axes.slice(0, kernel.rowRank));
  const columns = product(kernel.axes.slice(kernel.rowRank));
  const lanes = lanesFor(columns);
  const workgroupSize = Math.max(LEAST_WORKGROUP, lanes);
  const rowsPerGroup = workgroupSize / lanes;
  const helpers = new Set<string>();
  const body = [
    `let lane = local % ${lanes}u;`,
    `let row = group * ${rowsPerGroup}u + local / ${lanes}u;`,
    `let is_alive = row < ${rows}u;`,
    // lanes without a row do another's work and store nothing, because all must meet at the barriers
    `let own_row = min(row, ${rows - 1}u);`,
    ...coordinateLines('own_row', kernel.axes.slice(0, kernel.rowRank), (axis) => `i${axis}`),
    ...passLines(kernel, { bindings, lanes, columns }, (helper) => helpers.add(helper)),
  ];
  return writeShader({
    bindings,
    workgroupSize,
    workgroups: Math.ceil(rows / rowsPerGroup),
    declarations: lanes > 1 ? [`var<workgroup> lane_values: array<u32, ${workgroupSize}>;`] : [],
    helpers,
    body,
  });
}

interface RowSpace {
  readonly bindings: Bindings;
  readonly lanes: number;
  readonly columns: number;
}

/** The passes over a row's columns, with what is computed once per row in front of each. */
function passLines(kernel: LoopKernel, space: RowSpace, use: (helper: string) => void): string[] {
  const { folds, stores, rowRank } = kernel;
  const { names } = space.bindings;
  const facts = expressionFacts(kernel);
  const printer = createExpressionPrinter(
    [...folds, ...stores].map(({ value }) => value),
    {
      load: (n) => loadText(kernel, n, names),
      index: (axis) => `bitcast<i32>(i${axis})`,
      reduced: (n) => `fold${n}`,
    },
    use,
  );
  const isOfRow = (store: Store): boolean => isRowAccess(store, rowRank) && facts.of(store.value).isRow;
  const levels = [...facts.foldLevels, ...stores.map(({ value }) => facts.of(value).level)];
  const lines: string[] = [];
  const rowNames = new Map<number, string>();
  for (let level = 0; level <= Math.max(0, ...levels); level++) {
    const atLevel = <T extends Fold | Store>(items: readonly T[]): [item: T, n: number][] =>
      items.map((item, n): [T, number] => [item, n]).filter(([{ value }]) => facts.of(value).level === level);
    const row: Block = { lines: [], names: rowNames };
    const column = emptyBlock();
    const blockOf = (node: Expression): Block => (facts.of(node).isRow ? row : column);
    const passFolds = atLevel(folds).map(([fold, n]) => ({ n, type: fold.value.type, ...foldText(fold, use) }));
    for (const { n, combine } of passFolds) {
      column.lines.push(`fold${n}_of_lane = ${combine(`fold${n}_of_lane`, printer.print(n, blockOf))};`);
    }
    for (const [store, n] of atLevel(stores)) {
      const value = printer.print(folds.length + n, blockOf);
      const guard = isOfRow(store) ? 'is_alive && lane == 0u' : 'is_alive';
      const assignment = isOfRow(store)
        ? storeText({ ...kernel, axes: kernel.axes.slice(0, rowRank) }, store, value, names)
        : storeText(kernel, store, value, names);
      (isOfRow(store) ? row : column).lines.push(`if (${guard}) { ${assignment} }`);
    }
    lines.push(...row.lines);
    for (const { n, type, neutral } of passFolds) {
      lines.push(`var fold${n}_of_lane: ${storageOf(type).type} = ${neutral};`);
    }
    if (column.lines.length > 0 && space.columns > 0) lines.push(...overColumns(kernel, space, column.lines));
    for (const { n, type, combine } of passFolds) lines.push(...acrossLanes(n, type, combine, space));
  }
  return lines;
}

function overColumns({ axes, rowRank }: LoopKernel, { lanes, columns }: RowSpace, body: readonly string[]): string[] {
  return [
    `for (var column = lane; column < ${columns}u; column += ${lanes}u) {`,
    ...coordinateLines('column', axes.slice(rowRank), (axis) => `i${rowRank + axis}`).map((line) => `  ${line}`),
    ...body.map((line) => `  ${line}`),
    '}',
  ];
}

/** One value from those of a row's lanes: halves are combined until one is left. */
function acrossLanes(
  n: number,
  type: Expression['type'],
  combine: (a: string, b: string) => string,
  { lanes }: RowSpace,
): string[] {
  if (lanes === 1) return [`let fold${n} = fold${n}_of_lane;`];
  const { fromWord, toWord } = storageOf(type);
  const lines = [`lane_values[local] = ${toWord(`fold${n}_of_lane`)};`, 'workgroupBarrier();'];
  for (let half = lanes / 2; half >= 1; half /= 2) {
    const combined = combine(fromWord('lane_values[local]'), fromWord(`lane_values[local + ${half}u]`));
    lines.push(`if (lane < ${half}u) { lane_values[local] = ${toWord(combined)}; }`, 'workgroupBarrier();');
  }
  return [...lines, `let fold${n} = ${fromWord('lane_values[local - lane]')};`, 'workgroupBarrier();'];
}
