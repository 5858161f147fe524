import type { Lifetime } from '../../../program/arena.ts';
import { bytesOf, type LoweredProgram } from '../../../program/lower.ts';
import { dealLanes, type Lanes } from './deal-lanes.ts';

/** How a program's calls are dealt out in stretches, and how long its temporary buffers live then. */
export interface LanePlan {
  readonly lanes: Lanes;
  readonly lives: Map<number, Lifetime>;
}

/** Stretches of chains that run side by side, where the program has such. */
export function planLanes(
  program: LoweredProgram,
  count: number,
  isTemporary: (buffer: number) => boolean,
): LanePlan | undefined {
  const lanes = dealLanes(program.calls, count);
  return lanes === undefined ? undefined : { lanes, lives: lifetimesInLanes(program, lanes, isTemporary) };
}

/**
 * Steps in which each temporary is needed, in the order of the lanes. In a stretch it is not known what the other threads are at, so that a buffer
 * which is used outside of it too, or by several of them, is needed in all of it.
 */
export function lifetimesInLanes(
  { calls, buffers }: LoweredProgram,
  { order, laneOf }: Lanes,
  isTemporary: (buffer: number) => boolean,
): Map<number, Lifetime> {
  /** First and last step of each stretch. */
  const ends = new Map<number, { first: number; last: number }>();
  const uses = new Map<number, number[]>();
  order.forEach((call, step) => {
    const stretch = laneOf.get(call)?.stretch;
    if (stretch !== undefined) ends.set(stretch, { first: ends.get(stretch)?.first ?? step, last: step });
    for (const buffer of [...calls[call].reads, ...calls[call].writes]) {
      if (!isTemporary(buffer)) continue;
      const steps = uses.get(buffer) ?? [];
      steps.push(step);
      uses.set(buffer, steps);
    }
  });
  const lives = new Map<number, Lifetime>();
  for (const [buffer, steps] of uses) {
    const bytes = bytesOf(buffers[buffer]);
    const lanes = steps.map((step) => laneOf.get(order[step]));
    const [lane] = lanes;
    const [first, last] = [steps[0], steps[steps.length - 1]];
    const isOwn = lanes.every((other) => other?.stretch === lane?.stretch && other?.thread === lane?.thread);
    if (lane !== undefined && isOwn) lives.set(buffer, { bytes, first, last, lane });
    else {
      const endsOf = (at: number): { first: number; last: number } | undefined =>
        ends.get(laneOf.get(order[at])?.stretch ?? -1);
      lives.set(buffer, { bytes, first: endsOf(first)?.first ?? first, last: endsOf(last)?.last ?? last });
    }
  }
  return lives;
}
