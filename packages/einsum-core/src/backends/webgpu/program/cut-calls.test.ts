import { describe, expect, it } from 'vitest';
import '../../../index.ts';
import { type Device, openDevice, opened } from '../../../device/device.ts';
import { evaluateTensors } from '../../../device/evaluate.ts';
import { einsum } from '../../../operations/einsum.ts';
import { cast } from '../../../operations/elementwise.ts';
import { take } from '../../../operations/indexing.ts';
import { concatenate, transpose } from '../../../operations/shape.ts';
import { arange, tensor } from '../../../tensor/create.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import { noGpu } from '../gpu.test-helper.ts';
import { openGpuDevice } from '../open-gpu-device.ts';

const BINDING = 2 ** 16;

/** A device that gives a shader 64 KiB of a buffer at most, and tells what is bound. */
async function openNarrow(bindings: number[]): Promise<{ device: Device; close: () => void }> {
  const { gpu, close } = await openGpuDevice({});
  const limits = new Proxy(gpu.limits, {
    get: (target, name) => (name === 'maxStorageBufferBindingSize' ? BINDING : Reflect.get(target, name)),
  });
  const narrow = new Proxy(gpu, {
    get(target, name) {
      if (name === 'limits') return limits;
      if (name === 'createBindGroup') {
        return (descriptor: GPUBindGroupDescriptor) => {
          for (const { resource } of descriptor.entries) {
            if ('buffer' in resource) bindings.push(resource.size ?? resource.buffer.size);
          }
          return target.createBindGroup(descriptor);
        };
      }
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  const device = await openDevice('webgpu', { gpuDevice: narrow });
  return {
    device,
    close() {
      device.close();
      close();
    },
  };
}

const values = (...shape: number[]): Tensor =>
  tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i)),
    { shape },
  );

/** Work on tensors of more than 64 KiB, whose bits do not depend on how it is cut. */
const WORK: Readonly<Record<string, () => Tensor[]>> = {
  'elementwise work, with coordinates': () => {
    const x = values(20_001);
    return [x.multiply(2).add(cast(arange(20_001), 'f32')), x.add(1)];
  },
  'elements out of order, broadcast and in boxes': () => {
    const x = values(150, 133);
    return [transpose(x).add(values(133, 1)), concatenate([x, x.multiply(3)], 1)];
  },
  'rows, and the sums of their columns': () => {
    const x = values(1500, 21);
    return [x.softmax(), x.max(1), x.sum(0)];
  },
  '16 bits an element': () => {
    const x = values(301, 129);
    return [cast(x, 'f16'), cast(cast(x, 'bf16'), 'f32').add(1)];
  },
  'a product by rows': () => [einsum('ik,kj->ij', values(300, 70), values(70, 9))],
  'a product by columns of what is transposed': () => [einsum('ik,kj->ji', values(300, 60), values(60, 9))],
  'a product by columns, of a result that is too large': () => [einsum('ki,kj->ij', values(5, 20), values(5, 1000))],
  'a product by batches': () => [einsum('bik,bkj->ibj', values(40, 20, 22), values(40, 22, 20))],
  'a product of 16 bits': () => [einsum('ik,kj->ij', cast(values(300, 120), 'f16'), values(120, 5))],
  'a matrix and a vector': () => [einsum('ik,k->i', values(300, 120), values(120))],
};

describe.skipIf(noGpu)('buffers above the limit of a binding', () => {
  it.each(Object.entries(WORK))(
    '%s: parts are bound one after the other, and the bits are those of one',
    async (_, work) => {
      const bindings: number[] = [];
      const { device, close } = await openNarrow(bindings);
      const plain = await openDevice('webgpu');
      const read = async (on: Device): Promise<number[][]> => {
        const kept = await evaluateTensors(work(), opened(on));
        return Promise.all(kept.map(async (x) => Array.from(await x.data())));
      };
      const [got, expected] = [await read(device), await read(plain)];
      expect(bindings.length).toBeGreaterThan(work().length);
      expect(Math.max(...bindings)).toBeLessThanOrEqual(BINDING);
      expect(got).toEqual(expected);
      plain.close();
      close();
    },
    120_000,
  );

  it('a kernel that cannot be cut is refused by name, with both numbers, and leaves nothing behind', async () => {
    const { device, close } = await openNarrow([]);
    const refused: readonly (readonly [RegExp, Tensor, number])[] = [
      [/the kernel "gather.*" needs 80000 bytes/, take(values(20_000), tensor(Int32Array.of(3))), 80_000],
      [/the kernel "contract.*" needs 80000 bytes/, einsum('ki,kj->ij', values(20, 9), values(20, 1000)), 80_000],
    ];
    for (const [message, x, bytes] of refused) {
      await expect(evaluateTensors([x], opened(device))).rejects.toMatchObject({
        code: 'memory',
        message: expect.stringMatching(message),
        details: { bytes, limit: BINDING },
      });
    }
    expect(device.memory().live).toBe(0);
    close();
  });
});
