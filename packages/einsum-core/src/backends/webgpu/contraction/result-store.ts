import { operationCost } from '../../../program/operation-cost.ts';
import { elementLines } from '../loops/elementwise-shader.ts';
import { coordinateLines } from '../wgsl/addresses.ts';
import type { Bindings } from '../wgsl/shader.ts';
import type { StoredContraction } from './stored-operands.ts';

/** How a contraction's results are stored. */
export interface ResultStore {
  readonly declarations: readonly string[];
  /** Statements before the first is stored, where `batch` is known. */
  readonly preparation: readonly string[];
  readonly helpers: Iterable<string>;
  /** The variable of the buffer that results are stored in as they are; none where more is done with them. */
  readonly plain: string | undefined;
  /** Operations on each result, roughly. */
  readonly operations: number;
  /** The statement that stores the result of an element; of what is looked up, where a condition says whether it was there. */
  store(element: string, result: string, isThere?: string): string;
}

/** The bits of a NaN: an operand that was looked up where there is none. */
const NAN = `${0x7fc00000}u`;

/** The store of a contraction: of the result, or of what its epilogue makes of it. */
export function resultStore(
  { epilogue, indexing }: Pick<StoredContraction, 'epilogue' | 'indexing'>,
  { names }: Pick<Bindings, 'names'>,
): ResultStore {
  if (epilogue === undefined) {
    const plain = names[2 + (indexing?.lookups.length ?? 0)];
    const word = (result: string): string => `bitcast<u32>(${result})`;
    const shared = { declarations: [], helpers: [], plain, operations: 0 };
    if (indexing === undefined)
      return {
        ...shared,
        preparation: [],
        store: (element, result) => `${plain}[${element}] = ${word(result)};`,
      };
    const adds = indexing.lookups.some(({ tensor }) => tensor === 'out');
    return {
      ...shared,
      preparation: [adds ? 'var is_found = true;' : 'let is_found = left_found(batch) && right_found(batch);'],
      store: (element, result, isThere) =>
        `${plain}[${element}] = select(${NAN}, ${word(result)}, is_found${isThere === undefined ? '' : ` && ${isThere}`});`,
    };
  }
  const helpers = new Set<string>();
  const lines = [
    ...coordinateLines('element', epilogue.axes, (axis) => `i${axis}`),
    ...elementLines(epilogue, { names, use: (helper) => helpers.add(helper), reduced: 'result' }),
  ];
  const operations = epilogue.stores.reduce((total, { value }) => total + 4 + operationCost(value), 0);
  return {
    preparation: [],
    declarations: [`fn finish(element: u32, result: f32) {\n${lines.map((line) => `  ${line}\n`).join('')}}`],
    helpers,
    plain: undefined,
    operations,
    store: (element, result) => `finish(${element}, ${result});`,
  };
}

/** Where an invocation's results lie: `rows` × `columns` of them, the first at a row and a column, neighbours so far apart. */
export interface ResultBlock {
  readonly rows: number;
  readonly columns: number;
  readonly firstRow: string;
  readonly firstColumn: string;
  readonly columnsApart: number;
  /** Rows and columns that there are. */
  readonly ends: readonly [row: string, column: string];
}

/**
 * The statements that store results one after the other, whose sums are named by their row and column. Compilers take
 * long over much text: where SwiftShader is given 256 results to which a bias is added, it takes 5 seconds for 256
 * statements and 1 for these.
 */
export function storeInTurn({ store }: ResultStore, block: ResultBlock, sums: readonly string[]): string[] {
  const [rowEnd, columnEnd] = block.ends;
  return [
    `var results = array<f32, ${sums.length}>(${sums.join(', ')});`,
    `for (var i = 0u; i < ${block.rows}u; i++) {`,
    `  let result_row = ${block.firstRow} + i;`,
    `  if (result_row >= ${rowEnd}) { break; }`,
    '  let at = out_batch(batch) + out_rows(result_row);',
    `  for (var j = 0u; j < ${block.columns}u; j++) {`,
    `    let result_column = ${block.firstColumn} + j * ${block.columnsApart}u;`,
    `    if (result_column >= ${columnEnd}) { break; }`,
    `    ${store('at + out_columns(result_column)', `results[i * ${block.columns}u + j]`)}`,
    '  }',
    '}',
  ];
}
