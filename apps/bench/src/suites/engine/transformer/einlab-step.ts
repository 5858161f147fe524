import { compile, type Device, isTensor, type Tensor, treeLeaves, valueAndGrad } from '@einlab/einsum-core';
import { adamW, crossEntropy, type OptimizerState, type Transformer, transformer } from '@einlab/nn';
import { resident } from '../../../peers/einlab.ts';
import type { Prepared } from '../../../peers/peer.ts';
import { type LanguageModel, update, withParameters } from './language-model.ts';

/** Everything that one step hands to the next. */
interface Training {
  readonly params: Transformer;
  readonly state: OptimizerState;
}

// decay here is free of the rate; the other engines multiply the two
const optimizer = adamW({ ...update, weightDecay: update.rate * update.weightDecay });

const lossAndGradients = valueAndGrad((model: Transformer, ids: Tensor, targets: Tensor) =>
  crossEntropy(transformer.apply(model, ids), targets),
);

function trainingStep(training: Training, ids: Tensor, targets: Tensor): Training & { readonly loss: Tensor } {
  const [loss, gradients] = lossAndGradients(training.params, ids, targets);
  return { ...optimizer.update(gradients, training.state, training.params), loss };
}

const release = (tree: unknown): void => {
  for (const leaf of treeLeaves(tree)) if (isTensor(leaf)) leaf.dispose();
};

async function start(device: Device, model: LanguageModel): Promise<Training> {
  // The tree has the shape of the model's own; only the values of its tensors are others.
  const params = withParameters(model, await resident(device, model.parameters)) as Transformer;
  return { params, state: optimizer.init(params) };
}

/** The training step as one program of this engine, whose old parameters and moments are used up. */
export async function einlabStep(device: Device, model: LanguageModel): Promise<Prepared> {
  const step = compile(trainingStep, { donate: [0], device });
  const batch = await resident(device, [model.ids, model.targets]);
  const [ids, targets] = batch;
  if (ids === undefined || targets === undefined) throw new Error('the batch is missing');
  const advance = async (from: Training): Promise<Training & { readonly loss: Tensor }> => step(from, ids, targets);
  let training = await start(device, model);
  return {
    contractions: 1,
    async run() {
      const { loss, ...next } = await advance(training);
      training = next;
      loss.dispose();
    },
    async read() {
      const losses: number[] = [];
      let own = await start(device, model);
      for (let i = 0; i < model.comparedSteps; i++) {
        const { loss, ...next } = await advance(own);
        own = next;
        losses.push(await loss.item());
        loss.dispose();
      }
      release(own);
      return losses;
    },
    dispose() {
      step.dispose();
      release([training, batch]);
    },
  };
}
