import { nextTask } from './next-task.ts';
import type { OpenDevice } from './device.ts';

/** Bytes of the host arrays, never written to, that make the collector look for what can go. */
const PRESSURE = 32 * 2 ** 20;

/** Looking ends after this many; V8 needs about six. */
const ROUNDS = 16;

/**
 * Takes back the memory of kept tensors that nobody can reach. The collector sees an object of a few bytes where a
 * tensor holds megabytes, so it has no reason to look soon; and it reports between tasks, so a loop that awaits
 * nothing but computations would never hear of it.
 *
 * @returns whether any memory came back
 */
export async function collect(device: OpenDevice): Promise<boolean> {
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
