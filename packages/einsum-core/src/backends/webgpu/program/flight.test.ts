import { describe, expect, it } from 'vitest';
import '../../../index.ts';
import { openDevice, opened } from '../../../device/device.ts';
import { evaluateTensors } from '../../../device/evaluate.ts';
import { tensor } from '../../../tensor/create.ts';
import { noGpu } from '../gpu.test-helper.ts';
import { openGpuDevice } from '../open-gpu-device.ts';
import { createFlight } from './flight.ts';

/** A queue whose work ends when it is told to. */
function slowQueue() {
  const ends: (() => void)[] = [];
  const onSubmittedWorkDone = (): Promise<undefined> => new Promise((resolve) => ends.push(() => resolve(undefined)));
  return { ends, gpu: { queue: { onSubmittedWorkDone } } as unknown as GPUDevice };
}

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

describe('createFlight(state, most)', () => {
  it.each([1, 3])('lets %i calls go, and the next when the first has ended', async (most) => {
    const { ends, gpu } = slowQueue();
    const flight = createFlight({ gpu }, most);
    for (let call = 0; call < most; call++) {
      await flight.room();
      flight.submitted();
    }
    let isLet = false;
    const next = flight.room().then(() => (isLet = true));
    await turn();
    expect(isLet).toBe(false);
    ends[0]();
    await next;
    expect(isLet).toBe(true);
  });
});

describe('openDevice(…, { callsInFlight })', () => {
  it.each([0, -1, 1.5, Number.NaN])('refuses %d', async (callsInFlight) => {
    await expect(openDevice('webgpu', { callsInFlight })).rejects.toMatchObject({
      code: 'option',
      message: `openDevice: callsInFlight is ${callsInFlight}; expected a whole number ≥ 1`,
    });
  });
});

describe.skipIf(noGpu)('a profile', () => {
  it('has the times of the device’s own clock, which are those of the kernels, and the same results', async () => {
    const { gpu, close } = await openGpuDevice({});
    const device = await openDevice('webgpu', { gpuDevice: gpu });
    const x = tensor(
      Float32Array.from({ length: 40_000 }, (_, i) => i % 7),
      { shape: [200, 200] },
    );
    const work = () => evaluateTensors([x.softmax().sum(1)], opened(device));
    const [plain] = await work();
    let profiled = plain;
    let passes = 0;
    const prototype: GPUCommandEncoder = Object.getPrototypeOf(gpu.createCommandEncoder());
    const { resolveQuerySet } = prototype;
    prototype.resolveQuerySet = function (...given) {
      passes += 1;
      return resolveQuerySet.apply(this, given);
    };
    const profile = await device.profile(async () => {
      [profiled] = await work();
    });
    prototype.resolveQuerySet = resolveQuerySet;
    expect(await profiled.data()).toEqual(await plain.data());
    expect(passes).toBe(
      gpu.features.has('timestamp-query') ? profile.kernels.reduce((sum, { runs }) => sum + runs, 0) : 0,
    );
    expect(profile.kernelMilliseconds).toBeGreaterThan(0);
    expect(profile.kernelMilliseconds).toBeLessThan(profile.milliseconds);
    device.close();
    close();
  });
});
