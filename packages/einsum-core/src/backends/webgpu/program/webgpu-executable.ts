import type { EinlabError } from '../../../base/errors.ts';
import type { Executable } from '../../../program/backend.ts';
import type { LoweredProgram } from '../../../program/lower.ts';
import type { GpuBlock } from '../memory/buffer-pool.ts';
import { firstFailure, type GpuBuffer, type GpuMemory } from '../memory/gpu-memory.ts';
import { byteLengthOf } from '../wgsl/storage.ts';
import { createBindGroups } from './bind-groups.ts';
import { type ExpandedProgram, expandProgram } from './expand-program.ts';
import { explainProgram } from './explain-program.ts';
import { createFlight } from './flight.ts';
import { placeBuffers } from './place-buffers.ts';
import type { Pipelines } from './pipelines.ts';
import { workgroupGrid } from './workgroup-grid.ts';

/** Compiles a program's shaders and makes it callable: a run is one command buffer with one compute pass. */
export async function createWebgpuExecutable(
  program: LoweredProgram,
  memory: GpuMemory,
  pipelines: Pipelines,
): Promise<Executable> {
  const { gpu } = memory.state;
  const { limits } = gpu;
  const expanded: ExpandedProgram = expandProgram(program, limits.maxStorageBuffersPerShaderStage);
  const { buffers, dispatches } = expanded;
  const { inputs, outputs } = program;
  const placement = placeBuffers(expanded, new Set(outputs), limits.minStorageBufferOffsetAlignment);
  const compiled = await Promise.all(dispatches.map((dispatch) => pipelines.compile(dispatch)));
  const grids = dispatches.map(({ shader }) =>
    workgroupGrid(shader.workgroups, limits.maxComputeWorkgroupsPerDimension),
  );
  const bindGroups = createBindGroups(memory.state, dispatches, compiled, (buffer) => ({
    offset: placement.offsets.get(buffer),
    bytes: Math.max(4, byteLengthOf(buffers[buffer].elements)),
  }));
  const flight = createFlight(memory.state);

  const encode = (blocks: ReadonlyMap<number, GpuBlock>, copies: readonly Copy[]): void => {
    const arena = placement.bytes > 0 ? memory.reserve(placement.bytes) : undefined;
    const encoder = gpu.createCommandEncoder();
    if (dispatches.length > 0) {
      const pass = encoder.beginComputePass();
      let current: GPUComputePipeline | undefined;
      dispatches.forEach((_, i) => {
        const { pipeline } = compiled[i];
        if (pipeline !== current) pass.setPipeline((current = pipeline));
        pass.setBindGroup(0, bindGroups.groupOf(i, blocks, arena));
        pass.dispatchWorkgroups(...grids[i]);
      });
      pass.end();
    }
    for (const { source, target, bytes } of copies) {
      if (bytes > 0) encoder.copyBufferToBuffer(source.buffer, 0, target.buffer, 0, bytes);
    }
    gpu.queue.submit([encoder.finish()]);
  };

  return {
    async run(given) {
      await flight.room();
      memory.state.assertUsable();
      const owned = given.map(memory.own);
      const outcome = Promise.withResolvers<EinlabError | undefined>();
      const handed: GpuBuffer[] = [];
      try {
        for (const buffer of outputs)
          handed.push(memory.keep(buffers[buffer].elements, buffers[buffer].dtype, outcome.promise));
        const blocks = new Map(inputs.map((buffer, position) => [buffer, owned[position].block]));
        const copies: Copy[] = [];
        outputs.forEach((buffer, i) => {
          // an output that is an input, or is asked for twice, is a copy
          const source = blocks.get(buffer);
          if (source === undefined) blocks.set(buffer, handed[i].block);
          else copies.push({ source, target: handed[i].block, bytes: handed[i].byteLength });
        });
        const { failure } = memory.state.checked('a program', () => encode(blocks, copies));
        // what went wrong before says more than what that led to here
        outcome.resolve(firstFailure([...owned.flatMap((buffer) => [buffer.block.failure, buffer.failure]), failure]));
        flight.submitted();
        return handed;
      } catch (error) {
        outcome.resolve(undefined);
        for (const buffer of handed) buffer.release();
        throw error;
      }
    },
    explain: () => explainProgram(program, expanded, placement),
    release() {
      bindGroups.clear();
    },
  };
}

interface Copy {
  readonly source: GpuBlock;
  readonly target: GpuBlock;
  readonly bytes: number;
}
