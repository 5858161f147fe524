import { EinlabError } from '../base/errors.ts';
import type { OpenDevice } from './device.ts';

/** Below this many bytes in kept tensors nothing is looked for. */
const FLOOR = 64 * 2 ** 20;

/** Bytes of the host arrays, never written to, that make the collector look for what can go. */
const PRESSURE = 32 * 2 ** 20;

/** Looking ends after this many; V8 needs about six. */
const ROUNDS = 16;

/** After so many computations the host gets a turn, so that it can say which small tensors it has collected. */
const COMPUTATIONS_PER_TASK = 1000;

interface Watch {
  /** Bytes of kept tensors above which the next computation first looks for those that nobody can reach any more. */
  limit: number;
  /** Computations since the host had a turn. */
  computations: number;
}

const watches = new WeakMap<OpenDevice, Watch>();

function watchOf(device: OpenDevice): Watch {
  const known = watches.get(device);
  if (known !== undefined) return known;
  const watch = { limit: FLOOR, computations: 0 };
  watches.set(device, watch);
  return watch;
}

/** Waits until the host has run what it has to do between tasks, finalizers among it; awaiting a promise alone does not. */
const nextTask = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

/**
 * Takes back the memory of kept tensors that nobody can reach. The collector sees an object of a few bytes where a
 * tensor holds megabytes, so it has no reason to look soon; and it reports between tasks, so a loop that awaits
 * nothing but computations would never hear of it.
 *
 * @returns whether any memory came back
 */
async function collect(device: OpenDevice): Promise<boolean> {
  const before = device.memory().live;
  let least = before;
  for (let round = 0; round < ROUNDS; round++) {
    try {
      new ArrayBuffer(PRESSURE);
    } catch {
      // the collector has looked before the host refused
    }
    await nextTask();
    const { live } = device.memory();
    // it comes back in portions: a round without any is the end
    if (least < before && live >= least) return true;
    least = Math.min(least, live);
  }
  return least < before;
}

/**
 * Runs work that allocates on a device. Where kept tensors hold twice what they held before, or the work does not fit,
 * the memory of those that nobody can reach is taken back first.
 *
 * @param work - starts from the beginning when it is called again; leaves nothing behind when it throws
 */
export async function withRoom<Result>(device: OpenDevice, work: () => Promise<Result>): Promise<Result> {
  const watch = watchOf(device);
  if (device.memory().live > watch.limit) {
    await collect(device);
    watch.limit = Math.max(FLOOR, 2 * device.memory().live);
  } else if (++watch.computations >= COMPUTATIONS_PER_TASK) {
    watch.computations = 0;
    await nextTask();
  }
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof EinlabError && error.code === 'memory' && (await collect(device)))) throw error;
    return work();
  }
}
