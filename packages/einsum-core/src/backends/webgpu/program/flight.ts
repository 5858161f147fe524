import type { GpuState } from '../memory/gpu-state.ts';

/** Runs of a program that the device has not finished. */
export interface Flight {
  /** Resolves when another run may be submitted. */
  room(): Promise<void>;
  submitted(): void;
}

/** By default: enough to keep a device busy while the host prepares the next, few enough to keep memory and delays small. */
export const CALLS_IN_FLIGHT = 4;

/** @param most - Without a bound, a loop that never reads anything would queue work until memory ran out. */
export function createFlight({ gpu }: Pick<GpuState, 'gpu'>, most: number = CALLS_IN_FLIGHT): Flight {
  const pending: Promise<unknown>[] = [];
  return {
    async room() {
      while (pending.length >= most) await pending.shift();
    },
    submitted() {
      pending.push(gpu.queue.onSubmittedWorkDone().catch(() => {}));
    },
  };
}
