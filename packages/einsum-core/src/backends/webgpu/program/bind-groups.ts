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
  /** Of dispatches that touch the arena alone, which most do: the group with the arena as it was last. */
  const ofArena = dispatches.map(
    (): { readonly arena: GpuBlock; readonly group: GPUBindGroup } | undefined => undefined,
  );
  const isOfArena = places.map((bound) => bound.every(({ isInArena }) => isInArena));

  const blockOf = (
    { buffer, isInArena }: Location,
    blocks: ReadonlyMap<number, GpuBlock>,
    arena: GpuBlock | undefined,
  ): GpuBlock => {
    const block = isInArena ? arena : blocks.get(buffer);
    if (block === undefined) throw new RangeError(`webgpu: buffer ${buffer} of a program has no place`);
    return block;
  };
  const make = (dispatch: number, blocks: ReadonlyMap<number, GpuBlock>, arena: GpuBlock | undefined): GPUBindGroup =>
    gpu.createBindGroup({
      layout: compiled[dispatch].layout,
      entries: places[dispatch].map((location, binding) => ({
        binding,
        resource: { buffer: blockOf(location, blocks, arena).buffer, offset: location.offset, size: location.bytes },
      })),
    });
  return {
    groupOf(dispatch, blocks, arena) {
      if (isOfArena[dispatch] && arena !== undefined) {
        const last = ofArena[dispatch];
        if (last?.arena === arena) return last.group;
        const group = make(dispatch, blocks, arena);
        ofArena[dispatch] = { arena, group };
        return group;
      }
      let key = '';
      for (const location of places[dispatch]) key += `${blockOf(location, blocks, arena).id} `;
      const groups = known[dispatch];
      let group = groups.get(key);
      if (group === undefined) {
        group = make(dispatch, blocks, arena);
        const [oldest] = groups.keys();
        if (groups.size === MOST_GROUPS && oldest !== undefined) groups.delete(oldest);
        groups.set(key, group);
      }
      return group;
    },
    clear() {
      for (const groups of known) groups.clear();
      ofArena.fill(undefined);
    },
  };
}
