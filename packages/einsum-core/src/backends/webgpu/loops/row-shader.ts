import type { Expression } from '../../../kernels/expression.ts';
import type { Fold, LoopKernel, Store } from '../../../kernels/kernel.ts';
import { expressionFacts, isRowAccess } from '../../../kernels/expression-facts.ts';
import { coordinateLines } from '../wgsl/addresses.ts';
import { type Block, createExpressionPrinter, emptyBlock } from '../wgsl/print-expressions.ts';
import { type Bindings, type Shader, writeShader } from '../wgsl/shader.ts';
import { storageOf } from '../wgsl/storage.ts';
import { loadText, storeText } from './elementwise-shader.ts';
import type { Target } from '../target.ts';
import { foldText } from './fold-text.ts';
import { type RowSharing, shareRows } from './row-sharing.ts';

const product = (sizes: readonly number[]): number => sizes.reduce((total, size) => total * size, 1);

/**
 * A loop kernel with folds. Each row has a power of two of lanes: lane l takes columns l, l + lanes, …, and the lanes'
 * results become one in a tree, so that the order of a sum never changes. What needs a fold is computed in a pass after
 * it; full values are computed again in each pass that needs them.
 */
export function rowShader(kernel: LoopKernel, target: Target, bindings: Bindings): Shader {
  const rows = product(kernel.axes.slice(0, kernel.rowRank));
  const columns = product(kernel.axes.slice(kernel.rowRank));
  return sharedRowShader(kernel, shareRows(rows, columns, target), bindings);
}

/** The same where it is known how rows are shared. */
export function sharedRowShader(kernel: LoopKernel, sharing: RowSharing, bindings: Bindings): Shader {
  const rows = product(kernel.axes.slice(0, kernel.rowRank));
  const columns = product(kernel.axes.slice(kernel.rowRank));
  const { rowsPerGroup, workgroupSize, directives, builtins, declarations } = sharing;
  const helpers = new Set<string>();
  const body = sharing.eachRow([
    `let row = group * ${rowsPerGroup}u + place;`,
    `let is_alive = place < ${rowsPerGroup}u && row < ${rows}u;`,
    // lanes without a row do another's work and store nothing, because all must meet
    `let own_row = min(row, ${rows - 1}u);`,
    ...coordinateLines('own_row', kernel.axes.slice(0, kernel.rowRank), (axis) => `i${axis}`),
    ...passLines(kernel, { bindings, sharing, columns }, (helper) => helpers.add(helper)),
  ]);
  return writeShader({
    bindings,
    workgroupSize,
    workgroups: Math.ceil(rows / rowsPerGroup),
    directives,
    builtins,
    declarations,
    helpers,
    body,
  });
}

interface RowSpace {
  readonly bindings: Bindings;
  readonly sharing: RowSharing;
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
      load: (n) => loadText(kernel, n, names, use),
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
        ? storeText({ ...kernel, axes: kernel.axes.slice(0, rowRank) }, store, value, { names, use })
        : storeText(kernel, store, value, { names, use });
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

function overColumns({ axes, rowRank }: LoopKernel, { columns }: RowSpace, body: readonly string[]): string[] {
  return [
    `for (var column = lane; column < ${columns}u; column += step) {`,
    ...coordinateLines('column', axes.slice(rowRank), (axis) => `i${rowRank + axis}`).map((line) => `  ${line}`),
    ...body.map((line) => `  ${line}`),
    '}',
  ];
}

/** One value from those of a row's lanes. */
function acrossLanes(
  n: number,
  type: Expression['type'],
  combine: (a: string, b: string) => string,
  { sharing }: RowSpace,
): string[] {
  if (sharing.lanes === 1) return [`let fold${n} = fold${n}_of_lane;`];
  const { fromWord, toWord } = storageOf(type);
  const word = `fold${n}_word`;
  return [
    `var ${word} = ${toWord(`fold${n}_of_lane`)};`,
    ...sharing.combine(word, (a, b) => toWord(combine(fromWord(a), fromWord(b)))),
    `let fold${n} = ${fromWord(word)};`,
  ];
}
