import type { ContractionAxis, NormalizedContraction } from '../../../kernels/contraction.ts';
import { sizesOf } from './contraction-layout.ts';
import type { Machine } from './machine.ts';

/** Each invocation reads what it needs by itself, and computes `rows` × `columns` results. */
export interface RegisterSchedule {
  readonly kind: 'registers';
  readonly rows: number;
  /** Columns of an invocation, `lanes` apart. */
  readonly columns: number;
  /** Invocations side by side, which read neighbouring columns. */
  readonly lanes: number;
  /**
   * Whether four invocations in a row, of which each reads a contracted element of left, hand them to each other. Only
   * where these are a quad of a subgroup, which WGSL does not promise.
   */
  readonly sharesQuads?: boolean;
}

/** A workgroup of 8 × 8 invocations shares a tile in workgroup memory; each computes `rows` × `columns` results. */
export interface TileSchedule {
  readonly kind: 'tiles';
  readonly rows: number;
  readonly columns: number;
  /** Contracted elements that a tile holds at once. */
  readonly depth: number;
}

/** How a contraction is computed. */
export type ContractionSchedule = RegisterSchedule | TileSchedule;

/** A schedule, and into how many parts of equal length the sum is split that are added up in a second pass. */
export interface ContractionPlan {
  readonly schedule: ContractionSchedule;
  readonly parts: number;
}

/**
 * What machines of a kind spend, in multiply-accumulates of an invocation. The software adapter's were measured
 * (SwiftShader: a load is checked for each group of four invocations, and every barrier switches between them); a card's
 * are orders of magnitude.
 */
interface MachineCosts {
  /** A load from a buffer, mostly out of a cache. */
  readonly load: number;
  /** A load from workgroup memory. */
  readonly sharedLoad: number;
  /** An element from another invocation of the quad. */
  readonly broadcast: number;
  /** A barrier, for each invocation. */
  readonly barrier: number;
  /** Another pass, for every invocation. */
  readonly pass: number;
  /** Invocations that the machine wants at work. */
  readonly invocations: number;
  readonly registers: readonly RegisterSchedule[];
  readonly tiles: readonly TileSchedule[];
}

const registers = (rows: number, columns: number, lanes: number): RegisterSchedule => ({
  kind: 'registers',
  rows,
  columns,
  lanes,
});
const tiles = (rows: number, columns: number, depth: number): TileSchedule => ({ kind: 'tiles', rows, columns, depth });

const SOFTWARE: MachineCosts = {
  load: 12,
  sharedLoad: 12,
  broadcast: 4,
  barrier: 3000,
  pass: 2000,
  invocations: 64,
  registers: [4, 8].flatMap((lanes) => [
    registers(16, 16, lanes),
    registers(16, 8, lanes),
    registers(8, 8, lanes),
    registers(8, 4, lanes),
    registers(4, 4, lanes),
  ]),
  tiles: [],
};

const MACHINES: Readonly<Record<Machine, () => MachineCosts>> = {
  card: () => CARD,
  software: () => SOFTWARE,
  'software quads': () => ({
    ...SOFTWARE,
    registers: SOFTWARE.registers.map((schedule) => ({ ...schedule, sharesQuads: true })),
  }),
};

const CARD: MachineCosts = {
  load: 4,
  sharedLoad: 1,
  broadcast: 1,
  barrier: 16,
  pass: 2000,
  invocations: 16384,
  registers: [8, 16, 32].flatMap((lanes) => [
    registers(8, 4, lanes),
    registers(4, 4, lanes),
    registers(4, 2, lanes),
    registers(2, 2, lanes),
    registers(1, 1, lanes),
  ]),
  // both operands together within 16 KiB, which every device has
  tiles: [tiles(4, 4, 16), tiles(4, 4, 32), tiles(8, 4, 16), tiles(4, 8, 16), tiles(8, 8, 16)],
};

/** Invocations along each side of a workgroup with a tile. */
export const TILE_THREADS = 8;

/** A sum is not split into parts shorter than this. */
const SHORTEST_PART = 256;
const PARTS = [1, 2, 4, 8, 16, 32] as const;

/**
 * Whether a matrix times a vector, or a product of vectors, is a sum that the lanes of a workgroup share: where results
 * are too few to give each an invocation, or where a card reads neighbouring elements only along the sum.
 */
export function sumsAcrossLanes(kernel: NormalizedContraction, machine: Machine): boolean {
  const { batch, rows, columns, depth } = sizesOf(kernel);
  // no element is used more than once along the rows, or along the columns
  if (rows > 1 && columns > 1) return false;
  if (machine !== 'card') return batch * rows * columns < SOFTWARE.invocations;
  const matrix = rows > 1 ? 'left' : 'right';
  const stepOf = (axes: readonly ContractionAxis[]): number => Math.min(...axes.map((axis) => Math.abs(axis[matrix])));
  const isAlongSum = stepOf(kernel.contracted) < stepOf([...kernel.batch, ...kernel.rows, ...kernel.columns]);
  return isAlongSum || (depth >= 64 && batch * rows * columns < CARD.invocations / 4);
}

/** The plan that costs the least by a model of the machine. */
export function planContraction(kernel: NormalizedContraction, kind: Machine): ContractionPlan {
  const machine = MACHINES[kind]();
  const schedules = [...machine.registers.map((schedule) => fitRegisters(kernel, schedule)), ...machine.tiles];
  let best: ContractionPlan = { schedule: schedules[0], parts: 1 };
  let lowest = Infinity;
  for (const parts of PARTS) {
    if (!canSplit(kernel.contracted, parts)) continue;
    for (const schedule of schedules) {
      const cost = costOf(kernel, { schedule, parts }, machine);
      if (cost < lowest) [best, lowest] = [{ schedule, parts }, cost];
    }
  }
  return best;
}

/** Whether the innermost contracted axis has so many parts of equal and sufficient length. */
function canSplit(contracted: readonly ContractionAxis[], parts: number): boolean {
  if (parts === 1) return true;
  const size = contracted.at(-1)?.size ?? 1;
  return size % parts === 0 && size / parts >= SHORTEST_PART;
}

/** The same with fewer rows and columns where that leaves less of the last ones unused. */
function fitRegisters(kernel: NormalizedContraction, most: RegisterSchedule): RegisterSchedule {
  const { rows, columns } = sizesOf(kernel);
  const lanes = Math.max(1, Math.min(most.lanes, columns));
  return {
    ...most,
    lanes,
    rows: evenShare(rows, most.rows),
    columns: evenShare(Math.ceil(columns / lanes), most.columns),
  };
}

/** The least that everyone gets when a number of things is shared by as few as possible, none of whom takes more than `most`. */
const evenShare = (count: number, most: number): number => Math.max(1, Math.ceil(count / Math.ceil(count / most)));

/** Whether invocations hand each other elements of left: each has three neighbours in its row. */
export const sharesQuads = ({ lanes, sharesQuads: isAsked = false }: RegisterSchedule): boolean =>
  isAsked && lanes % 4 === 0;

/** Multiply-accumulates and what else takes as long, on all invocations that the machine has. */
function costOf(
  kernel: NormalizedContraction,
  { schedule, parts }: ContractionPlan,
  { load, sharedLoad, broadcast, barrier, pass, invocations }: MachineCosts,
): number {
  const sizes = sizesOf(kernel);
  const { rows, columns } = schedule;
  const [side, lanes] = schedule.kind === 'tiles' ? [TILE_THREADS, TILE_THREADS] : [1, schedule.lanes];
  const tileCount = Math.ceil(sizes.rows / (rows * side)) * Math.ceil(sizes.columns / (columns * lanes));
  const threads = tileCount * side * lanes * sizes.batch * parts;
  const depth = sizes.depth / parts;
  const ofStep =
    schedule.kind === 'tiles'
      ? rows * columns +
        sharedLoad * (rows + columns) +
        (load * (rows + columns)) / TILE_THREADS +
        (2 * barrier) / schedule.depth
      : rows * columns + load * columns + rows * (sharesQuads(schedule) ? load / 4 + broadcast : load);
  const stores = rows * columns * load;
  const secondPass =
    parts === 1 ? 0 : pass + ((parts + 1) * load * sizes.batch * sizes.rows * sizes.columns) / invocations;
  return Math.max(1, threads / invocations) * (ofStep * depth + stores) + secondPass;
}
