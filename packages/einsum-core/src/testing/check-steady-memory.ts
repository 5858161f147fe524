import type { Device } from '../device/device.ts';

/** Options of `checkSteadyMemory`. */
export interface SteadyMemoryOptions {
  /** Steps that must need no more than those before them; default 10 000. */
  readonly steps?: number;
  /** Steps at the start that may take memory: programs are built, caches fill; default 200, more than programs are held. */
  readonly warmUp?: number;
  /** Bytes by which memory may exceed what it was; default 0. */
  readonly slack?: number;
}

/**
 * Checks that work repeated on a device does not take ever more of its memory: after each step, kept tensors and the
 * device's own blocks together hold no more bytes than the most they held while warming up.
 *
 * @param step - the work; gets its number, from 0
 * @throws {Error} naming the step and both numbers of bytes.
 * @example `await checkSteadyMemory(device, async () => { state = await trainStep(state, batch); })`
 */
export async function checkSteadyMemory(
  device: Device,
  step: (index: number) => Promise<unknown>,
  options: SteadyMemoryOptions = {},
): Promise<void> {
  const { steps = 10_000, warmUp = 200, slack = 0 } = options;
  let most = 0;
  for (let index = 0; index < warmUp + steps; index++) {
    await step(index);
    const { live, pooled } = device.memory();
    const held = live + pooled;
    if (index < warmUp) most = Math.max(most, held);
    else if (held > most + slack) {
      throw new Error(
        `checkSteadyMemory: after step ${index} the device holds ${held} bytes (${live} in kept tensors, ${pooled} of its own); the first ${warmUp} steps needed ${most}, and ${slack} more are allowed`,
      );
    }
  }
}
