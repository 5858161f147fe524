import { compile, einsum, type Tensor } from '@einlab/einsum-core';
import { checkResult } from '../../harness/check.ts';
import { callsPerSample, measureInTurns, sample, warmUp } from '../../harness/measure.ts';
import { type EinlabPeer, resident } from '../../peers/einlab.ts';
import type { Prepared } from '../../peers/peer.ts';
import { contractExactly } from '../../work/exact.ts';
import { operandsOf } from '../../work/operands.ts';
import { permutations, reordered } from '../../work/reordered.ts';
import { patternLetters, shapeOf, type Work } from '../../work/work.ts';
import type { Lab } from './lab.ts';

/** One order of the axes of both operands and the result, and what it takes. */
export interface OrderTime {
  readonly pattern: string;
  /** The shortest sample. */
  readonly milliseconds: number;
}

/**
 * How often all orders are gone through again, and how many of either end are then measured in turns. The figure is that
 * of the slowest of 216: an order stands for what it takes at its best, so that a second in which the machine was busy
 * elsewhere does not decide.
 */
const passesAgain = 4;
const slowestAgain = 10;
const fastestAgain = 4;

/** In a quick run, every so many of the orders. */
const quickStride = 9;

/** Every order of the axes of a contraction of two operands, compiled over operands that are resident once for each order. */
export async function preparedOrders(
  { device }: EinlabPeer,
  work: Work,
): Promise<{ orders: { pattern: string; prepared: Prepared }[]; dispose(): void }> {
  const { operands, out } = patternLetters(work.pattern);
  const values = operandsOf(work);
  const layouts: { letters: string; tensor: Tensor }[][] = [];
  for (const [i, letters] of operands.entries()) {
    const orders = permutations(letters);
    const inputs = orders.map((order) => ({
      shape: shapeOf(order, work.sizes),
      values: Float32Array.from(reordered(values[i] ?? [], letters, order, work.sizes)),
    }));
    const tensors = await resident(device, inputs);
    layouts.push(tensors.map((tensor, at) => ({ letters: orders[at] ?? '', tensor })));
  }
  const [lefts = [], rights = []] = layouts;
  const combined = lefts.flatMap((left) =>
    rights.flatMap((right) => permutations(out).map((to) => ({ left, right, to }))),
  );
  const orders = combined.map(({ left, right, to }) => {
    const pattern = `${left.letters},${right.letters}->${to}`;
    const call = compile((a: Tensor, b: Tensor) => einsum(pattern, a, b), { device });
    const prepared: Prepared = {
      contractions: 1,
      async run() {
        (await call(left.tensor, right.tensor)).dispose();
      },
      async read() {
        const result = await call(left.tensor, right.tensor);
        const data = await result.data();
        result.dispose();
        return reordered(data, to, out, work.sizes);
      },
      dispose: () => call.dispose(),
    };
    return { pattern, prepared };
  });
  const dispose = (): void => {
    for (const { prepared } of orders) prepared.dispose();
    for (const { tensor } of layouts.flat()) tensor.dispose();
  };
  return { orders, dispose };
}

/**
 * What each order of axes takes, the fastest first. Each is checked, then timed for a short while, one after the other,
 * and again in some passes over all of them; those at both ends are measured once more in turns. The shortest sample counts.
 *
 * @throws {Error} when an order gives a wrong result.
 */
export async function timeOrders(lab: Lab, peer: EinlabPeer, work: Work): Promise<OrderTime[]> {
  const exact = contractExactly(work, operandsOf(work));
  const terms = work.sizes['k'] ?? 1;
  const { orders, dispose } = await preparedOrders(peer, work);
  const options = { ...lab.turns, warmUpMilliseconds: lab.turns.warmUpMilliseconds / 4, sampleMilliseconds: 3 };
  try {
    const timed: { pattern: string; prepared: Prepared; milliseconds: number }[] = [];
    for (const { pattern, prepared } of orders.filter((_, i) => !lab.isQuick || i % quickStride === 0)) {
      const report = checkResult(await prepared.read(), exact, terms);
      if (!report.isRight) throw new Error(`${pattern}: wrong result: ${report.explanation}`);
      const calls = callsPerSample(await warmUp(prepared, options), options.sampleMilliseconds);
      const samples = [
        await sample(prepared, calls, options.clock),
        await sample(prepared, calls, options.clock),
        await sample(prepared, calls, options.clock),
      ];
      timed.push({ pattern, prepared, milliseconds: Math.min(...samples) });
    }
    for (let pass = 0; pass < (lab.isQuick ? 1 : passesAgain); pass++) {
      for (const entry of timed) {
        await entry.prepared.run();
        const calls = callsPerSample(entry.milliseconds, options.sampleMilliseconds);
        for (let i = 0; i < 2; i++) {
          entry.milliseconds = Math.min(entry.milliseconds, await sample(entry.prepared, calls, options.clock));
        }
      }
    }
    timed.sort((one, other) => one.milliseconds - other.milliseconds);
    const again = [...timed.slice(0, fastestAgain), ...timed.slice(fastestAgain).slice(-slowestAgain)];
    const samples = await measureInTurns(
      again.map(({ prepared }) => prepared),
      lab.turns,
    );
    again.forEach((entry, i) => {
      entry.milliseconds = Math.min(entry.milliseconds, ...(samples[i] ?? []));
    });
    return timed
      .map(({ pattern, milliseconds }) => ({ pattern, milliseconds }))
      .sort((one, other) => one.milliseconds - other.milliseconds);
  } finally {
    dispose();
  }
}
