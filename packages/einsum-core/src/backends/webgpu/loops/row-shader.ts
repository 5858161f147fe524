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
import { inWorkgroup, type RowSharing, shareRows } from './row-sharing.ts';

const product = (sizes: readonly number[]): number => sizes.reduce((total, size) => total * size, 1);

/**
 * A loop kernel with folds. Each row has a power of two of lanes: lane l takes columns l, l + lanes, …, and the lanes'
 * results become one in a tree, so that the order of a sum never changes. What needs a fold is computed in a pass after
 * it; full values are computed again in each pass that needs them.
 */
export function rowShader(kernel: LoopKernel, target: Target, bindings: Bindings): Shader {
  if (target.machine !== 'card' && sharesLoads(kernel)) return rowsTogetherShader(kernel, bindings);
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

/**
 * The same where an invocation computes all rows along the last of their axes, of which some loads are the same for each: these are loaded once
 * for all, and columns are written out. That is for processors that imitate a card, where a load costs as much as thirty operations, and the
 * turn of a loop as much as ten (SwiftShader: the ranks of 16 scores among themselves, for 2048 tokens).
 */
export function rowsTogetherShader(kernel: LoopKernel, bindings: Bindings): Shader {
  const { axes, rowRank, loads } = kernel;
  const columns = product(axes.slice(rowRank));
  const together = axes[rowRank - 1];
  const invocations = product(axes.slice(0, rowRank - 1));
  const sharing = inWorkgroup(1);
  const helpers = new Set<string>();
  const use = (helper: string): unknown => helpers.add(helper);
  const shared = loads.map((_, n) => isShared(kernel, n));
  const lines = passLines(kernel, { bindings, sharing, columns, shared }, use);
  const body = [
    `let place = group * ${sharing.workgroupSize}u + local;`,
    `if (place >= ${invocations}u) { return; }`,
    'let is_alive = true;',
    'let lane = 0u;',
    ...coordinateLines('place', axes.slice(0, rowRank - 1), (axis) => `i${axis}`),
    ...loads.flatMap((_, n) =>
      (shared[n] ? range(columns) : []).map(
        (column) => `let ${sharedName(n, column)} = ${loadText(atColumn(kernel, column), n, bindings.names, use)};`,
      ),
    ),
    `for (var i${rowRank - 1} = 0u; i${rowRank - 1} < ${together}u; i${rowRank - 1}++) {`,
    ...lines.map((line) => `  ${line}`),
    '}',
  ];
  return writeShader({
    bindings,
    workgroupSize: sharing.workgroupSize,
    workgroups: Math.ceil(invocations / sharing.workgroupSize),
    helpers,
    body,
  });
}

/** Rows that an invocation computes, and columns of each, at most: what is written out is compiled. */
const MOST_TOGETHER = 32;
/** So many invocations are enough for a processor. */
const LEAST_INVOCATIONS = 256;

/** Whether rows along the last of their axes load something that is the same for all, and are few and short enough to be computed together. */
export function sharesLoads(kernel: LoopKernel): boolean {
  const { axes, rowRank, loads } = kernel;
  const columns = product(axes.slice(rowRank));
  const together = axes[rowRank - 1];
  return (
    rowRank >= 2 &&
    together > 1 &&
    together <= MOST_TOGETHER &&
    columns > 1 &&
    columns <= MOST_TOGETHER &&
    product(axes.slice(0, rowRank - 1)) >= LEAST_INVOCATIONS &&
    loads.some((_, n) => isShared(kernel, n))
  );
}

/** Whether a load goes along the columns, and not along the last axis of the rows. */
const isShared = ({ loads, rowRank }: LoopKernel, n: number): boolean =>
  loads[n].strides[rowRank - 1] === 0 && loads[n].strides.slice(rowRank).some((stride) => stride !== 0);

const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

const sharedName = (n: number, column: number): string => `shared${n}_${column}`;

/** The kernel with loads at one column, whatever the coordinates of columns are. */
function atColumn(kernel: LoopKernel, column: number): LoopKernel {
  const { axes, rowRank, loads } = kernel;
  const places: number[] = axes.map(() => 0);
  for (let axis = axes.length - 1, rest = column; axis >= rowRank; axis--) {
    places[axis] = rest % axes[axis];
    rest = Math.floor(rest / axes[axis]);
  }
  return {
    ...kernel,
    loads: loads.map((access) => ({
      ...access,
      offset: access.strides.reduce((offset, stride, axis) => offset + stride * places[axis], access.offset),
      strides: access.strides.map((stride, axis) => (axis < rowRank ? stride : 0)),
    })),
  };
}

interface RowSpace {
  readonly bindings: Bindings;
  readonly sharing: RowSharing;
  readonly columns: number;
  /** For each load whether all of its columns have been loaded; columns are then written out. */
  readonly shared?: readonly boolean[];
}

/** The passes over a row's columns, with what is computed once per row in front of each. */
function passLines(kernel: LoopKernel, space: RowSpace, use: (helper: string) => void): string[] {
  const { folds, stores, rowRank } = kernel;
  const { names } = space.bindings;
  const facts = expressionFacts(kernel);
  let written = 0;
  const exact = (value: string): string => {
    use('exact');
    return `exact(${value})`;
  };
  const printer = createExpressionPrinter(
    [...folds, ...stores].map(({ value }) => value),
    {
      load: (n) => (space.shared?.[n] === true ? sharedName(n, written) : loadText(kernel, n, names, use)),
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
    const passFolds = atLevel(folds).map(([fold, n]) => ({ n, type: fold.value.type, ...foldText(fold, use) }));
    const columnLines = (isFirst: boolean): string[] => {
      const column = emptyBlock();
      const blockOf = (node: Expression): Block => (facts.of(node).isRow ? row : column);
      for (const { n, combine } of passFolds) {
        column.lines.push(`fold${n}_of_lane = ${combine(`fold${n}_of_lane`, printer.print(n, blockOf))};`);
      }
      for (const [store, n] of atLevel(stores)) {
        if (isOfRow(store) && !isFirst) continue;
        const value = printer.print(folds.length + n, blockOf);
        const guard = isOfRow(store) ? 'is_alive && lane == 0u' : 'is_alive';
        const assignment = isOfRow(store)
          ? storeText({ ...kernel, axes: kernel.axes.slice(0, rowRank) }, store, value, { names, use })
          : storeText(kernel, store, value, { names, use });
        (isOfRow(store) ? row : column).lines.push(`if (${guard}) { ${assignment} }`);
      }
      return column.lines;
    };
    const body = range(space.shared === undefined ? 1 : space.columns).map((column) => {
      written = column;
      return columnLines(column === 0);
    });
    const [first = []] = body;
    lines.push(...row.lines);
    for (const { n, type, neutral } of passFolds) {
      // where columns are written out, a compiler that knows the 0 starts with the first of them, which may be −0
      const start = space.shared !== undefined && type === 'f32' ? exact(neutral) : neutral;
      lines.push(`var fold${n}_of_lane: ${storageOf(type).type} = ${start};`);
    }
    if (first.length > 0 && space.columns > 0)
      lines.push(
        ...(space.shared === undefined
          ? overColumns(kernel, space, first)
          : body.flatMap((own, column) => ['{', ...columnBody(kernel, `${column}u`, own), '}'])),
      );
    for (const { n, type, combine } of passFolds) lines.push(...acrossLanes(n, type, combine, space));
  }
  return lines;
}

function overColumns(kernel: LoopKernel, { columns }: RowSpace, body: readonly string[]): string[] {
  return [
    `for (var column = lane; column < ${columns}u; column += step) {`,
    ...columnBody(kernel, 'column', body),
    '}',
  ];
}

const columnBody = ({ axes, rowRank }: LoopKernel, column: string, body: readonly string[]): string[] =>
  [...coordinateLines(column, axes.slice(rowRank), (axis) => `i${rowRank + axis}`), ...body].map((line) => `  ${line}`);

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
