import type { FunctionBuilder, Local } from '../emit/function-builder.ts';
import { advance, copy, eachGroup, times } from './flow.ts';
import { laneGroups, loadGroup, loadRows, storeGroup, storeTurned, turn } from './lane-groups.ts';
import { type PackPlace, type PackPlan, packModeOf, panelRowBytes } from './pack-plan.ts';
import type { Segments } from './segments.ts';

/**
 * Emits the packing of one block for all batch indices, term by term (see `isRowwise`): each time all that the tensor
 * holds of the term, as it lies in memory, which is then fetched ahead.
 */
export function packRows(f: FunctionBuilder, plan: PackPlan, place: PackPlace): void {
  const { tensor, depth, terms, segments, inner, innerBytes, padded } = plan;
  const size = inner?.size ?? 1;
  const widths = widthsOf(segments);
  const [source, from] = [f.local('i32'), f.local('i32')];
  copy(f, place.source, source);
  // The places of a term in panels of one width are a constant apart, and another one for each width.
  const targets = new Map([...new Set(widths)].map((width) => [width, { first: f.local('i32'), now: f.local('i32') }]));
  for (const { first } of targets.values()) copy(f, place.target, first);
  eachGroup(f, terms, 1, place.depthLast, () => {
    copy(f, source, from);
    for (const { first, now } of targets.values()) copy(f, first, now);
    const targetOf = (width: number): Local => targets.get(width)?.now ?? place.target;
    const indices = (count: number): void => {
      packIndices(f, plan, widths, from, targetOf, count);
      advance(f, from, count * (inner?.[tensor] ?? 0));
      for (const { now } of targets.values()) advance(f, now, count * innerBytes);
    };
    if (packModeOf(plan) === 'lane') {
      times(f, { constant: size }, () => indices(1));
    } else {
      times(f, { constant: Math.floor(size / 4) }, () => indices(4));
      if (size % 4 > 0) indices(size % 4);
    }
    advance(f, source, depth[tensor]);
    for (const [width, { first }] of targets) advance(f, first, panelRowBytes(width, padded));
  });
  for (const { first, now } of targets.values()) {
    f.release(first);
    f.release(now);
  }
  for (const local of [source, from]) f.release(local);
}

/** One term of one batch index read along the lanes, or of up to four read along the batch axis and transposed. */
function packIndices(
  f: FunctionBuilder,
  plan: PackPlan,
  widths: readonly number[],
  from: Local,
  targetOf: (width: number) => Local,
  count: number,
): void {
  const { tensor, lane, terms, innerBytes, padded } = plan;
  const isAlongLanes = packModeOf(plan) === 'lane';
  let [before, panel] = [0, 0];
  for (const width of widths) {
    const target = targetOf(width);
    for (const { first, lanes, valid } of laneGroups(width, padded)) {
      const vectors = Array.from({ length: isAlongLanes ? 1 : lanes }, () => f.local('v128'));
      const at = panel + 4 * first;
      if (isAlongLanes) {
        loadGroup(f, from, 4 * (before + first), vectors[0], lanes);
        storeGroup(f, target, at, vectors[0], lanes, 0);
      } else {
        loadRows(f, vectors, valid, (i) => {
          f.get(from);
          return (before + first + i) * lane[tensor];
        });
        turn(f, vectors);
        for (let i = 0; i < count; i++) storeTurned(f, target, at + i * innerBytes, vectors, i);
      }
      for (const vector of vectors) f.release(vector);
    }
    before += width;
    panel += terms.full * panelRowBytes(width, padded);
  }
}

/** The widths of all pieces of a dimension that is not cut into blocks. */
const widthsOf = ({ width, blocking, tails }: Segments): number[] => [
  ...Array.from({ length: blocking.last }, () => width),
  ...tails.flatMap((tail) => Array.from({ length: tail.count }, () => tail.width)),
];
