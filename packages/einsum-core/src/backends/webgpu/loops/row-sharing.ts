import type { Target } from '../target.ts';

/** How the invocations of a workgroup share rows among them, as text. */
export interface RowSharing {
  /** Invocations that share a row: a power of two. */
  readonly lanes: number;
  readonly workgroupSize: number;
  /** Rows that a workgroup computes. */
  readonly rowsPerGroup: number;
  readonly directives: readonly string[];
  readonly builtins: readonly string[];
  readonly declarations: readonly string[];
  /**
   * Does something for each row: statements that know `lane`, the first column of an invocation, `step`, the distance to its next, and
   * `place`, the row's number in the workgroup. Where `lane` is 0, and nowhere else, stands who stores what a row has once.
   */
  eachRow(body: readonly string[]): string[];
  /** Statements after which the variable of every invocation that shares a row, a word, is the same: all of theirs combined. */
  combine(variable: string, combined: (a: string, b: string) => string): string[];
}

const LEAST_WORKGROUP = 64;
const LARGEST_WORKGROUP = 256;
/** A lane takes at least so many columns, where a row has them. */
const COLUMNS_PER_LANE = 4;
/** Invocations that a card wants at work. */
const CARD_INVOCATIONS = 16384;

/** A processor that imitates a card shares a row only where there are so many columns for each row. */
const COLUMNS_PER_BARRIER = 2048;

/**
 * The way that suits so many rows and columns. On a card, subgroups hand each other values without a barrier, but are too
 * few where only few rows are long. On a processor that imitates one every meeting of invocations costs as much as
 * thousands of additions, so that each takes a row of its own (measured on SwiftShader: softmax of 2048 × 256 takes 31 ms
 * so, 300 with barriers and 507 with subgroups).
 */
export function shareRows(
  rows: number,
  columns: number,
  { machine, subgroup }: Pick<Target, 'machine' | 'subgroup'>,
): RowSharing {
  const wanted = lanesFor(columns, LARGEST_WORKGROUP);
  if (machine !== 'card') return inWorkgroup(rows * COLUMNS_PER_BARRIER < columns ? wanted : 1);
  const together = lanesFor(columns, subgroup);
  const isBusy = rows * together >= CARD_INVOCATIONS;
  return together > 1 && (wanted <= subgroup || isBusy) ? inSubgroup(together) : inWorkgroup(wanted);
}

/** Lanes that share a row: a power of two. */
function lanesFor(columns: number, most: number): number {
  let lanes = 1;
  while (2 * lanes <= most && lanes * COLUMNS_PER_LANE < columns) lanes *= 2;
  return lanes;
}

/** Neighbouring invocations share a row, and workgroup memory is where they meet: halves combine until one is left. */
export function inWorkgroup(lanes: number): RowSharing {
  const workgroupSize = Math.max(LEAST_WORKGROUP, lanes);
  return {
    lanes,
    workgroupSize,
    rowsPerGroup: workgroupSize / lanes,
    directives: [],
    builtins: [],
    declarations: lanes > 1 ? [`var<workgroup> lane_values: array<u32, ${workgroupSize}>;`] : [],
    eachRow: (body) => [
      `let lane = local % ${lanes}u;`,
      `let step = ${lanes}u;`,
      `let place = local / ${lanes}u;`,
      ...body,
    ],
    combine(variable, combined) {
      if (lanes === 1) return [];
      const lines = [`lane_values[local] = ${variable};`, 'workgroupBarrier();'];
      for (let half = lanes / 2; half >= 1; half /= 2) {
        const sum = combined('lane_values[local]', `lane_values[local + ${half}u]`);
        lines.push(`if (lane < ${half}u) { lane_values[local] = ${sum}; }`, 'workgroupBarrier();');
      }
      return [...lines, `${variable} = lane_values[local - lane];`, 'workgroupBarrier();'];
    },
  };
}

/**
 * Invocations of a subgroup share a row and hand each other what they have. Neither the size of subgroups nor which
 * invocations belong to one is assumed: each subgroup takes as many rows as it has room for, from a counter, until there
 * are none; one that is not whole takes them one by one, in its first invocation. Who takes a row does not change the
 * order of its sum.
 *
 * @param lanes - at most what every subgroup has.
 */
export function inSubgroup(lanes: number): RowSharing {
  const workgroupSize = LEAST_WORKGROUP;
  const rowsPerGroup = Math.max(1, workgroupSize / lanes);
  return {
    lanes,
    workgroupSize,
    rowsPerGroup,
    directives: ['enable subgroups;', 'diagnostic(off, subgroup_uniformity);'],
    builtins: ['@builtin(subgroup_invocation_id) member: u32', '@builtin(subgroup_size) members: u32'],
    declarations: ['var<workgroup> taken: atomic<u32>;'],
    eachRow: (body) => [
      'let is_whole = subgroupAdd(1u) == members;',
      `let lane = select(select(0xffffffffu, 0u, subgroupElect()), member % ${lanes}u, is_whole);`,
      `let step = select(1u, ${lanes}u, is_whole);`,
      `let room = select(1u, members / ${lanes}u, is_whole);`,
      `let own = select(0u, member / ${lanes}u, is_whole);`,
      'loop {',
      '  var first = 0u;',
      '  if (subgroupElect()) { first = atomicAdd(&taken, room); }',
      '  first = subgroupBroadcastFirst(first);',
      `  if (first >= ${rowsPerGroup}u) { break; }`,
      '  let place = first + own;',
      ...body.map((line) => `  ${line}`),
      '}',
    ],
    combine(variable, combined) {
      const lines: string[] = [];
      for (let half = lanes / 2; half >= 1; half /= 2) {
        const other = `${variable}_${half}`;
        lines.push(`let ${other} = subgroupShuffleXor(${variable}, ${half}u);`);
        lines.push(`if (is_whole) { ${variable} = ${combined(variable, other)}; }`);
      }
      return lines;
    },
  };
}
