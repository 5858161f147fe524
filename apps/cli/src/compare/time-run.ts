import { isTensor, treeLeaves } from '@einlab/einsum-core';
import { train } from '@einlab/nn';
import { prepareImages } from './image-task.ts';
import type { RunSpec } from './spec.ts';
import type { PreparedRun } from './task.ts';
import { prepareTeacher } from './teacher-task.ts';
import { prepareText } from './text-task.ts';
import { type RunContext, trainingOf } from './train-run.ts';

/** The first steps also compile and warm up; the second part is timed. */
const warmSteps = 5;
const timedSteps = 15;

/** Seconds that one step of a run takes here, the work around it included. */
export async function timeRun(spec: RunSpec, context: RunContext): Promise<number> {
  if (spec.task === 'images') return time(spec, await prepareImages(spec));
  return spec.task === 'text' ? time(spec, prepareText(spec, context.ids)) : time(spec, await prepareTeacher(spec));
}

async function time<Model extends object, Batch>(spec: RunSpec, prepared: PreparedRun<Model, Batch>): Promise<number> {
  let warm = 0;
  const trained = await train({
    ...trainingOf(spec, prepared),
    loss: prepared.loss,
    params: prepared.model,
    data: prepared.data,
    steps: warmSteps + timedSteps,
    reportEvery: warmSteps,
    onProgress: ({ step, seconds }) => {
      if (step === warmSteps) warm = seconds;
    },
  });
  for (const leaf of treeLeaves(trained.params)) if (isTensor(leaf)) leaf.dispose();
  return (trained.seconds - warm) / timedSteps;
}
