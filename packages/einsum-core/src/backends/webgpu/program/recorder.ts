import type { EinlabError } from '../../../base/errors.ts';
import type { GpuBlock } from '../memory/buffer-pool.ts';
import type { GpuMemory } from '../memory/gpu-memory.ts';
import { byteLengthOf } from '../wgsl/storage.ts';
import { createBindGroups } from './bind-groups.ts';
import type { ExpandedProgram } from './program-writer.ts';
import type { Pipeline } from './pipelines.ts';
import type { Placement } from './place-buffers.ts';
import type { Timestamps } from './timestamps.ts';
import { workgroupGrid } from './workgroup-grid.ts';

/** A copy from one block to another, from the start of both. */
export interface Copy {
  readonly source: GpuBlock;
  readonly target: GpuBlock;
  readonly bytes: number;
}

/** What a run works on. */
export interface RecordedRun {
  /** Blocks of the program's inputs and of what is handed out, by number of the buffer. */
  readonly blocks: ReadonlyMap<number, GpuBlock>;
  /** Done when all kernels have ended. */
  readonly copies: readonly Copy[];
}

/** What the device finds wrong with what was submitted, once that is known. */
export type Failure = Promise<EinlabError | undefined>;

/** Turns runs of one program into command buffers. */
export interface Recorder {
  submit(run: RecordedRun): Failure;
  /** Submits the kernels of one call alone, each in the order of the program, and asks the clock how long they take. */
  submitCall(run: RecordedRun, call: number, timestamps?: Timestamps): Failure;
  /** Submits the copies alone. */
  submitCopies(run: RecordedRun): Failure;
  /** Calls of the program that are work for the device. */
  readonly calls: readonly number[];
  clear(): void;
}

/** A recorder of a program whose shaders are compiled. */
export function createRecorder(
  memory: GpuMemory,
  { buffers, windows, dispatches }: ExpandedProgram,
  placement: Placement,
  compiled: readonly Pipeline[],
): Recorder {
  const { gpu } = memory.state;
  const limit = gpu.limits.maxComputeWorkgroupsPerDimension;
  const steps = dispatches.map(({ shader }, i) => {
    const [x, y] = workgroupGrid(shader.workgroups, limit);
    return { pipeline: compiled[i].pipeline, x, y };
  });
  const bindGroups = createBindGroups(memory.state, dispatches, compiled, (bound) => {
    const { buffer, startBytes } = windows.get(bound) ?? { buffer: bound, startBytes: 0 };
    const offset = placement.offsets.get(buffer);
    const bytes = Math.max(4, byteLengthOf(buffers[bound].elements, buffers[bound].dtype));
    return { buffer, isInArena: offset !== undefined, offset: (offset ?? 0) + startBytes, bytes };
  });
  const everything = dispatches.map((_, i) => i);

  const record = ({ blocks, copies }: RecordedRun, chosen: readonly number[], timestamps?: Timestamps): void => {
    const arena = placement.bytes > 0 ? memory.reserve(placement.bytes) : undefined;
    const encoder = gpu.createCommandEncoder();
    if (chosen.length > 0) {
      const pass = encoder.beginComputePass(timestamps?.descriptor);
      let current: GPUComputePipeline | undefined;
      // the loop that a replay is made of: by number, and without anything made in it
      for (let n = 0; n < chosen.length; n++) {
        const { pipeline, x, y } = steps[chosen[n]];
        if (pipeline !== current) pass.setPipeline((current = pipeline));
        pass.setBindGroup(0, bindGroups.groupOf(chosen[n], blocks, arena));
        pass.dispatchWorkgroups(x, y);
      }
      pass.end();
      timestamps?.resolve(encoder);
    }
    for (const { source, target, bytes } of copies) {
      if (bytes > 0) encoder.copyBufferToBuffer(source.buffer, 0, target.buffer, 0, bytes);
    }
    gpu.queue.submit([encoder.finish()]);
  };

  const submit = (run: RecordedRun, chosen: readonly number[], timestamps?: Timestamps): Failure =>
    memory.state.checked('a program', () => record(run, chosen, timestamps)).failure;

  return {
    submit: (run) => submit(run, everything),
    submitCall: (run, call, timestamps) =>
      submit(
        { ...run, copies: [] },
        everything.filter((i) => dispatches[i].call === call),
        timestamps,
      ),
    submitCopies: (run) => submit(run, []),
    calls: [...new Set(dispatches.map(({ call }) => call))],
    clear: () => bindGroups.clear(),
  };
}
