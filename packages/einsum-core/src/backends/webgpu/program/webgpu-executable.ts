import type { EinlabError } from '../../../base/errors.ts';
import type { Executable } from '../../../program/backend.ts';
import type { LoweredProgram } from '../../../program/lower.ts';
import { type Ended, withProfile } from '../../../program/with-profile.ts';
import { type GpuBlock, tooLarge } from '../memory/buffer-pool.ts';
import { firstFailure } from '../memory/first-failure.ts';
import type { GpuBuffer, GpuMemory } from '../memory/gpu-memory.ts';
import { type Target, targetOf } from '../target.ts';
import { byteLengthOf } from '../wgsl/storage.ts';
import { expandProgram } from './expand-program.ts';
import { explainProgram } from './explain-program.ts';
import { createFlight } from './flight.ts';
import type { Pipelines } from './pipelines.ts';
import { createTimestamps } from './timestamps.ts';
import { placeBuffers } from './place-buffers.ts';
import { type Copy, createRecorder, type Failure, type RecordedRun, type Recorder } from './recorder.ts';

/** How a program is made and run, where not as usual. */
export interface ExecutableOptions {
  readonly target?: Target;
  readonly callsInFlight?: number;
}

/** Compiles a program's shaders and makes it callable: a run is one command buffer with one compute pass. */
export async function createWebgpuExecutable(
  program: LoweredProgram,
  memory: GpuMemory,
  pipelines: Pipelines,
  { target = targetOf(memory.state.gpu), callsInFlight }: ExecutableOptions = {},
): Promise<Executable> {
  const { gpu } = memory.state;
  const { limits } = gpu;
  assertSizes(program, limits.maxBufferSize);
  const expanded = expandProgram(program, target);
  assertSizes(expanded, limits.maxBufferSize);
  const placement = placeBuffers(expanded, new Set(program.outputs), limits.minStorageBufferOffsetAlignment);
  const compiled = await Promise.all(expanded.dispatches.map((dispatch) => pipelines.compile(dispatch)));
  const recorder = createRecorder(memory, expanded, placement, compiled);
  const flight = createFlight(memory.state, callsInFlight);
  const make = (execute: Execute): Executable => ({
    run: async (given) => {
      await flight.room();
      const results = await runOnce(program, memory, given.map(memory.own), execute);
      flight.submitted();
      return results;
    },
    explainer: async () => () => explainProgram(program, expanded, placement),
    release: recorder.clear,
  });
  return withProfile(
    { ...program, calls: expanded.calls },
    make((run) => ({ failure: recorder.submit(run), isDone: undefined })),
    async (ended) => make((run) => submitStepwise(recorder, memory, run, ended)),
  );
}

/** Puts a run on the device's queue. `isDone` is there where it must be awaited. */
type Execute = (run: RecordedRun) => { readonly failure: Failure; readonly isDone: Promise<unknown> | undefined };

/** Before any text is written, which could not name elements beyond these. */
function assertSizes({ buffers }: Pick<LoweredProgram, 'buffers'>, limit: number): void {
  for (const { elements, dtype } of buffers) {
    const bytes = byteLengthOf(elements, dtype);
    if (bytes > limit) throw tooLarge(bytes, 'one tensor', limit);
  }
}

/** Runs with these inputs. What goes wrong on the device is told where results are read. */
async function runOnce(
  { buffers, inputs, outputs }: LoweredProgram,
  memory: GpuMemory,
  given: readonly GpuBuffer[],
  execute: Execute,
): Promise<readonly GpuBuffer[]> {
  memory.state.assertUsable();
  const outcome = Promise.withResolvers<EinlabError | undefined>();
  const handed: GpuBuffer[] = [];
  try {
    for (const buffer of outputs)
      handed.push(memory.keep(buffers[buffer].elements, buffers[buffer].dtype, outcome.promise));
    const blocks = new Map<number, GpuBlock>(inputs.map((buffer, position) => [buffer, given[position].block]));
    const copies: Copy[] = [];
    outputs.forEach((buffer, i) => {
      // an output that is an input, or is asked for twice, is a copy
      const source = blocks.get(buffer);
      if (source === undefined) blocks.set(buffer, handed[i].block);
      else copies.push({ source, target: handed[i].block, bytes: handed[i].byteLength });
    });
    const { failure, isDone } = execute({ blocks, copies });
    // what went wrong before says more than what that led to here
    outcome.resolve(firstFailure([...given.flatMap((buffer) => [buffer.block.failure, buffer.failure]), failure]));
    await isDone;
    return handed;
  } catch (error) {
    outcome.resolve(undefined);
    for (const buffer of handed) buffer.release();
    throw error;
  }
}

/** Kernel by kernel, each when the one before it has ended; by the device's clock where it has one. */
function submitStepwise(
  recorder: Recorder,
  { state: { gpu } }: GpuMemory,
  run: RecordedRun,
  ended: Ended,
): ReturnType<Execute> {
  const steps = async (): Promise<Failure[]> => {
    const failures: Failure[] = [];
    const timestamps = createTimestamps(gpu);
    for (const call of recorder.calls) {
      const started = performance.now();
      failures.push(recorder.submitCall(run, call, timestamps));
      await gpu.queue.onSubmittedWorkDone();
      const waited = performance.now() - started;
      // where the clock cannot be read, what was submitted says why
      ended(call, (await timestamps?.milliseconds().catch(() => waited)) ?? waited);
    }
    timestamps?.close();
    return [...failures, recorder.submitCopies(run)];
  };
  const isDone = steps();
  return { isDone, failure: isDone.then(firstFailure) };
}
