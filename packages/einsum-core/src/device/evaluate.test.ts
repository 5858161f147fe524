import { assertClose, describeOnBackends } from '@einlab/testkit';
import { describe, expect, it, vi } from 'vitest';
import { multiply } from '../operations/elementwise.ts';
import { tensor, zeros } from '../tensor/create.ts';
import { useDevice } from '../testing/device.test-helper.ts';
import { opened, openDevice, setDefaultDevice } from './device.ts';
import { evaluate, evaluateTensors } from './evaluate.ts';

describeOnBackends('evaluate', (backend) => {
  const device = useDevice(backend);
  const dtype = backend === 'reference' ? 'f64' : 'f32';

  it('computes a tree together, keeps the results, and passes other leaves through', async () => {
    const x = tensor([1, 2, 3]);
    const tree = { a: multiply(x, 2), list: [x.add(1), null], name: 'n', count: 3 };
    const kept = await evaluate(tree);
    expect([kept.a, kept.list[0]].map((t) => t?.origin.kind)).toEqual(['kept', 'kept']);
    expect([kept.list[1], kept.name, kept.count]).toEqual([null, 'n', 3]);
    assertClose(await kept.a.data(), [2, 4, 6], { dtype });
    expect(tree.a.origin.kind).toBe('operation');
  });

  it('leaves what is kept as it is, and computes a shared tensor once', async () => {
    const kept = await evaluate(tensor([1]).add(1));
    const lazy = kept.add(1);
    const again = await evaluate({ kept, first: lazy, second: lazy });
    expect(again.kept).toBe(kept);
    expect(again.first).toBe(again.second);
  });

  it('keeps memory until it is disposed of, and reading keeps nothing', async () => {
    const before = device().memory().live;
    const x = tensor(new Float32Array(512)).add(1);
    await x.data();
    expect(device().memory().live).toBe(before);
    {
      using kept = await evaluate(x);
      expect(device().memory().live).toBeGreaterThanOrEqual(before + 2048);
      expect(kept.size).toBe(512);
    }
    expect(device().memory().live).toBe(before);
  });

  it('refuses a disposed tensor, wherever it is used', async () => {
    const kept = await evaluate(tensor([1, 2]).add(1));
    kept.dispose();
    kept.dispose();
    const message = 'f32[2] from kept was disposed of or donated and cannot be used any more';
    await expect(kept.data()).rejects.toThrow(message);
    await expect(multiply(kept, 2).data()).rejects.toThrow(message);
    await expect(evaluate(multiply(kept, 2))).rejects.toThrow(message);
  });

  it('releases what it uploaded for a computation that cannot start', async () => {
    const kept = await evaluate(tensor([1, 2]).add(1));
    kept.dispose();
    const before = device().memory().live;
    await expect(tensor([1, 2]).add(kept).data()).rejects.toThrow('was disposed of');
    expect(device().memory().live).toBe(before);
  });

  it('reads items and nested arrays, of size 0 and 1 too', async () => {
    expect(await tensor(7).add(0).item()).toBe(7);
    expect(await zeros([2, 0]).toArray()).toEqual([[], []]);
    expect(await tensor([[true, false]]).toArray()).toEqual([[1, 0]]);
    await expect(tensor([1, 2]).item()).rejects.toThrow('item: f32[2] from host has 2 elements; expected exactly one');
    await expect(tensor([1, 2]).item()).rejects.toMatchObject({ code: 'shape' });
  });

  it('reads the types it says', async () => {
    const float = await tensor([1]).add(0).data();
    expect(float).toBeInstanceOf(backend === 'reference' ? Float64Array : Float32Array);
    expect(await tensor(Int32Array.of(1)).add(0).data()).toBeInstanceOf(Int32Array);
    expect(await tensor(Uint32Array.of(1)).add(0).data()).toBeInstanceOf(Uint32Array);
    expect(await tensor([1]).equal(1).data()).toBeInstanceOf(Uint32Array);
  });

  it('a closed device has released everything, and says so', async () => {
    const own = await openDevice(backend);
    const previous = device();
    setDefaultDevice(own);
    const kept = await evaluate(tensor([1]).add(1));
    own.close();
    setDefaultDevice(previous);
    expect(own.memory().live).toBe(0);
    await expect(kept.data()).rejects.toThrow(/disposed of|closed/);
    expect(await tensor([1]).add(1).item()).toBe(2);
  });

  it('says what the machine offers', () => {
    expect(device().kind).toBe(backend);
    expect(device().capabilities['threads']).toBeGreaterThanOrEqual(1);
  });
});

describe('openDevice', () => {
  it('gives a wasm device the threads that are asked for, and says how many it has', async () => {
    for (const threads of [1, 2]) {
      const own = await openDevice('wasm', { threads });
      expect(own.capabilities['threads']).toBe(threads);
      own.close();
    }
  });

  it('has one thread where memory cannot be shared', async () => {
    vi.stubGlobal('SharedArrayBuffer', undefined);
    const own = await openDevice('wasm', { threads: 2 });
    vi.unstubAllGlobals();
    expect(own.capabilities['threads']).toBe(1);
    const [four] = await evaluateTensors([tensor([1, 3]).sum()], opened(own));
    expect(await four.item()).toBe(4);
    own.close();
  });

  it.each([0, 1.5, -1, 1000, Number.NaN])('refuses %s threads', async (threads) => {
    await expect(openDevice('wasm', { threads })).rejects.toThrow(
      `openDevice: threads is ${threads}; expected a whole number from 1 to 256`,
    );
  });

  it('refuses an unknown kind, naming it', async () => {
    await expect(openDevice('cuda' as never)).rejects.toThrow(
      `openDevice: kind is "cuda"; expected 'wasm', 'webgpu' or 'reference'`,
    );
  });
});
