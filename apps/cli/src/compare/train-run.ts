import { existsSync } from 'node:fs';
import { compile, isTensor, type Tensor, treeLeaves } from '@einlab/einsum-core';
import { adam, cosineRate, type TrainResult, train } from '@einlab/nn';
import { standardError } from '@einlab/numerics';
import { prepareImages } from './image-task.ts';
import type { Reply, Request } from './messages.ts';
import type { RoutingRecord, RunResult } from './result.ts';
import { routingLog } from './routing-log.ts';
import { type RunSpec, runKey } from './spec.ts';
import type { PreparedRun } from './task.ts';
import { prepareTeacher } from './teacher-task.ts';
import { prepareText } from './text-task.ts';

/** What a run finds in its thread. */
export interface RunContext {
  /** The text, `i32[time]`; empty for tasks without one. */
  readonly ids: Int32Array;
  /** True once the comparison is to stop. */
  readonly isStopped: () => boolean;
}

/** Scores on the way, for the plots. */
const evaluationsOnTheWay = 10;

/** Checkpoints on the way, so that a crash loses little. */
const checkpointsOnTheWay = 4;

/** On the way, this share of the held-out batches is enough. */
const partOfHeldOut = 4;

/** Trains one run, and replies with its steps and at the end with its result, or that it stopped. */
export async function trainRun(
  { spec, checkpoint }: Extract<Request, { kind: 'run' }>,
  context: RunContext,
  reply: (reply: Reply) => void,
): Promise<void> {
  if (spec.task === 'text') await trainPrepared(spec, prepareText(spec, context.ids), checkpoint, context, reply);
  else if (spec.task === 'images') await trainPrepared(spec, await prepareImages(spec), checkpoint, context, reply);
  else await trainPrepared(spec, await prepareTeacher(spec), checkpoint, context, reply);
}

async function trainPrepared<Model extends object, Batch>(
  spec: RunSpec,
  prepared: PreparedRun<Model, Batch>,
  checkpoint: string,
  context: RunContext,
  reply: (reply: Reply) => void,
): Promise<void> {
  const { model, loss, data, heldOut, tokens } = prepared;
  const stopping = new AbortController();
  const score = createScore(prepared);
  const onTheWay = heldOut.filter((_, i) => i % partOfHeldOut === 0);
  const routing = routingLog(prepared, checkpoint);
  let made = 0;
  const trained = await train({
    ...trainingOf(spec, prepared),
    loss,
    params: model,
    data: (step) => {
      // The thread's messages wait while it computes; the flag does not.
      if (context.isStopped()) stopping.abort();
      made = step + 1;
      return data(step);
    },
    steps: spec.steps,
    evaluate: {
      every: Math.max(1, Math.ceil(spec.steps / evaluationsOnTheWay)),
      run: async (at) => {
        await routing?.measure(made, at, onTheWay);
        return mean(await score.unitLosses(at, onTheWay));
      },
    },
    checkpoint: { path: checkpoint, every: Math.max(1, Math.ceil(spec.steps / checkpointsOnTheWay)) },
    onProgress: (at) =>
      reply({ kind: 'step', step: at.step, loss: at.loss, seconds: at.seconds, tokens: at.step * tokens }),
    signal: stopping.signal,
    ...(existsSync(checkpoint) ? { resumeFrom: checkpoint } : {}),
  });
  try {
    if (trained.aborted) reply({ kind: 'stopped' });
    else
      reply({
        kind: 'result',
        result: resultOf(spec, prepared, trained, {
          unitLosses: await score.unitLosses(trained.params, heldOut),
          routing: routing?.records(),
        }),
      });
  } finally {
    score.dispose();
    routing?.dispose();
    for (const leaf of treeLeaves(trained.params)) if (isTensor(leaf)) leaf.dispose();
  }
}

/** What a run's options say about the update rule. */
export function trainingOf<Model extends object, Batch>(
  spec: RunSpec,
  { rates, betas, floor }: PreparedRun<Model, Batch>,
): { optimizer: ReturnType<typeof adam>; schedule: ReturnType<typeof cosineRate>; clip: number; reportEvery: number } {
  return {
    optimizer: adam({ rate: spec.rate, betas, rates }),
    schedule: cosineRate({ rate: spec.rate, steps: spec.steps, warmup: spec.warmup, floor }),
    clip: 1,
    reportEvery: 10,
  };
}

/** Scores parameters on held-out batches, one program for all of them. */
function createScore<Model extends object, Batch>({
  unitLosses,
}: PreparedRun<Model, Batch>): {
  unitLosses(model: Model, batches: readonly Batch[]): Promise<number[]>;
  dispose(): void;
} {
  const compiled = compile((model: Model, batch: Batch): Tensor => unitLosses(model, batch));
  return {
    async unitLosses(model, batches) {
      const losses: number[] = [];
      for (const batch of batches) {
        const unit = await compiled(model, batch);
        losses.push(...(await unit.data()));
        unit.dispose();
      }
      return losses;
    },
    dispose: () => compiled.dispose(),
  };
}

const mean = (values: readonly number[]): number => values.reduce((total, each) => total + each, 0) / values.length;

function resultOf<Model extends object, Batch>(
  spec: RunSpec,
  { cost, tokens }: PreparedRun<Model, Batch>,
  { evaluations, seconds }: TrainResult<Model>,
  {
    unitLosses,
    routing,
  }: { readonly unitLosses: readonly number[]; readonly routing: readonly RoutingRecord[] | undefined },
): RunResult {
  const loss = mean(unitLosses);
  // The last score on the way is of the same parameters, on a part of the held-out units; the full one takes its place.
  const curve = evaluations.filter(({ step }) => step < spec.steps);
  return {
    key: runKey(spec),
    spec,
    cost,
    loss,
    standardError: standardError(unitLosses),
    unitLosses,
    evaluations: [
      ...curve.map(({ step, value, seconds: at }) => ({ step, seconds: at, loss: value })),
      { step: spec.steps, seconds, loss },
    ],
    ...(routing === undefined ? {} : { routing }),
    seconds,
    tokensPerSecond: (spec.steps * tokens) / seconds,
  };
}
