import type { DType } from '../base/dtype.ts';
import { deviceError } from '../base/errors.ts';
import type { Shape } from '../base/shape.ts';
import { type KeptBuffer, Tensor } from '../tensor/tensor.ts';
import { currentDevice, type OpenDevice, opened } from './device.ts';

/** The backstop for tensors that nobody disposed of: their memory goes back when they are collected. */
const collected = new FinalizationRegistry<KeptBuffer>((buffer) => buffer.release());

/** A tensor that owns memory on a device. */
export function keptTensor(shape: Shape, dtype: DType, buffer: KeptBuffer): Tensor {
  const tensor = new Tensor(shape, dtype, { kind: 'kept', buffer });
  collected.register(tensor, buffer, buffer);
  return tensor;
}

/** Frees a kept tensor's memory now; anything else is left as it is. */
export function releaseTensor(tensor: Tensor): void {
  if (tensor.origin.kind !== 'kept') return;
  collected.unregister(tensor.origin.buffer);
  tensor.origin.buffer.release();
}

/** The one device that kept tensors live on, or the current one where there are none. */
export function commonDevice(tensors: readonly Tensor[], wanted?: OpenDevice): OpenDevice {
  let device = wanted;
  for (const tensor of tensors) {
    if (tensor.origin.kind !== 'kept') continue;
    const owner = opened(tensor.origin.buffer.device);
    if (device !== undefined && owner !== device) {
      throw deviceError(
        `${tensor.toString()} is kept on a ${owner.kind} device, but a ${device.kind} device computes here; read it with data() and make a new tensor`,
        { kept: owner.kind, computing: device.kind },
      );
    }
    device = owner;
  }
  return device ?? currentDevice();
}

/** Runs `use` with the buffers of leaves; what was uploaded for it is released when it has ended, whatever happens. */
export async function withBuffers<Result>(
  leaves: readonly Tensor[],
  device: OpenDevice,
  use: (buffers: readonly KeptBuffer[]) => Result | Promise<Result>,
): Promise<Result> {
  const uploaded: KeptBuffer[] = [];
  try {
    const buffers = leaves.map((leaf) => {
      const { buffer, temporary } = bufferOf(leaf, device);
      if (temporary) uploaded.push(buffer);
      return buffer;
    });
    return await use(buffers);
  } finally {
    for (const buffer of uploaded) buffer.release();
  }
}

/** The buffer of a leaf, and whether it was made just now and must be released after use. */
export function bufferOf(tensor: Tensor, device: OpenDevice): { buffer: KeptBuffer; temporary: boolean } {
  if (tensor.origin.kind === 'kept') {
    if (!tensor.origin.buffer.isLive) {
      throw deviceError(`${tensor.toString()} was disposed of or donated and cannot be used any more`, {
        shape: tensor.shape,
      });
    }
    return { buffer: tensor.origin.buffer, temporary: false };
  }
  if (tensor.origin.kind === 'host')
    return { buffer: device.backend.upload(tensor.origin.values, tensor.dtype), temporary: true };
  throw deviceError(
    `${tensor.toString()} has no values: a tensor made while a function is traced was used outside of it`,
    { shape: tensor.shape },
  );
}
