import type { GpuState } from '../memory/gpu-state.ts';

/** Runs of a program that the device has not finished. */
export interface Flight {
  /** Resolves when another run may be submitted. */
  room(): Promise<void>;
  submitted(): void;
}

/** Enough to keep a device busy while the host prepares the next, few enough to keep memory and delays small. */
const MOST_IN_FLIGHT = 4;

/** Without a bound, a loop that never reads anything would queue work until memory ran out. */
export function createFlight({ gpu }: GpuState): Flight {
  const pending: Promise<unknown>[] = [];
  return {
    async room() {
      while (pending.length >= MOST_IN_FLIGHT) await pending.shift();
    },
    submitted() {
      pending.push(gpu.queue.onSubmittedWorkDone().catch(() => {}));
    },
  };
}
