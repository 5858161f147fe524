import { describe, expect, it } from 'vitest';
import '../../index.ts';
import { compile } from '../../device/compile.ts';
import { type Device, openDevice, opened } from '../../device/device.ts';
import { evaluateTensors } from '../../device/evaluate.ts';
import { load } from '../../kernels/expression.ts';
import { tensor } from '../../tensor/create.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { noGpu, openTestGpu, programOf } from './gpu.test-helper.ts';
import { openGpuDevice } from './open-gpu-device.ts';
import { createWebgpuExecutable } from './program/webgpu-executable.ts';

const on = (device: Device, ...tensors: Tensor[]): Promise<Tensor[]> => evaluateTensors(tensors, opened(device));

describe.skipIf(noGpu)('a WebGPU device that is lost', () => {
  it('says so in `lost`, in what is read then, and in what runs afterwards; another device can be opened', async () => {
    const { gpu, close } = await openGpuDevice({});
    const device = await openDevice('webgpu', { gpuDevice: gpu });
    const [kept] = await on(device, tensor([1, 2, 3]).add(1));
    const reading = kept.data();
    gpu.destroy();
    await expect(reading).rejects.toMatchObject({ code: 'device-lost' });
    expect(await device.lost).toMatch(/destroy/i);
    await expect(kept.data()).rejects.toMatchObject({ code: 'device-lost' });
    await expect(on(device, tensor([1]).add(1))).rejects.toMatchObject({ code: 'device-lost' });
    const other = await openDevice('webgpu');
    const [again] = await on(other, tensor([1, 2, 3]).add(1));
    expect([...(await again.data())]).toStrictEqual([2, 3, 4]);
    other.close();
    device.close();
    close();
  });

  it('takes kept tensors with it, which another device refuses by name; what the host has is uploaded there again', async () => {
    const { gpu, close } = await openGpuDevice({});
    const device = await openDevice('webgpu', { gpuDevice: gpu });
    const host = tensor([1, 2, 3]);
    const scale = compile((x: Tensor) => x.multiply(host));
    const [kept] = await on(device, host.add(1));
    const before = [...(await scale(kept).then((result) => result.data()))];
    gpu.destroy();
    await device.lost;
    const other = await openDevice('webgpu');
    await expect(on(other, kept.add(1))).rejects.toThrow(
      /is kept on a webgpu device, but a webgpu device computes here/,
    );
    const [restored] = await on(other, host.add(1));
    // the program and what it closed over are made anew on the other device
    expect([...(await scale(restored).then((result) => result.data()))]).toStrictEqual(before);
    scale.dispose();
    other.close();
    device.close();
    close();
  });

  it('is not told of a device that was closed', async () => {
    const device = await openDevice('webgpu');
    let reason: string | undefined;
    void device.lost.then((why) => (reason = why));
    device.close();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(reason).toBeUndefined();
    await expect(on(device, tensor([1]).add(1))).rejects.toThrow('the device was closed; open another with openDevice');
  });

  it('leaves a device that was given open when it is closed', async () => {
    const { gpu, close } = await openGpuDevice({});
    for (let time = 0; time < 2; time++) {
      const device = await openDevice('webgpu', { gpuDevice: gpu });
      const [kept] = await on(device, tensor([1]).add(time));
      expect(await kept.item()).toBe(1 + time);
      device.close();
    }
    close();
  });
});

describe.skipIf(noGpu)('work that WebGPU refuses', () => {
  it('a shader that is wrong is an error that names the kernel and says why', async () => {
    const gpu = await openTestGpu();
    const shader = { code: 'fn main() { nonsense }', workgroups: 1, isReadOnly: [] };
    await expect(gpu.pipelines.compile({ shader, buffers: [], call: 0, label: 'loop [2×3]' })).rejects.toMatchObject({
      code: 'device',
      message: expect.stringMatching(/^webgpu: the kernel "loop \[2×3\]" did not compile: .*nonsense/s),
    });
    gpu.close();
  });

  it('a buffer above the limit is a memory error with both numbers', async () => {
    const device = await openDevice('webgpu');
    const { backend } = opened(device);
    const huge = tensor(1)
      .add(0)
      .broadcastTo([2 ** 16, 2 ** 15])
      .add(1);
    await expect(on(device, huge)).rejects.toMatchObject({
      code: 'memory',
      message: expect.stringMatching(/^webgpu: 8589934592 bytes for one tensor do not fit: .* the limit is \d+;/),
    });
    expect(backend.memory().live).toBe(0);
    device.close();
  });

  it('a copy or a program that the device refuses is an error where its results are read, never zeros', async () => {
    const gpu = await openTestGpu();
    const gone = gpu.memory.upload(Float32Array.of(1, 2), 'f32');
    gone.block.buffer.destroy();
    await expect(gone.read()).rejects.toMatchObject({ code: 'device', message: expect.stringContaining('destroyed') });
    const store = {
      buffer: 1,
      dtype: 'f32',
      offset: 0,
      strides: [1],
      value: load(0, 'f32'),
      accumulate: false,
    } as const;
    const loads = [{ buffer: 0, dtype: 'f32', offset: 0, strides: [1] }] as const;
    const kernel = { kind: 'loop', axes: [2], rowRank: 0, loads, folds: [], stores: [store] } as const;
    const program = programOf(kernel, [{ dtype: 'f32', values: new Float32Array(2) }], [{ dtype: 'f32', elements: 2 }]);
    const executable = await createWebgpuExecutable(program, gpu.memory, gpu.pipelines);
    const [copied] = await executable.run([gone]);
    const [again] = await executable.run([copied]);
    for (const buffer of [copied, again]) {
      await expect(buffer.read()).rejects.toMatchObject({
        code: 'device',
        message: expect.stringMatching(/^webgpu: a program was refused: .*destroyed/s),
      });
    }
    gpu.close();
  });

  it('no memory for a buffer is a memory error, told where results that depend on it are read', async () => {
    const { gpu, close } = await openGpuDevice({});
    const device = await openDevice('webgpu', { gpuDevice: refusingMemory(gpu) });
    const [first] = await on(device, tensor(new Float32Array(1000)).add(1));
    const [second] = await on(device, first.multiply(2));
    await expect(second.data()).rejects.toMatchObject({ code: 'memory' });
    device.close();
    close();
  });
});

/** The same device, where the scope around every buffer of more than 1000 bytes tells that there was no memory. */
function refusingMemory(gpu: GPUDevice): GPUDevice {
  let isRefused = false;
  return new Proxy(gpu, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (name === 'createBuffer') {
        return (descriptor: GPUBufferDescriptor) => {
          isRefused = descriptor.size > 1000;
          return target.createBuffer(descriptor);
        };
      }
      if (name === 'popErrorScope') {
        return async () => {
          const refused = isRefused;
          isRefused = false;
          const error = await target.popErrorScope();
          return refused ? { message: 'not enough memory' } : error;
        };
      }
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
