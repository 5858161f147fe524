import { describe, expect, it } from 'vitest';
import '../../../index.ts';
import type { StorageType } from '../../../base/dtype.ts';
import { compile } from '../../../device/compile.ts';
import { type Device, openDevice, opened } from '../../../device/device.ts';
import { evaluateTensors } from '../../../device/evaluate.ts';
import { einsum } from '../../../operations/einsum.ts';
import { cast } from '../../../operations/elementwise.ts';
import { take } from '../../../operations/indexing.ts';
import { concatenate, pad, transpose } from '../../../operations/shape.ts';
import { tensor } from '../../../tensor/create.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import { noGpu, openNullDevice } from '../gpu.test-helper.ts';

/** Everything that writes 16 bits: elements in order, out of order and in boxes, rows, and what an index picks. */
function writtenHalves(dtype: StorageType): Tensor[] {
  const x = tensor(
    Float32Array.from({ length: 105 }, (_, i) => i / 8 - 5),
    { shape: [7, 15] },
  );
  const stored = cast(x, dtype);
  return [
    stored,
    cast(x.multiply(2).sum(1), dtype),
    cast(x.softmax(), dtype),
    transpose(stored).slice([1, 2], [9, 5]),
    concatenate([stored, stored.slice([0, 0], [2, 15]), stored.slice([0, 0], [1, 15])], 0),
    pad(stored, [1, 0], [0, 2]),
    take(stored, tensor(Int32Array.of(6, 0, 9)), 0),
    cast(einsum('ij,kj->ik', stored, stored), dtype),
  ];
}

const on = (device: Device, tensors: readonly Tensor[]): Promise<Tensor[]> => evaluateTensors(tensors, opened(device));

describe.skipIf(noGpu)('16-bit elements on WebGPU', () => {
  it.each(['f16', 'bf16'] as const)(
    '%s are the bits that the reference has, whatever kernel wrote them',
    async (dtype) => {
      const [device, reference] = await Promise.all([openDevice('webgpu'), openDevice('reference')]);
      const [got, expected] = await Promise.all(
        [device, reference].map(async (each) => {
          const kept = await on(each, writtenHalves(dtype));
          return Promise.all(kept.map(async (x) => [x.shape, Array.from(await x.data())]));
        }),
      );
      expect(got).toEqual(expected);
      device.close();
      reference.close();
    },
    60_000,
  );

  it('are read by contractions as they are stored, without a copy in f32', async () => {
    const device = await openDevice('webgpu');
    const [a, b] = await on(
      device,
      ['f16', 'bf16'].map((dtype) =>
        cast(
          tensor([
            [1, 2.5],
            [3, -4],
          ]),
          dtype as StorageType,
        ),
      ),
    );
    const product = compile((x: Tensor, y: Tensor) => einsum('ij,jk->ik', x, y), { device });
    expect(await (await product(a, b)).toArray()).toEqual([
      [8.5, -7.5],
      [-9, 23.5],
    ]);
    const [first, ...lines] = product.explain().split('\n');
    expect(first).toContain('3 kernels as 1 dispatches');
    expect(lines.at(-1)).toContain('contract');
    // where the copy is asked for, or somebody else reads it, it is made
    const both = compile((x: Tensor, y: Tensor) => [einsum('ij,jk->ik', x, y), cast(x, 'f32')] as const, { device });
    const [, wide] = await both(a, b);
    expect(await wide.toArray()).toEqual([
      [1, 2.5],
      [3, -4],
    ]);
    expect(both.explain()).toContain('3 kernels as 2 dispatches');
    device.close();
  });

  it('are written one by one where the device can, in text that Dawn finds valid', async () => {
    const { gpu, close } = await openNullDevice(['shader-f16', 'subgroups']);
    const texts: string[] = [];
    const watched = new Proxy(gpu, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name);
        if (name !== 'createShaderModule') return typeof value === 'function' ? value.bind(target) : value;
        return (descriptor: GPUShaderModuleDescriptor) => {
          texts.push(descriptor.code);
          return target.createShaderModule(descriptor);
        };
      },
    });
    const device = await openDevice('webgpu', { gpuDevice: watched, tune: false });
    for (const dtype of ['f16', 'bf16'] as const) {
      // it computes nothing, so that only what is refused is seen
      for (const x of await on(device, writtenHalves(dtype))) await x.data();
    }
    expect(texts.filter((text) => text.includes('half_of(')).length).toBeGreaterThanOrEqual(6);
    expect(texts.filter((text) => text.includes('half_of(') && !text.startsWith('enable f16;'))).toEqual([]);
    device.close();
    close();
  });
});
