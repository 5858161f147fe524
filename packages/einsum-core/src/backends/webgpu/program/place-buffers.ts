import { planArena } from '../../../program/arena.ts';
import { byteLengthOf } from '../wgsl/storage.ts';
import type { ExpandedProgram } from './program-writer.ts';

/** Where temporaries lie in the arena, in bytes. */
export interface Placement {
  readonly offsets: ReadonlyMap<number, number>;
  readonly bytes: number;
}

/**
 * Places the buffers that live only inside a program. Those that a dispatch uses never overlap, as every binding of the
 * arena may be written; and each starts where a binding may.
 */
export function placeBuffers(
  { buffers, windows, dispatches }: ExpandedProgram,
  handedOut: ReadonlySet<number>,
  alignment: number,
): Placement {
  const lives = new Map<number, { first: number; last: number }>();
  dispatches.forEach((dispatch, i) => {
    for (const bound of dispatch.buffers) {
      const buffer = windows.get(bound)?.buffer ?? bound;
      if (buffers[buffer].role === 'input' || handedOut.has(buffer)) continue;
      const life = lives.get(buffer);
      if (life === undefined) lives.set(buffer, { first: i, last: i });
      else life.last = i;
    }
  });
  const placed = [...lives.keys()];
  const { offsets, bytes } = planArena(
    [...lives].map(([buffer, life]) => ({
      bytes: byteLengthOf(buffers[buffer].elements, buffers[buffer].dtype),
      ...life,
    })),
    // one without elements has a place of its own too, since its binding is not empty
    (size) => Math.ceil(Math.max(1, size) / alignment) * alignment,
  );
  return { offsets: new Map(placed.map((buffer, i) => [buffer, offsets[i]])), bytes };
}
