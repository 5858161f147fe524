import { einsum } from '@einlab/einsum-core';
import { blockTensorTrain } from '@einlab/structured-layers';
import { checkResult } from '../../harness/check.ts';
import type { Contestant } from '../../harness/contest.ts';
import { einlabGradients, torchGradients } from '../../work/gradients.ts';
import { inputOf } from '../../work/operands.ts';
import { type Repetition, referenceResult, repeated } from '../../work/reference.ts';
import type { Task, TaskInput } from '../../work/task.ts';
import { atLeast, bestOf, engineNames, type Lab, opened, type RowPlan, speedRatio } from './lab.ts';
import { timeTask } from './task-rows.ts';

const { ours, oursTwo, torch, torchTwo } = engineNames;
const names = [ours, oursTwo, torch, torchTwo];

const width = 1024;
/** 512 rows, of which 64 differ: the reference device computes each once. */
const repetition: Repetition = { rows: 64, times: 8 };

const map = blockTensorTrain({ rank: 1 }).realize(width, width);
const x = inputOf([repetition.rows, width], 1, 1);
const upstream = inputOf([repetition.rows, width], 2, 1);
const cores = map.cores.map(({ shape, fanIn }, i) => inputOf(shape, 3 + i, fanIn ** -0.5));
const weight = inputOf([width, width], 5, width ** -0.5);

/** y and the gradients of x and of both cores. */
const trainOfBlocks = einlabGradients((rows, left, right) => {
  if (left === undefined || right === undefined) throw new Error('a core is missing');
  return map.apply({ left, right }, rows);
}, 3);
const dense = einlabGradients((rows, matrix) => einsum('row in, in out -> row out', rows, matrix), 2);

/**
 * The bmm form: blocks of the first core on x[γ, row, α], the permutation, blocks of the second core on z[φ, row, γ].
 */
const torchBlocks = (middle: string): string => `
def form(x, l, r):
    z = torch.bmm(x.view(x.shape[0], l.shape[0], l.shape[1]).transpose(0, 1), l.flatten(2))
    y = torch.bmm(z.permute(2, 1, 0)${middle}, r.flatten(1, 2))
    return y.transpose(0, 1).reshape(x.shape[0], -1)
${torchGradients('form', 3)}`;

/** The longest sums are those over the rows, the terms those of two contractions. */
const terms = repetition.rows * repetition.times + width;

function taskOf(inputs: readonly TaskInput[], f: typeof dense, torchWays: Task['torch']): Task {
  return {
    inputs: inputs.map((input) => repeated(input, repetition)),
    exact: () => referenceResult(inputs, f, repetition),
    terms,
    einlab: { compiled: f },
    torch: torchWays ?? {},
  };
}

const blockTask = taskOf([x, ...cores, upstream], trainOfBlocks, {
  bmm: torchBlocks(''),
  'bmm, contiguous': torchBlocks('.contiguous()'),
});
const denseTask = taskOf([x, weight, upstream], dense, { matmul: torchGradients('torch.matmul', 2) });

const denseName = (name: string): string => `${name}, dense`;

/** The dense map of the same size, on the same engines and in the same turns. */
async function denseContestants(lab: Lab): Promise<Contestant[]> {
  const exact = await denseTask.exact();
  return opened(lab, names).map((peer) => ({
    name: denseName(peer.name),
    candidates: peer.ways(denseTask),
    check: (got) => checkResult(got, exact, terms),
  }));
}

const row: RowPlan = {
  group: 'BTT',
  name: 'BTT of rank 1, width 1024, 512 rows, forward and backward',
  async measure(lab) {
    const engines = await timeTask(lab, names, blockTask, await denseContestants(lab));
    const isTwo = bestOf(engines, oursTwo) !== undefined;
    const own = isTwo ? oursTwo : ours;
    const possible = (width * width) / map.macs;
    const ratio = speedRatio(engines, own, [denseName(own)]);
    const share = ratio === undefined ? undefined : ratio / possible;
    const quantity = `dense ÷ BTT in our engine, as a share of ${possible}`;
    const toTorch = speedRatio(engines, own, [torchTwo]);
    const torchShare = speedRatio(engines, torchTwo, [denseName(torchTwo)]);
    return {
      engines,
      criteria: [
        atLeast('must', 0.6, quantity, share),
        atLeast('aim', 0.8, quantity, share),
        atLeast('must', 1, "ours ÷ PyTorch's bmm form on two threads", toTorch),
        atLeast('aim', 2, "ours ÷ PyTorch's bmm form on two threads", toTorch),
      ],
      notes: [
        ...(isTwo ? [] : ['ours is measured on one thread']),
        ...(torchShare === undefined ? [] : [`PyTorch keeps ${(torchShare / possible).toFixed(2)} of the ratio`]),
      ],
    };
  },
};

/** A block tensor train against its dense map, and against the form that PyTorch has for it. */
export const bttRows: readonly RowPlan[] = [row];
