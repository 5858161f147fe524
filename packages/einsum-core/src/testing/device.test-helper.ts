import '../device/install-methods.ts';
import '../primitives/index.ts';
import { afterAll, beforeAll } from 'vitest';
import { type Device, openDevice, setDefaultDevice } from '../device/device.ts';
import type { DeviceKind } from '../program/backend.ts';

/** Makes a device of its own the default of the tests in this group. Returns how to reach it from inside a test. */
export function useDevice(kind: DeviceKind): () => Device {
  let device: Device | undefined;
  beforeAll(async () => {
    device = await openDevice(kind);
    setDefaultDevice(device);
  });
  afterAll(() => {
    device?.close();
  });
  return () => {
    if (device === undefined) throw new Error(`the ${kind} device is opened when the group's tests start`);
    return device;
  };
}
