import { openDevice } from '@einlab/einsum-core';
import { dense, type Structure } from '@einlab/nn';
import { blockTensorTrain } from '@einlab/structured-layers';
import { type CheckReport, checkResult } from '../../../harness/check.ts';
import { type Contestant, contest, type Timing } from '../../../harness/contest.ts';
import { isEinlab } from '../../../peers/einlab.ts';
import { isJax } from '../../../peers/jax-js.ts';
import type { Peer, Prepared } from '../../../peers/peer.ts';
import { isTorch } from '../../../peers/torch.ts';
import { isOnGpu, untilDone } from '../../../peers/webgpu/awaited.ts';
import { atLeast, bestOf, engineNames, type Lab, opened, type RowPlan, speedRatio, withMissing } from '../lab.ts';
import { einlabStep } from './einlab-step.ts';
import { jaxStep } from './jax-step.ts';
import { type LanguageModel, languageModel, type ModelSize } from './language-model.ts';
import { torchStep } from './torch-step.ts';

const { ours, oursTwo, jaxJs, torchTwo } = engineNames;

const smallSize = { width: 64, depth: 2, time: 8, batch: 2, heads: 4, vocab: 32 };

/** Roundings that the loss of one of the first steps may suffer: the error grows from step to step through the updates. */
const lossTerms = 2000;

/** The step of the model on an engine. */
export async function preparedStep(peer: Peer, model: LanguageModel): Promise<Prepared> {
  const prepared = await stepOf(peer, model);
  return isOnGpu(peer) ? untilDone(prepared, peer.done) : prepared;
}

async function stepOf(peer: Peer, model: LanguageModel): Promise<Prepared> {
  if (isEinlab(peer)) return einlabStep(peer.device, model);
  if (isTorch(peer)) return peer.prepare(torchStep(model));
  if (isJax(peer)) return jaxStep(peer.api, model);
  throw new Error(`${peer.name} has no form of this model`);
}

/** Compares the losses of the first steps with those that are right. */
export function lossCheck(losses: ArrayLike<number>): (got: ArrayLike<number>) => CheckReport {
  const values = Float64Array.from(losses);
  return (got) => checkResult(got, { values, magnitudes: values }, lossTerms);
}

/** The losses of the first steps of a small model on the reference device. */
async function referenceLosses(model: LanguageModel): Promise<ArrayLike<number>> {
  const device = await openDevice('reference');
  const prepared = await einlabStep(device, model);
  const losses = await prepared.read();
  prepared.dispose();
  device.close();
  return losses;
}

/**
 * Engines at the step of a model. Each first makes the steps of a small model of the same kind, which the reference
 * device can make as well; at full size the losses of all engines have to agree with those of the first.
 */
export async function timeStep(
  lab: Lab,
  names: readonly string[],
  size: ModelSize,
  structure: Structure,
): Promise<Record<string, Timing>> {
  const small = languageModel({ ...size, ...smallSize }, structure, 3);
  const smallCheck = lossCheck(await referenceLosses(small));
  const model = languageModel(size, structure, 2);
  let check: ReturnType<typeof lossCheck> | undefined;
  const contestants = opened(lab, names).map(
    (peer): Contestant => ({
      name: peer.name,
      candidates: [
        {
          form: 'training step',
          async prepare() {
            const trial = await preparedStep(peer, small);
            const report = smallCheck(await trial.read());
            trial.dispose();
            if (!report.isRight) throw new Error(`wrong losses of the small model: ${report.explanation}`);
            return preparedStep(peer, model);
          },
        },
      ],
      check(got) {
        check ??= lossCheck(got);
        return check(got);
      },
    }),
  );
  return withMissing(lab, names, await contest(contestants, (got) => lossCheck(got)(got), lab.heavyTurns));
}

const onThreads = (engines: Readonly<Record<string, Timing>>): { own: string; notes: string[] } =>
  bestOf(engines, oursTwo) === undefined
    ? { own: ours, notes: ['ours is measured on one thread'] }
    : { own: oursTwo, notes: [] };

const base = { depth: 4, time: 128, batch: 16, vocab: 256 };

/** The dense model whose training step is measured. */
export const modelSize: ModelSize = { ...base, width: 256, heads: 4 };

const denseRow: RowPlan = {
  group: 'transformer',
  name: 'training step, width 256, 4 layers, 128 tokens, batch 16',
  async measure(lab) {
    const names = [ours, oursTwo, jaxJs, torchTwo];
    const engines = await timeStep(lab, names, modelSize, dense());
    const { own, notes } = onThreads(engines);
    const toJax = speedRatio(engines, own, [jaxJs]);
    const toTorch = speedRatio(engines, own, [torchTwo]);
    return {
      engines,
      criteria: [
        atLeast('must', 2, 'ours ÷ jax-js, jitted', toJax),
        atLeast('aim', 3, 'ours ÷ jax-js, jitted', toJax),
        atLeast('must', 0.5, 'ours ÷ PyTorch on two threads', toTorch),
        atLeast('aim', 0.7, 'ours ÷ PyTorch on two threads', toTorch),
      ],
      notes,
    };
  },
};

const blockRow: RowPlan = {
  group: 'transformer',
  name: 'training step with BTT of rank 1, width 1024, 4 layers, 128 tokens, batch 16',
  async measure(lab) {
    const names = [ours, oursTwo, torchTwo];
    const engines = await timeStep(lab, names, { ...base, width: 1024, heads: 16 }, blockTensorTrain({ rank: 1 }));
    const { own, notes } = onThreads(engines);
    const ratio = speedRatio(engines, own, [torchTwo]);
    const quantity = "ours ÷ PyTorch's bmm form on two threads";
    return { engines, criteria: [atLeast('must', 1, quantity, ratio), atLeast('aim', 2, quantity, ratio)], notes };
  },
};

/** Training steps of a transformer, dense and with block tensor trains. */
export const transformerRows: readonly RowPlan[] = [denseRow, blockRow];
