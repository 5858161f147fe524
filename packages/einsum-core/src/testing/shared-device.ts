import '../device/install-methods.ts';
import '../primitives/index.ts';
import type { TypedArray } from '../base/dtype.ts';
import { type Device, openDevice, opened } from '../device/device.ts';
import { evaluateTensors } from '../device/evaluate.ts';
import type { DeviceKind } from '../program/backend.ts';
import type { Tensor } from '../tensor/tensor.ts';

const shared = new Map<DeviceKind, Promise<Device>>();

/** One device of each kind for all laws: opened at the first need, and left open. */
export function sharedDevice(kind: DeviceKind): Promise<Device> {
  const known = shared.get(kind);
  if (known !== undefined) return known;
  const made = openDevice(kind);
  shared.set(kind, made);
  made.catch(() => shared.delete(kind));
  return made;
}

/** The values of tensors, computed together on a device, whatever the default device is. Keeps nothing. */
export async function readOn(kind: DeviceKind, tensors: readonly Tensor[]): Promise<TypedArray[]> {
  const kept = await evaluateTensors(tensors, opened(await sharedDevice(kind)));
  try {
    return await Promise.all(kept.map((tensor) => tensor.data()));
  } finally {
    for (const tensor of kept) tensor.dispose();
  }
}
