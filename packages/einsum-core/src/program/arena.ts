/** When a buffer is needed: from the kernel that writes it to the last one that reads it, both included. */
export interface Lifetime {
  readonly bytes: number;
  readonly first: number;
  readonly last: number;
  /** Where threads run side by side for a while, and one of them alone uses the buffer: which, and when. */
  readonly lane?: { readonly stretch: number; readonly thread: number } | undefined;
}

/** Byte offsets of buffers in one block of memory. */
export interface ArenaPlan {
  readonly offsets: readonly number[];
  readonly bytes: number;
}

/** Buffers start at multiples of a cache line. */
const ALIGNMENT = 64;

/** Room behind each buffer, because vector loads may read past its end by up to 16 bytes. */
const SLACK = 16;

/** Large buffers start at different places of a page, because what lies at the same place shares few lines of a cache. */
const STAGGER = { from: 2 ** 17, page: 4096, by: 17 * ALIGNMENT };

/** Bytes that a buffer takes, with the room behind it. */
export function blockBytes(bytes: number): number {
  const needed = bytes + SLACK;
  if (bytes < STAGGER.from) return Math.ceil(needed / ALIGNMENT) * ALIGNMENT;
  return Math.ceil((needed - STAGGER.by) / STAGGER.page) * STAGGER.page + STAGGER.by;
}

/** Whether two buffers are alive at the same time: those of different threads are, in a stretch that the threads run side by side. */
function areTogether(a: Lifetime, b: Lifetime): boolean {
  if (a.lane !== undefined && a.lane.stretch === b.lane?.stretch && a.lane.thread !== b.lane.thread) return true;
  return a.first <= b.last && b.first <= a.last;
}

/**
 * Places buffers so that those alive at the same time do not overlap: largest first, each at the lowest offset that is
 * free for its whole life (the greedy-by-size rule of Pisarchyk & Lee 2020, "Efficient memory management for deep neural net inference").
 *
 * @param room - bytes that a buffer of so many bytes takes; also what offsets are multiples of, where it gives multiples
 */
export function planArena(lifetimes: readonly Lifetime[], room: (bytes: number) => number = blockBytes): ArenaPlan {
  const offsets = new Array<number>(lifetimes.length).fill(0);
  const order = lifetimes.map((_, i) => i).sort((a, b) => lifetimes[b].bytes - lifetimes[a].bytes || a - b);
  const placed: number[] = [];
  let total = 0;
  for (const i of order) {
    const { bytes } = lifetimes[i];
    const alive = placed.filter((j) => areTogether(lifetimes[i], lifetimes[j])).sort((a, b) => offsets[a] - offsets[b]);
    let offset = 0;
    for (const j of alive) {
      if (offset + room(bytes) <= offsets[j]) break;
      offset = Math.max(offset, offsets[j] + room(lifetimes[j].bytes));
    }
    offsets[i] = offset;
    placed.push(i);
    total = Math.max(total, offset + room(bytes));
  }
  return { offsets, bytes: total };
}
