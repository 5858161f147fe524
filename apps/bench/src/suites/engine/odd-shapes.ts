import { sum } from '@einlab/einsum-core';
import { bodyResult } from '../../onnx/loop-model.ts';
import { operandsOf } from '../../work/operands.ts';
import type { Task } from '../../work/task.ts';
import { elementCount, flopsOf, type Work } from '../../work/work.ts';
import { timeContraction } from './contraction-rows.ts';
import { atLeast, engineNames, type Lab, peerNames, type RowPlan, speedRatio } from './lab.ts';
import { timeTask } from './task-rows.ts';

const { ours, ortNode, torch } = engineNames;
const names = [ours, ...peerNames, ortNode, torch];

const work = (name: string, pattern: string, sizes: Work['sizes'], weights: boolean = false): Work => ({
  name,
  pattern,
  steps: [pattern],
  sizes,
  weights,
});

const dots = (batch: number, k: number): Work => work(`bi,bi->b, ${batch} × ${k}`, 'bi,bi->b', { b: batch, i: k });
const product = (m: number, k: number, n: number): Work =>
  work(`product ${m}×${k}×${n}`, 'mk,kn->mn', { m, k, n }, true);
const batch = { b: 32, m: 64, k: 64, n: 64 };

const works: readonly Work[] = [
  ...[2, 3, 8, 16, 64, 256].map((k) => dots(1024, k)),
  ...[2, 3, 8, 16, 64].map((k) => dots(32_768, k)),
  ...[2, 4, 8].map((k) => product(512, k, 512)),
  product(4096, 8, 64),
  work('left without the batch, mk,bkn->bmn', 'mk,bkn->bmn', batch),
  work('right without the batch, bmk,kn->bmn', 'bmk,kn->bmn', batch, true),
  work('permuted result, mk,kn->nm, 512', 'mk,kn->nm', { m: 512, k: 512, n: 512 }, true),
  work('permuted result, bmk,bkn->mnb', 'bmk,bkn->mnb', batch),
  work('permuted result, bmk,bkn->nbm', 'bmk,bkn->nbm', batch),
  work('sum of a product, i,i->, 10⁶', 'i,i->', { i: 1e6 }),
  work('matrix · vector, mk,k->m, 1024', 'mk,k->m', { m: 1024, k: 1024 }),
  work('vector · matrix, m,mk->k, 1024', 'm,mk->k', { m: 1024, k: 1024 }),
];

const never = (engines: Parameters<typeof speedRatio>[0]) => [
  atLeast('must', 1, 'ours ÷ fastest peer', speedRatio(engines, ours, peerNames)),
];

function contractionRow(entry: Work): RowPlan {
  return {
    group: 'odd shapes',
    name: entry.name,
    async measure(lab: Lab) {
      const engines = await timeContraction(lab, names, entry);
      return { engines, pace: { amount: flopsOf(entry), unit: 'GF/s' }, criteria: never(engines), notes: [] };
    },
  };
}

/** Every element of an array summed into one number. */
function sumTask(shape: readonly number[]): Task {
  const letters = 'ijkl'.slice(0, shape.length);
  const sizes = Object.fromEntries([...letters].map((letter, axis) => [letter, shape[axis] ?? 1]));
  const [values = new Float32Array(0)] = operandsOf(work('sum', `${letters}->`, sizes));
  const total = (list: Float32Array): number => list.reduce((partial, value) => partial + value, 0);
  return {
    inputs: [{ shape, values }],
    exact: async () => ({
      values: Float64Array.of(total(values)),
      magnitudes: Float64Array.of(total(values.map(Math.abs))),
    }),
    terms: elementCount(shape),
    einlab: { sum: (x) => [sum(x)] },
    tfjs: { sum: (tf, x) => [tf.sum(x)] },
    jaxJs: { sum: (jax, x) => [jax.numpy.sum(x)] },
    onnx: {
      ReduceSum: {
        nodes: [{ op: 'ReduceSum', inputs: ['operand1'], outputs: [bodyResult] }],
        initializers: [],
        result: shape.map(() => 1),
      },
    },
    torch: { sum: 'run = lambda: [x[0].sum()]' },
  };
}

function sumRow(shape: readonly number[]): RowPlan {
  return {
    group: 'odd shapes',
    name: `sum of everything, [${shape.join(', ')}]`,
    async measure(lab: Lab) {
      const engines = await timeTask(lab, names, sumTask(shape));
      return {
        engines,
        pace: { amount: 4 * elementCount(shape), unit: 'GB/s' },
        criteria: never(engines),
        notes: [],
      };
    },
  };
}

/** Skinny products, broadcast batches, permuted results, reductions to one number, matrix–vector products. */
export const oddShapeRows: readonly RowPlan[] = [
  ...works.map(contractionRow),
  ...[[1e6], [1000, 1000], [100, 100, 100]].map(sumRow),
];
