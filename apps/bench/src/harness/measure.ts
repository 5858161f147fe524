import type { Prepared } from '../peers/peer.ts';

/** Reads a clock, in milliseconds. */
export type Clock = () => number;

/** How long to run before the clock counts, and how samples are taken. */
export interface MeasureOptions {
  readonly clock: Clock;
  /** Untimed running before the first sample: compilers of wasm start with slow code and replace it while it runs. */
  readonly warmUpMilliseconds: number;
  /** At least as many untimed calls, however long they take; default 3. */
  readonly warmUpCalls?: number;
  /** A sample repeats the work until about this much time has gone by. */
  readonly sampleMilliseconds: number;
}

/** At least as many untimed calls, however long they take, unless the options say otherwise. */
const usualWarmUpCalls = 3;

/** Untimed calls, enough for the engine to reach its pace. Returns milliseconds per call at the end. */
export async function warmUp(prepared: Prepared, options: MeasureOptions): Promise<number> {
  const { clock, warmUpMilliseconds, warmUpCalls = usualWarmUpCalls } = options;
  const start = clock();
  let last = start;
  let shortest = Number.POSITIVE_INFINITY;
  for (let calls = 0; calls < warmUpCalls || last - start < warmUpMilliseconds; calls++) {
    const own = prepared.time === undefined ? await prepared.run() : await prepared.time(1);
    const now = clock();
    shortest = Math.min(shortest, own ?? now - last);
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
  if (prepared.time !== undefined) return (await prepared.time(calls)) / (calls * prepared.contractions);
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
  /** Whether each turn begins with an untimed call; default true. Not worth it where a call takes a second. */
  readonly untimedCall?: boolean;
  /** Who takes longer than this for one call is sampled once; default never. */
  readonly slowMilliseconds?: number;
  /** Waits before each turn, where the threads of the engine before go on looking for work for a while. */
  readonly settle?: () => Promise<void>;
}

/**
 * Samples of several engines at the same work, taken in turns, so that a change of the machine's pace meets all of them.
 *
 * @returns for each, in their order, milliseconds per contraction: `passes · samplesPerPass` of them, or one where a call is slow
 */
export async function measureInTurns(contestants: readonly Prepared[], options: TurnOptions): Promise<number[][]> {
  const { passes, samplesPerPass, sampleMilliseconds, clock, slowMilliseconds = Number.POSITIVE_INFINITY } = options;
  const contests: { prepared: Prepared; calls: number; samples: number[] }[] = [];
  for (const prepared of contestants) {
    const milliseconds = await warmUp(prepared, options);
    const samples = milliseconds > slowMilliseconds ? [milliseconds] : [];
    contests.push({ prepared, calls: callsPerSample(milliseconds, sampleMilliseconds), samples });
  }
  const inTurns = contests.filter(({ samples }) => samples.length === 0);
  for (let pass = 0; pass < passes; pass++) {
    for (const { prepared, calls, samples } of inTurns) {
      if (options.settle !== undefined) await options.settle();
      if (options.untimedCall !== false) await prepared.run();
      for (let i = 0; i < samplesPerPass; i++) samples.push(await sample(prepared, calls, clock));
    }
  }
  return contests.map(({ samples }) => samples);
}
