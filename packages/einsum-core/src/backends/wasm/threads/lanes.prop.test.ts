import { property } from '@einlab/testkit';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { concatenate, einsum, multiply, relu, type Tensor, tensor } from '../../../index.ts';
import { type OpenDevice, openOn } from '../../../device/device.ts';
import { evaluateTensors } from '../../../device/evaluate.ts';
import type { KernelCall } from '../../../kernels/kernel.ts';
import { planArena } from '../../../program/arena.ts';
import type { LoweredProgram } from '../../../program/lower.ts';
import { createWasmBackend } from '../wasm-backend.ts';
import { dealLanes, type Lanes } from './deal-lanes.ts';
import { lifetimesInLanes } from './lane-lifetimes.ts';

/** A loop that copies so many elements: about half as many cycles. */
const call = (elements: number, reads: readonly number[], writes: readonly number[]): KernelCall => ({
  kernel: {
    kind: 'loop',
    axes: [elements],
    rowRank: 0,
    loads: [{ buffer: 0, dtype: 'f32', offset: 0, strides: [1] }],
    folds: [],
    stores: [
      {
        buffer: 1,
        dtype: 'f32',
        offset: 0,
        strides: [1],
        value: { op: 'load', type: 'f32', inputs: [], value: 0 },
        accumulate: false,
      },
    ],
  },
  reads,
  writes,
});

/** A program of some chains, each of some calls over buffers of its own, that a last call of each brings together in one buffer. */
const chained = fc
  .record({
    chains: fc.integer({ min: 2, max: 6 }),
    length: fc.integer({ min: 2, max: 24 }),
    elements: fc.integer({ min: 1, max: 400_000 }),
    /** Calls that read what was written earlier, wherever. */
    crossings: fc.array(fc.tuple(fc.nat(1000), fc.nat(1000)), { maxLength: 4 }),
    isInterleaved: fc.boolean(),
  })
  .map(({ chains, length, elements, crossings, isInterleaved }): readonly KernelCall[] => {
    const root = 0;
    const buffer = (chain: number, step: number): number => 1 + chain * length + step;
    const gathered = 1 + chains * length;
    const places = Array.from({ length: chains * length }, (_, at) =>
      isInterleaved ? [at % chains, Math.floor(at / chains)] : [Math.floor(at / length), at % length],
    );
    const body = places.map(([chain = 0, step = 0]) =>
      call(elements, [step === 0 ? root : buffer(chain, step - 1)], [buffer(chain, step)]),
    );
    crossings.forEach(([to, from], i) => {
      const at = to % body.length;
      const source = body[from % (at + 1)]?.writes[0];
      const before = body[at];
      if (before === undefined || source === undefined || from % (at + 1) === at) return;
      body[at] = { ...before, reads: [...before.reads, source] };
      if (i === 0) body.splice(at, 0, call(10, [source], [gathered + 1]));
    });
    const last = Array.from({ length: chains }, (_, chain) => call(10, [buffer(chain, length - 1)], [gathered]));
    return [call(10, [gathered + 2], [root]), ...body, ...last];
  });

/** Whether two calls must stay in order. */
const conflict = (a: KernelCall, b: KernelCall): boolean =>
  a.writes.some((buffer) => b.writes.includes(buffer) || b.reads.includes(buffer)) ||
  a.reads.some((buffer) => b.writes.includes(buffer));

const inOrder = (calls: readonly KernelCall[]): Lanes => ({ order: calls.map((_, i) => i), laneOf: new Map() });

describe('dealLanes', () => {
  let found = 0;
  property(
    'keeps calls that touch the same in order, and on one thread where they are in one stretch',
    fc.tuple(chained, fc.integer({ min: 2, max: 4 })),
    ([calls, count]) => {
      const { order, laneOf } = dealLanes(calls, count) ?? inOrder(calls);
      found += laneOf.size > 0 ? 1 : 0;
      expect([...order].sort((a, b) => a - b)).toEqual(calls.map((_, i) => i));
      const place = new Map(order.map((each, at) => [each, at]));
      for (const [b, later] of calls.entries()) {
        for (const [a, earlier] of calls.slice(0, b).entries()) {
          if (!conflict(earlier, later)) continue;
          expect(place.get(a)).toBeLessThan(place.get(b) ?? -1);
          const [first, second] = [laneOf.get(a), laneOf.get(b)];
          if (first !== undefined && first.stretch === second?.stretch) expect(second.thread).toBe(first.thread);
        }
      }
      return true;
    },
    { runs: 100 },
  );

  it('has found stretches in some of those programs', () => {
    expect(found).toBeGreaterThan(10);
  });

  property(
    'shares memory between buffers only where no thread can use one while another uses the other',
    fc.tuple(chained, fc.integer({ min: 2, max: 4 })),
    ([calls, count]) => {
      const lanes = dealLanes(calls, count) ?? inOrder(calls);
      const buffers = calls.map(() => ({ dtype: 'f32', elements: 100, role: 'temporary' }) as const);
      const size = 3 + Math.max(...calls.flatMap(({ writes }) => writes));
      const program: LoweredProgram = {
        buffers: Array.from({ length: size }, () => buffers[0] ?? { dtype: 'f32', elements: 1, role: 'temporary' }),
        calls,
        inputs: [],
        outputs: [],
        macs: 0,
        bytes: 0,
      };
      const lives = [...lifetimesInLanes(program, lanes, () => true)];
      const { offsets } = planArena(lives.map(([, life]) => life));
      const stepsOf = (buffer: number): number[] =>
        lanes.order.flatMap((each, step) => {
          const { reads, writes } = calls[each] ?? { reads: [], writes: [] };
          return reads.includes(buffer) || writes.includes(buffer) ? [step] : [];
        });
      lives.forEach(([a], i) => {
        lives.slice(0, i).forEach(([b], j) => {
          if (offsets[i] !== offsets[j]) return;
          // all uses of one are known to be over before the first of the other
          const [one, other] = [stepsOf(a), stepsOf(b)];
          const isBefore = (x: readonly number[], y: readonly number[]): boolean =>
            x.every((p) =>
              y.every((q) => {
                const [first, second] = [p, q].map((step) => lanes.laneOf.get(lanes.order[step] ?? -1));
                const isSideBySide =
                  first !== undefined && first.stretch === second?.stretch && first.thread !== second.thread;
                return p < q && !isSideBySide;
              }),
            );
          expect(isBefore(one, other) || isBefore(other, one), `buffers ${a} and ${b}`).toBe(true);
        });
      });
      return true;
    },
    { runs: 60 },
  );

  it('gives whole chains to threads, and what brings them together comes after', () => {
    const chains = [0, 1, 2, 3].flatMap((chain) =>
      Array.from({ length: 8 }, (_, step) =>
        call(200_000, [step === 0 ? 0 : 10 * chain + step], [10 * chain + step + 1]),
      ),
    );
    const calls = [call(10, [100], [0]), ...chains, call(10, [8, 18, 28, 38], [101])];
    const lanes = dealLanes(calls, 2);
    expect(lanes?.order).toEqual(calls.map((_, i) => i));
    expect(chains.map((_, i) => lanes?.laneOf.get(1 + i)?.thread)).toEqual(
      chains.map((_, i) => (i < 8 || (i >= 16 && i < 24) ? 0 : 1)),
    );
    expect(lanes?.laneOf.has(0)).toBe(false);
    expect(lanes?.laneOf.has(calls.length - 1)).toBe(false);
  });

  it('finds none in one chain, and none where one chain is nearly all the work', () => {
    const chain = (calls: number, from: number): KernelCall[] =>
      Array.from({ length: calls }, (_, step) => call(200_000, [from + step], [from + step + 1]));
    expect(dealLanes(chain(40, 0), 2)).toBeUndefined();
    expect(dealLanes([...chain(8, 0), ...chain(2, 100), call(10, [8, 102], [200])], 2)).toBeUndefined();
    expect(dealLanes([...chain(8, 0), ...chain(8, 100)], 2)).toBeDefined();
  });

  it('looks at each call a limited number of times', () => {
    // a long chain, which each of its calls may begin a stretch with
    let looks = 0;
    const calls = Array.from({ length: 1000 }, (_, step): KernelCall => {
      const { kernel, reads, writes } = call(200_000, [step], [step + 1]);
      return {
        kernel,
        writes,
        get reads() {
          looks += 1;
          return reads;
        },
      };
    });
    dealLanes(calls, 2);
    expect(looks).toBeGreaterThan(0);
    expect(looks).toBeLessThan(50 * calls.length);
  });
});

describe('an ensemble on several threads', () => {
  const devices = new Map<number, OpenDevice>();
  const deviceOf = (threads: number): OpenDevice => {
    const known = devices.get(threads) ?? openOn(createWasmBackend({ threads }));
    devices.set(threads, known);
    return known;
  };
  afterAll(() => {
    for (const device of devices.values()) device.close();
  });
  const numbers = (seed: number, shape: readonly number[]): Tensor =>
    tensor(
      Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(seed + i * 1.7)),
      { shape },
    );
  /** Members that hang together at the end of each layer only. */
  const ensemble = (members: number): Tensor => {
    let x = numbers(0, [members * 4, 64, 64]);
    for (let layer = 0; layer < 2; layer++) {
      const shared = multiply(x, 0.5);
      const own = Array.from({ length: members }, (_, m) => {
        let part = shared.slice([4 * m, 0, 0], [4 * m + 4, 64, 64]);
        for (let step = 0; step < 4; step++) {
          const weights = numbers(10 * layer + step, [4, 64, 64]);
          part = relu(einsum('b i k, b k j -> b i j', part, weights))
            .multiply(0.1)
            .add(part.mean(1, { keepDims: true }));
        }
        return part;
      });
      x = concatenate(own, 0);
    }
    return x;
  };

  it.each([
    [2, 4],
    [2, 7],
    [3, 6],
  ])('with %i threads gives the bits of one thread, with %i members', async (threads, members) => {
    const bits = async (device: OpenDevice): Promise<Int32Array> => {
      const [kept] = await evaluateTensors([ensemble(members)], device);
      const { buffer } = (await kept?.data()) ?? new Float32Array();
      return new Int32Array(buffer);
    };
    const alone = await bits(deviceOf(1));
    for (let round = 0; round < 5; round++) expect(await bits(deviceOf(threads))).toEqual(alone);
  });

  it('hardly waits', async () => {
    const { traceGraph } = await import('../../../program/graph.ts');
    const executable = await deviceOf(2).backend.compile(traceGraph([ensemble(4)]).graph);
    const text = (await executable.explainer())();
    const [, times = ''] = /wait for each other (\d+) times/.exec(text) ?? [];
    expect(Number(times)).toBeGreaterThan(0);
    expect(Number(times)).toBeLessThan(12);
    executable.release();
  });
});
