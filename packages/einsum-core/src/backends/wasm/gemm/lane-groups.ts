import type { FunctionBuilder, Local } from '../emit/function-builder.ts';
import { interleave2, transpose4 } from './transpose.ts';

/** A group of 1, 2 or 4 lanes that is stored at once; padded panels have only groups of 4, the last maybe partly valid. */
export interface LaneGroup {
  readonly first: number;
  readonly lanes: 1 | 2 | 4;
  readonly valid: number;
}

/** The groups of a panel's row. */
export function laneGroups(width: number, padded: boolean): LaneGroup[] {
  const groups: LaneGroup[] = [];
  for (let first = 0; first < width; ) {
    const rest = width - first;
    const lanes = padded || rest >= 4 ? 4 : rest >= 2 ? 2 : 1;
    groups.push({ first, lanes, valid: Math.min(rest, lanes) });
    first += lanes;
  }
  return groups;
}

/** Loads a group that is contiguous in memory; of four lanes, some may lie beyond the last valid one. */
export function loadGroup(
  f: FunctionBuilder,
  source: Local,
  at: number,
  vector: Local,
  lanes: LaneGroup['lanes'],
): void {
  f.get(source);
  f.load(lanes === 4 ? 'v128.load' : lanes === 2 ? 'v128.load64_zero' : 'v128.load32_zero', at);
  f.set(vector);
}

/** Loads one vector per lane of a group, zero for those beyond the last valid one, whose memory may not exist. */
export function loadRows(
  f: FunctionBuilder,
  vectors: readonly Local[],
  valid: number,
  push: (index: number) => number,
): void {
  vectors.forEach((vector, i) => {
    if (i < valid) f.load('v128.load', push(i));
    else f.f32x4(0);
    f.set(vector);
  });
}

/** Transposes one, two or four vectors; `storeTurned` knows where the columns then are. */
export function turn(f: FunctionBuilder, vectors: readonly Local[]): void {
  if (vectors.length === 4) transpose4(f, [vectors[0], vectors[1], vectors[2], vectors[3]]);
  else if (vectors.length === 2) interleave2(f, vectors[0], vectors[1]);
}

/** Stores column `index` of vectors that went through `turn`. */
export function storeTurned(
  f: FunctionBuilder,
  target: Local,
  at: number,
  vectors: readonly Local[],
  index: number,
): void {
  if (vectors.length === 4) storeGroup(f, target, at, vectors[index], 4, 0);
  else if (vectors.length === 2) storeGroup(f, target, at, vectors[index >> 1], 2, 2 * (index & 1));
  else storeGroup(f, target, at, vectors[0], 1, index);
}

/** Stores 1, 2 or 4 lanes of a vector, from `lane` on. */
export function storeGroup(
  f: FunctionBuilder,
  target: Local,
  at: number,
  vector: Local,
  lanes: LaneGroup['lanes'],
  lane: number,
): void {
  f.get(target);
  f.get(vector);
  if (lanes === 4) f.store('v128.store', at);
  else if (lanes === 2) f.laneMemory('v128.store64_lane', lane >> 1, at);
  else f.laneMemory('v128.store32_lane', lane, at);
}
