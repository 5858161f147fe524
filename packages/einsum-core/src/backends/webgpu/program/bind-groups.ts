import type { GpuBlock } from '../memory/buffer-pool.ts';
import type { GpuState } from '../memory/gpu-state.ts';
import type { Dispatch } from './dispatch.ts';
import type { Pipeline } from './pipelines.ts';

/** Where what is bound lies: at an offset in the arena, or in the block of a buffer. */
interface Location {
  readonly buffer: number;
  readonly isInArena: boolean;
  readonly offset: number;
  readonly bytes: number;
}

/** The bind groups of a program, each made when it is first needed with these blocks. */
export interface BindGroups {
  groupOf(dispatch: number, blocks: ReadonlyMap<number, GpuBlock>, arena: GpuBlock | undefined): GPUBindGroup;
  clear(): void;
}

/** Programs that run in a loop take turns between a few sets of blocks. */
const MOST_GROUPS = 4;

/** Nothing is bound yet. */
export function createBindGroups(
  { gpu }: GpuState,
  dispatches: readonly Dispatch[],
  compiled: readonly Pipeline[],
  locate: (buffer: number) => Location,
): BindGroups {
  const places = dispatches.map(({ buffers }) => buffers.map(locate));
  const known = dispatches.map(() => new Map<string, GPUBindGroup>());
  return {
    groupOf(dispatch, blocks, arena) {
      const bound = places[dispatch].map(({ buffer, isInArena, offset, bytes }) => {
        const block = isInArena ? arena : blocks.get(buffer);
        if (block === undefined) throw new RangeError(`webgpu: buffer ${buffer} of a program has no place`);
        return { block, offset, bytes };
      });
      const key = bound.map(({ block }) => block.id).join();
      const groups = known[dispatch];
      let group = groups.get(key);
      if (group === undefined) {
        group = gpu.createBindGroup({
          layout: compiled[dispatch].layout,
          entries: bound.map(({ block, offset, bytes }, binding) => ({
            binding,
            resource: { buffer: block.buffer, offset, size: bytes },
          })),
        });
        const [oldest] = groups.keys();
        if (groups.size === MOST_GROUPS && oldest !== undefined) groups.delete(oldest);
        groups.set(key, group);
      }
      return group;
    },
    clear() {
      for (const groups of known) groups.clear();
    },
  };
}
