import { EinlabError } from '../base/errors.ts';
import type { OpenDevice } from './device.ts';
import { nextTask } from './next-task.ts';

/** Below this many bytes in kept tensors nothing is looked for. */
const FLOOR = 64 * 2 ** 20;

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

/** Looks for what nobody can reach, with what is loaded when there is a reason to. */
async function collect(device: OpenDevice): Promise<boolean> {
  const collector = await import('./collect.ts');
  return collector.collect(device);
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
