import type { RegisterSchedule, TileSchedule } from './schedules.ts';
import type { Machine } from './machine.ts';

/**
 * What machines of a kind spend, in multiply-accumulates of an invocation. The software adapter's were measured
 * (SwiftShader: a load is checked for each group of four invocations, and every barrier switches between them); a card's
 * are orders of magnitude.
 */
export interface MachineCosts {
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
  /** An element that goes to memory and comes back, where caches are too small for what lies between two kernels. */
  readonly spill: number;
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
/** Loads bring four elements at once wherever an operand lies so that they can. */
const tiles = (rows: number, columns: number, depth: number): TileSchedule[] =>
  [true, false].map((loadsVectors) => ({ kind: 'tiles', rows, columns, depth, loadsVectors }));

export const SOFTWARE: MachineCosts = {
  load: 12,
  sharedLoad: 12,
  broadcast: 4,
  barrier: 3000,
  pass: 2000,
  spill: 0,
  invocations: 64,
  registers: [4, 8].flatMap((lanes) => [
    // of 24 rows and 32 columns 3.6 GFLOP/s in twelves, 4.3 together; of 2048 rows fewer than with 16
    { ...registers(32, 8, lanes), isForAllRows: true },
    registers(16, 16, lanes),
    registers(16, 8, lanes),
    registers(8, 8, lanes),
    registers(8, 4, lanes),
    registers(4, 4, lanes),
  ]),
  tiles: [],
};

/** By kind of machine. */
export const MACHINES: Readonly<Record<Machine, () => MachineCosts>> = {
  card: () => CARD,
  software: () => SOFTWARE,
  'software quads': () => ({
    ...SOFTWARE,
    // the largest reads least, and small workgroups are shared out evenly though there are few; measured: 8×(512×128×128)
    // takes 29.9 ms with 64 × 16 and 35.0 with 32 × 16, 16×(256×64×64) 7.5 and 8.9, and 8.5 with the usual workgroups
    registers: [{ ...registers(64, 16, 4), workgroup: 16 }, registers(32, 16, 4), ...SOFTWARE.registers].map(
      (schedule) => ({ ...schedule, sharesQuads: true }),
    ),
  }),
};

export const CARD: MachineCosts = {
  load: 4,
  sharedLoad: 1,
  broadcast: 1,
  barrier: 16,
  pass: 2000,
  spill: 64,
  invocations: 16384,
  registers: [8, 16, 32].flatMap((lanes) => [
    registers(8, 4, lanes),
    registers(4, 4, lanes),
    registers(4, 2, lanes),
    registers(2, 2, lanes),
    registers(1, 1, lanes),
  ]),
  // both operands together within 16 KiB, which every device has
  tiles: [
    ...[8, 16, 32].flatMap((depth) => tiles(4, 4, depth)),
    ...[8, 16, 32].flatMap((depth) => [...tiles(8, 4, depth), ...tiles(4, 8, depth)]),
    ...[8, 16].flatMap((depth) => tiles(8, 8, depth)),
  ],
};
