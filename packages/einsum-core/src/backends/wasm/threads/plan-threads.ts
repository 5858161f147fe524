import type { KernelCall } from '../../../kernels/kernel.ts';
import { kernelKey } from '../kernel-key.ts';
import type { Lanes } from './deal-lanes.ts';
import { kernelCycles } from './kernel-cycles.ts';
import { type Part, wholePart } from './part.ts';
import { splitKernel, type SplitOptions } from './split-kernel.ts';

/** What a thread does next: a part of a call, or waiting until all threads have come here. */
export type Action = { readonly call: number; readonly part: Part } | 'barrier';

/** A program's calls dealt out to threads. */
export interface ThreadPlan {
  /** For each thread, what it does in order; all have the same barriers. One list where threads would not pay. */
  readonly threads: readonly (readonly Action[])[];
  readonly barriers: number;
  /** Cycles of all calls one after the other, roughly. */
  readonly cycles: number;
}

/** Bytes that a buffer takes in a space; buffers overlap if they are in the same space and their bytes do. */
export interface Region {
  readonly space: number;
  readonly start: number;
  readonly end: number;
}

/** How to deal calls out. */
export interface ThreadOptions extends SplitOptions {
  /** Programs that threads would shorten by fewer cycles run on one. */
  readonly leastGain: number;
  regionOf(buffer: number): Region;
  /** The order of the calls, and threads that some of them are meant for; without it, the given order. */
  readonly lanes?: Lanes | undefined;
}

/**
 * Deals calls out: a large one to all threads in parts, a small one to the thread that has least to do. A barrier comes
 * where a call touches what another thread has touched since the last one, and one of the two writes. The same program
 * gives the same plan; what is computed does not depend on the number of threads.
 */
export function planThreads(calls: readonly KernelCall[], options: ThreadOptions): ThreadPlan {
  const { count, leastGain, regionOf, lanes } = options;
  const threads = Array.from({ length: count }, (): Action[] => []);
  let load = new Array<number>(count).fill(0);
  let touched: { readonly region: Region; readonly writes: boolean; readonly thread: number | 'all' }[] = [];
  let barriers = 0;
  let serial = 0;
  let parallel = 0;

  const barrier = (): void => {
    parallel += Math.max(...load);
    load = load.map(() => 0);
    touched = [];
    barriers += 1;
    for (const actions of threads) actions.push('barrier');
  };

  const contractions = new Map<string, readonly Part[]>();
  /** The parts of a call; equal contractions, as layers repeat them, are weighed once. */
  const partsOf = (call: KernelCall): readonly Part[] => {
    if (call.kernel.kind !== 'contract') return splitKernel(call, options);
    const key = kernelKey(call.kernel);
    const parts = contractions.get(key) ?? splitKernel(call, options);
    contractions.set(key, parts);
    return parts;
  };

  const add = (thread: number, action: { readonly call: number; readonly part: Part }): void => {
    const cycles = kernelCycles(action.part.kernel);
    threads[thread].push(action);
    load[thread] += cycles;
    serial += cycles;
  };
  let stretch: number | undefined;
  const order = lanes?.order ?? calls.map((_, index) => index);
  for (const index of order) {
    const call = calls[index];
    const lane = lanes?.laneOf.get(index);
    // a stretch begins when what it reads is there, and its threads do not wait for each other; what follows waits as for any calls
    if (lane !== undefined && lane.stretch !== stretch) barrier();
    stretch = lane?.stretch;
    const parts = lane === undefined ? partsOf(call) : [wholePart(call.kernel, call.reads.length + call.writes.length)];
    const regions = [
      ...call.reads.map((buffer) => ({ region: regionOf(buffer), writes: false })),
      ...call.writes.map((buffer) => ({ region: regionOf(buffer), writes: true })),
    ];
    /** Whether a thread, or all of them, may run this call without waiting for the others. */
    const isFree = (thread: number | 'all'): boolean =>
      touched.every(
        (before) =>
          (before.thread === thread && thread !== 'all') ||
          regions.every(({ region, writes }) => !(writes || before.writes) || !overlap(region, before.region)),
      );
    const idlest = (candidates: readonly number[]): number =>
      candidates.reduce((best, thread) => (load[thread] < load[best] ? thread : best));
    let target: number | 'all' = 'all';
    if (lane !== undefined) target = lane.thread;
    else if (parts.length > 1) {
      if (!isFree('all')) barrier();
    } else {
      const all = threads.map((_, thread) => thread);
      const free = all.filter(isFree);
      if (free.length === 0) barrier();
      target = idlest(free.length > 0 ? free : all);
    }
    parts.forEach((part, i) => {
      add(target === 'all' ? i : target, { call: index, part });
    });
    touched.push(...regions.map((region) => ({ ...region, thread: target })));
  }
  parallel += Math.max(...load);
  if (serial - parallel >= leastGain) return { threads, barriers, cycles: serial };
  const alone = order.flatMap((index) =>
    splitKernel(calls[index], { ...options, count: 1 }).map((part): Action => ({ call: index, part })),
  );
  return { threads: [alone], barriers: 0, cycles: serial };
}

const overlap = (a: Region, b: Region): boolean => a.space === b.space && a.start < b.end && b.start < a.end;
