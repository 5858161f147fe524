import { axesSize, type NormalizedContraction } from '../../../kernels/contraction.ts';
import type { KernelCall } from '../../../kernels/kernel.ts';
import { contractionShader } from '../contraction/contraction-shader.ts';
import { contractionLayout, extentOf } from '../contraction/contraction-layout.ts';
import type { GpuBlock } from '../memory/buffer-pool.ts';
import { bindingLimit, type GpuMemory } from '../memory/gpu-memory.ts';
import { byteLengthOf } from '../wgsl/storage.ts';
import { splitContraction } from '../contraction/split-contraction.ts';
import { workgroupGrid } from '../program/workgroup-grid.ts';
import type { Pipelines } from '../program/pipelines.ts';
import type { Trial } from './tuner.ts';

/** Reads a clock, in milliseconds. */
export type Clock = () => number;

/** A trial repeats a contraction until about so many multiply-accumulates are done, so that a card is busy for a while. */
const MACS_PER_TRIAL = 2 ** 31;
const MOST_REPETITIONS = 64;

const names = ['b0', 'b1', 'b2'];
const isReadOnly = [true, true, false];

/**
 * A way to measure contractions on a device, in buffers of its own, whatever is in them: from the submission until the
 * device has nothing left to do, for each time that the contraction was computed.
 */
export function contractionMeasurer(
  memory: GpuMemory,
  pipelines: Pipelines,
  clock: Clock,
): (trial: Trial) => Promise<number | undefined> {
  const { state } = memory;
  const { gpu } = state;
  return async ({ kernel, offsets, plan: { schedule, parts } }) => {
    const whole: KernelCall['kernel'] = { kind: 'contract', contraction: contractionOf(kernel), offsets };
    const split = parts > 1 ? splitContraction(whole, parts) : undefined;
    const call = split?.partial ?? whole;
    const bindings = { names, isReadOnly };
    const layout = contractionLayout(call, bindings);
    const bytes = (['left', 'right', 'out'] as const).map((tensor) => byteLengthOf(extentOf(layout, tensor), 'f32'));
    if (Math.max(...bytes) > bindingLimit(gpu)) return undefined;
    const shader = contractionShader(call, schedule, bindings);
    const blocks: GpuBlock[] = [];
    try {
      const { pipeline, layout: groupLayout } = await pipelines.compile({
        shader,
        buffers: [0, 1, 2],
        call: 0,
        label: 'a contraction that is measured',
      });
      for (const size of bytes) blocks.push(memory.borrow(size));
      const macs =
        axesSize(kernel.batch) * axesSize(kernel.rows) * axesSize(kernel.columns) * axesSize(kernel.contracted);
      const repetitions = Math.max(1, Math.min(MOST_REPETITIONS, Math.floor(MACS_PER_TRIAL / macs)));
      const submit = (times: number): ReturnType<typeof state.checked> =>
        state.checked('a contraction that is measured', () => {
          const entries = blocks.map(({ buffer }, binding) => ({
            binding,
            resource: { buffer, size: bytes[binding] },
          }));
          const encoder = gpu.createCommandEncoder();
          const pass = encoder.beginComputePass();
          pass.setPipeline(pipeline);
          pass.setBindGroup(0, gpu.createBindGroup({ layout: groupLayout, entries }));
          const grid = workgroupGrid(shader.workgroups, gpu.limits.maxComputeWorkgroupsPerDimension);
          for (let time = 0; time < times; time++) pass.dispatchWorkgroups(...grid);
          pass.end();
          gpu.queue.submit([encoder.finish()]);
        });
      const first = submit(1);
      await gpu.queue.onSubmittedWorkDone();
      if ((await first.failure) !== undefined) return undefined;
      const start = clock();
      submit(repetitions);
      await gpu.queue.onSubmittedWorkDone();
      return (clock() - start) / repetitions;
    } catch {
      // what this device cannot do is no candidate; a device that is lost says so to whoever asked for the program
      return undefined;
    } finally {
      for (const block of blocks) memory.giveBack(block);
    }
  };
}

const contractionOf = ({ batch, rows, columns, contracted }: NormalizedContraction) =>
  ({ kind: 'contraction', batch, rows, columns, contracted }) as const;
