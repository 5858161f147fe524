import type { StageAxis, TwoStages } from './two-stages.ts';

/** What an invocation computes in a stage: `blocked.size` results along an axis, at positions along the others. */
export interface StageTile {
  readonly blocked: StageAxis;
  readonly positions: readonly StageAxis[];
}

/** How much of the intermediate a workgroup holds, and how its invocations share the work. */
export interface TwoStageTile {
  /** Tokens of a workgroup: a multiple of `rows`. */
  readonly tokens: number;
  /** Tokens of an invocation. */
  readonly rows: number;
  /** Columns of a workgroup: a divisor of the column axis; 1 without one. */
  readonly columns: number;
  /** Elements in workgroup memory. */
  readonly elements: number;
  /** The stride in workgroup memory of an axis with this stride in the intermediate. */
  readonly placeOf: (stride: number) => number;
  readonly first: StageTile;
  readonly second: StageTile;
}

/** Results of an invocation along an axis, and tokens, are no more: what is live must fit into registers. */
const MOST_RESULTS = 8;

/** Tokens and columns of a workgroup, at most. */
interface TileLimits {
  readonly tokens: number;
  readonly columns: number;
}

const LARGEST: TileLimits = { tokens: 32, columns: MOST_RESULTS };

/** Tiles from large ones to small ones, of which more workgroups have work. */
export function twoStageTiles(stages: TwoStages, bytes: number): TwoStageTile[] {
  const counts = [32, 16, 8, 4].flatMap((tokens) => [8, 4, 2].map((columns) => ({ tokens, columns })));
  return counts.flatMap((limits) => twoStageTile(stages, bytes, limits) ?? []);
}

/** The largest tile whose part of the intermediate fits into so many bytes, or undefined where not even one token's does. */
export function twoStageTile(stages: TwoStages, bytes: number, limits: TileLimits = LARGEST): TwoStageTile | undefined {
  const { token, column, inner } = stages;
  const innerElements = inner.reduce((product, { size }) => product * size, 1);
  const room = Math.floor(bytes / 4);
  const columns =
    column === undefined ? 1 : largestDivisor(column.size, Math.min(limits.columns, room / innerElements));
  const perToken = innerElements * columns;
  const most = Math.min(limits.tokens, Math.floor(room / perToken));
  if (most < 1) return undefined;
  const rows = Math.min(most, token.size, MOST_RESULTS) >= 4 ? 4 : 1;
  const tokens = Math.min(Math.floor(most / rows), Math.ceil(token.size / rows)) * rows;
  // tokens lie closest, then columns, then the inner blocks
  let next = tokens * columns;
  const blocks = inner.map(({ base, size }) => {
    const place = { base, size, stride: next };
    next *= size;
    return place;
  });
  const placeOf = (stride: number): number => {
    if (stride === 0) return 0;
    if (stride === column?.first.out) return tokens;
    const block = blocks.find(({ base, size }) => stride >= base && stride < base * size);
    if (block === undefined) throw new RangeError(`webgpu: no axis of the intermediate has the stride ${stride}`);
    return (stride / block.base) * block.stride;
  };
  const outer = [stages.token, ...stages.others, ...(column === undefined ? [] : [column])];
  const innerOfFirst = stages.first.free.filter((axis) => !outer.some((each) => each.first === axis));
  const freeOfSecond = stages.second.free.filter((axis) => !outer.some((each) => each.second === axis));
  return {
    tokens,
    rows,
    columns,
    elements: tokens * perToken,
    placeOf,
    first:
      column === undefined
        ? blockedAlong(innerOfFirst)
        : { blocked: { ...column.first, size: columns }, positions: innerOfFirst },
    second: blockedAlong([...(column === undefined ? [] : [{ ...column.second, size: columns }]), ...freeOfSecond]),
  };
}

const largestDivisor = (size: number, most: number): number => {
  let divisor = Math.max(1, Math.min(size, Math.floor(most)));
  while (size % divisor !== 0) divisor--;
  return divisor;
};

/** A divisor of the axis that only the weights have, or one result where there is none. */
function blockedAlong(axes: readonly StageAxis[]): StageTile {
  const best = axes
    .filter(({ data }) => data === 0)
    .map((axis) => ({ axis, count: largestDivisor(axis.size, MOST_RESULTS) }))
    .toSorted((a, b) => b.count - a.count)[0];
  if (best === undefined || best.count === 1) {
    return { blocked: { size: 1, data: 0, weights: 0, out: 0 }, positions: axes };
  }
  const { axis, count } = best;
  const rest: StageAxis = {
    size: axis.size / count,
    data: axis.data,
    weights: count * axis.weights,
    out: count * axis.out,
  };
  const positions = axes.flatMap((each) => (each !== axis ? [each] : rest.size === 1 ? [] : [rest]));
  return { blocked: { ...axis, size: count }, positions };
}
