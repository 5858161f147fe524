import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describeOnBackends } from '@einlab/testkit';
import { describe, expect, it } from 'vitest';
import { grad } from '../autodiff/grad.ts';
import { einsum } from '../operations/einsum.ts';
import { maximum, multiply, tanh } from '../operations/elementwise.ts';
import { tensor, zeros } from '../tensor/create.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checkSteadyMemory } from '../testing/check-steady-memory.ts';
import { useDevice } from '../testing/device.test-helper.ts';
import { compile } from './compile.ts';
import { evaluate } from './evaluate.ts';

/** For loops of thousands of steps on a busy machine. */
const timeout = 120_000;

const x = tensor(
  Float32Array.from({ length: 32 }, (_, i) => Math.sin(i)),
  { shape: [8, 4] },
);
const start = tensor(
  Float32Array.from({ length: 16 }, (_, i) => Math.cos(i)),
  { shape: [4, 4] },
);

const loss = (w: Tensor, v: Tensor): Tensor =>
  tanh(einsum('batch in, in out -> batch out', v, w))
    .square()
    .mean();
const descend = (w: Tensor, v: Tensor): Tensor => w.subtract(multiply(grad(loss)(w, v), 0.01));

/** A graph of its own for every index: such constants are part of a program, and the operations differ, too. */
function freshGraph(index: number): Tensor {
  const operations = [(t: Tensor) => t.tanh(), (t: Tensor) => t.sum(0), (t: Tensor) => t.transpose(), descendOn];
  return operations[index % operations.length](maximum(start, index / 1e5)).mean();
}
const descendOn = (w: Tensor): Tensor => descend(w, x);

/** Bytes of live objects on the host's heap. */
function hostBytes(): number {
  setFlagsFromString('--expose-gc');
  const collectGarbage: () => void = runInNewContext('gc');
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

describeOnBackends('device.memory()', (backend) => {
  const device = useDevice(backend);
  // a software adapter takes a millisecond or more for a step, and many to compile what it has not seen
  const steps = backend === 'webgpu' ? 1000 : 10_000;
  const fresh = backend === 'webgpu' ? { before: 0, steps: 100 } : { before: 800, steps: 9000 };

  it(`is flat over ${steps} training steps that donate their state`, { timeout }, async () => {
    const step = compile(descend, { donate: [0] });
    let w = await evaluate(multiply(start, 1));
    await expect(
      checkSteadyMemory(
        device(),
        async () => {
          w = await step(w, x);
        },
        { steps },
      ),
    ).resolves.toBeUndefined();
    expect(Number.isFinite(await w.sum().item())).toBe(true);
    w.dispose();
  });

  it(`is flat over ${steps} training steps whose old state is disposed of`, { timeout }, async () => {
    const step = compile(descend);
    let w = await evaluate(multiply(start, 1));
    await expect(
      checkSteadyMemory(
        device(),
        async () => {
          const next = await step(w, x);
          w.dispose();
          w = next;
        },
        { steps },
      ),
    ).resolves.toBeUndefined();
    w.dispose();
  });

  it(`is flat over ${fresh.steps} plain evaluations of graphs that all differ, and so is the host`, {
    timeout,
  }, async () => {
    const evaluateFresh = (index: number): Promise<number> => freshGraph(index).item();
    await checkSteadyMemory(device(), evaluateFresh, { steps: fresh.before });
    const before = hostBytes();
    await checkSteadyMemory(device(), (index) => evaluateFresh(1000 + index), { steps: fresh.steps, warmUp: 200 });
    expect((hostBytes() - before) / 2 ** 20).toBeLessThan(4);
  });

  it('is flat when a compiled function sees ever new signatures', { timeout }, async () => {
    const scaled = compile((v: Tensor, factor: number) => multiply(v, factor));
    await expect(
      checkSteadyMemory(device(), async (index) => (await scaled(start, index)).dispose(), {
        steps: steps / 10,
      }),
    ).resolves.toBeUndefined();
  });

  it('a leak makes the check fail, whether kept by compiled steps or by evaluations', { timeout }, async () => {
    const kept: Tensor[] = [];
    const step = compile(descend);
    await expect(checkSteadyMemory(device(), async () => kept.push(await step(start, x)))).rejects.toThrow(
      /after step 200 the device holds \d+ bytes .* the first 200 steps needed \d+/,
    );
    await expect(
      checkSteadyMemory(device(), async (index) => {
        // one step in a thousand forgets one tensor
        const result = await evaluate(multiply(start, 2));
        if (index % 1000 === 999) kept.push(result);
        else result.dispose();
      }),
      // where blocks are kept for reuse, the step after it is the one that needs another
    ).rejects.toThrow(/after step (999|1000) the device holds/);
    for (const tensorOfLeak of kept) tensorOfLeak.dispose();
  });
});

describe('kept tensors that nobody disposes of', () => {
  const device = useDevice('wasm');

  it('give their memory back in a loop that awaits nothing but computations', { timeout }, async () => {
    const step = compile((w: Tensor) => w.add(1));
    let w = await evaluate(zeros([2 ** 18]).add(1));
    let most = 0;
    for (let index = 0; index < 1000; index++) {
      w = await step(w);
      most = Math.max(most, device().memory().live);
    }
    expect(await w.max().item()).toBe(1001);
    // a thousand states of a megabyte each
    expect(most / 2 ** 20).toBeLessThan(250);
  });
});
