import type { Prepared } from '../peers/peer.ts';

/** Reads a clock, in milliseconds. */
export type Clock = () => number;

/** How long to run before the clock counts, and how samples are taken. */
export interface MeasureOptions {
  readonly clock: Clock;
  /** Untimed running before the first sample: compilers of wasm start with slow code and replace it while it runs. */
  readonly warmUpMilliseconds: number;
  /** A sample repeats the work until about this much time has gone by. */
  readonly sampleMilliseconds: number;
}

/** At least as many untimed calls, however long they take. */
const leastWarmUpCalls = 3;

/** Untimed calls, enough for the engine to reach its pace. Returns milliseconds per call at the end. */
export async function warmUp(prepared: Prepared, { clock, warmUpMilliseconds }: MeasureOptions): Promise<number> {
  const start = clock();
  let last = start;
  let shortest = Number.POSITIVE_INFINITY;
  for (let calls = 0; calls < leastWarmUpCalls || last - start < warmUpMilliseconds; calls++) {
    await prepared.run();
    const now = clock();
    shortest = Math.min(shortest, now - last);
    last = now;
  }
  return shortest;
}

/** How many calls make one sample when one takes this long. */
export function callsPerSample(millisecondsPerCall: number, sampleMilliseconds: number): number {
  return Math.max(1, Math.ceil(sampleMilliseconds / Math.max(millisecondsPerCall, 1e-3)));
}

/** Milliseconds for one contraction, as the mean over some calls without a pause. */
export async function sample(prepared: Prepared, calls: number, clock: Clock): Promise<number> {
  const start = clock();
  for (let i = 0; i < calls; i++) {
    const pending = prepared.run();
    if (pending !== undefined) await pending;
  }
  return (clock() - start) / (calls * prepared.contractions);
}

/** How often engines take turns, and how many samples each takes at its turn. */
export interface TurnOptions extends MeasureOptions {
  readonly passes: number;
  readonly samplesPerPass: number;
}

/**
 * Samples of several engines at the same work, taken in turns, so that a change of the machine's pace meets all of them.
 *
 * @returns for each, in their order, milliseconds per contraction: `passes · samplesPerPass` of them
 */
export async function measureInTurns(contestants: readonly Prepared[], options: TurnOptions): Promise<number[][]> {
  const { passes, samplesPerPass, sampleMilliseconds, clock } = options;
  const contests: { prepared: Prepared; calls: number; samples: number[] }[] = [];
  for (const prepared of contestants) {
    const calls = callsPerSample(await warmUp(prepared, options), sampleMilliseconds);
    contests.push({ prepared, calls, samples: [] });
  }
  for (let pass = 0; pass < passes; pass++) {
    for (const { prepared, calls, samples } of contests) {
      await prepared.run();
      for (let i = 0; i < samplesPerPass; i++) samples.push(await sample(prepared, calls, clock));
    }
  }
  return contests.map(({ samples }) => samples);
}
