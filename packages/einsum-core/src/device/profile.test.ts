import { describeOnBackends } from '@einlab/testkit';
import { describe, expect, it } from 'vitest';
import { einsum } from '../operations/einsum.ts';
import { cast, multiply, tanh } from '../operations/elementwise.ts';
import * as random from '../random/index.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { useDevice } from '../testing/device.test-helper.ts';
import { compile } from './compile.ts';
import { opened } from './device.ts';
import { evaluate } from './evaluate.ts';
import { summarizeProfile } from './profile.ts';

describeOnBackends('device.profile', (backend) => {
  const device = useDevice(backend);
  const bytes = backend === 'reference' ? 8 : 4;
  /** Whether a contraction does the elementwise work behind it. */
  const isOneKernel = backend === 'webgpu';
  const contraction = backend === 'reference' ? 'einsum' : 'contract';
  const inputs = (): Promise<Tensor[]> =>
    evaluate([random.normal(random.key(1), [20, 30]), random.normal(random.key(2), [30, 40])]);
  const layer = (x: Tensor, w: Tensor): Tensor => tanh(einsum('row in, in out -> row out', x, w));

  it('names each kernel with its time, its bytes and its operations', async () => {
    const [x, w] = await inputs();
    const profile = await device().profile(() => layer(x, w).data());
    const product = profile.kernels.find(({ kind }) => kind === contraction);
    const [products, elements] = [2 * 20 * 30 * 40, 20 * 40];
    expect(product).toMatchObject({
      runs: 1,
      bytes: bytes * (20 * 30 + 30 * 40 + 20 * 40),
      flops: products + (isOneKernel ? elements : 0),
    });
    expect(product?.milliseconds).toBeGreaterThanOrEqual(0);
    const others = profile.kernels.filter((kernel) => kernel !== product);
    expect(others).toMatchObject(isOneKernel ? [] : [{ runs: 1, bytes: bytes * 2 * elements, flops: elements }]);
    expect(profile.milliseconds).toBeGreaterThanOrEqual(profile.kernelMilliseconds);
  });

  it('counts two bytes per element of 16 bits', async () => {
    const [x] = await inputs();
    const { kernels } = await device().profile(() => cast(x, 'f16').data());
    expect(kernels).toMatchObject([{ bytes: (bytes + (backend === 'reference' ? 8 : 2)) * 20 * 30 }]);
  });

  it('sees compiled programs, adds up equal kernels, and changes no result', async () => {
    const [x, w] = await inputs();
    const run = compile(layer);
    const plain = await (await run(x, w)).data();
    const results: Tensor[] = [];
    const profile = await device().profile(async () => {
      for (let i = 0; i < 3; i++) results.push(await run(x, w));
    });
    expect(profile.kernels.map(({ runs }) => runs)).toEqual(isOneKernel ? [3] : [3, 3]);
    for (const result of results) expect(await result.data()).toEqual(plain);
  });

  it('leaves nothing behind: neither programs that run kernel by kernel, nor the habit', async () => {
    const [x, w] = await inputs();
    const runAndForget = async (): Promise<number> => {
      const run = compile(layer);
      await device().profile(async () => (await run(x, w)).dispose());
      run.dispose();
      await new Promise((resolve) => setTimeout(resolve, 0));
      return device().memory().live + device().memory().pooled;
    };
    const held = await runAndForget();
    // less where the collector came by between the two
    expect(await runAndForget()).toBeLessThanOrEqual(held);
    expect(opened(device()).observer).toBeUndefined();
  });

  it('sees what runs while it lasts and nothing else; profiles may overlap', async () => {
    const [x] = await inputs();
    await tanh(x).data();
    let endInner: (value?: unknown) => void = () => {};
    const inner = device().profile(() => new Promise((resolve) => (endInner = resolve)));
    const outer = await device().profile(() => tanh(x).data());
    await tanh(x).data();
    endInner();
    expect(outer.kernels.map(({ runs }) => runs)).toEqual([1]);
    expect((await inner).kernels.map(({ runs }) => runs)).toEqual([2]);
    expect((await device().profile(() => 1)).kernels).toEqual([]);
  });

  it('fails as the function fails, and ends there', async () => {
    const [x] = await inputs();
    await expect(device().profile(() => Promise.reject(new RangeError('no')))).rejects.toThrow('no');
    await expect(
      device().profile(() => {
        throw new RangeError('at once');
      }),
    ).rejects.toThrow('at once');
    expect(await multiply(x, 0).max().item()).toBe(0);
  });
});

describe('a profile', () => {
  it('prints as a table, the dearest kernel first', () => {
    const loop = { kind: 'loop', description: '[800]', milliseconds: 0.5, bytes: 1_000_000, flops: 0 };
    const product = { kind: 'contract', description: 'rows 8', milliseconds: 4, bytes: 2_000_000, flops: 12_000_000 };
    const profile = summarizeProfile([loop, product, loop], 10);
    expect(profile.kernelMilliseconds).toBe(5);
    expect(profile.toString().split('\n')).toEqual([
      '3 kernel runs in 5.000 ms, of 10.000 ms in all',
      '   ms   share  runs  GB/s  GFLOP/s  kernel',
      '4.000  80.0 %     1   0.5      3.0  contract rows 8',
      '1.000  20.0 %     2   2.0      0.0  loop [800]',
    ]);
    expect(`${summarizeProfile([], 1)}`).toContain('0 kernel runs');
  });
});
