import type { KernelCall } from '../../../kernels/kernel.ts';
import { kernelCycles } from './kernel-cycles.ts';

/** Where a call runs that belongs to a stretch. */
export interface Lane {
  /** The stretch, by number. */
  readonly stretch: number;
  readonly thread: number;
}

/** A program's calls in an order in which stretches of independent ones follow each other. */
export interface Lanes {
  /** Calls, by position. */
  readonly order: readonly number[];
  /** For calls in a stretch: those of one thread touch nothing that another thread writes in the same stretch. */
  readonly laneOf: ReadonlyMap<number, Lane>;
}

/** Chains of more cycles are not joined in a stretch: what joins them waits until it has ended. About thirty microseconds. */
const JOINED_UP_TO = 100_000;
/** A chain of less than this share of the longest one is no reason for a stretch, and stays where it was. */
const SMALL = 0.1;
/** Calls per thread below which waiting for each other costs little. */
const LEAST_CALLS = 8;
/** The longest share of a thread in a stretch, in equal shares. */
const LONGEST_SHARE = 1.2;
/** A stretch is not looked for behind so many calls that have to wait for its end. */
const MOST_WAITING = 64;
/** How often each call is looked at, on average, before no further stretch is looked for. */
const LOOKS = 32;

/** Calls that hang together, and those that do not. */
interface Stretch {
  readonly calls: readonly number[];
  readonly threadOf: readonly number[];
}

/**
 * Finds stretches of calls that fall into chains that know nothing of each other, such as the parts of a batch or the members of an ensemble, and gives each thread
 * some whole chains: so threads do not wait for each other between all their kernels, and what a chain's kernels hand to
 * each other stays in the caches of one processor.
 *
 * @param calls - in an order in which every buffer is written before it is read
 * @returns nothing where there is no such stretch
 */
export function dealLanes(calls: readonly KernelCall[], count: number): Lanes | undefined {
  const cycles = calls.map(({ kernel }) => kernelCycles(kernel));
  const order: number[] = [];
  const laneOf = new Map<number, Lane>();
  let rest = calls.map((_, call) => call);
  let looks = LOOKS * calls.length;
  let stretches = 0;
  while (rest.length >= LEAST_CALLS * count && looks > 0) {
    const { stretch, looked } = stretchAt(calls, cycles, rest, count);
    looks -= looked;
    if (stretch === undefined) {
      order.push(rest[0]);
      rest = rest.slice(1);
      continue;
    }
    stretch.calls.forEach((call, i) => {
      laneOf.set(call, { stretch: stretches, thread: stretch.threadOf[i] });
    });
    order.push(...stretch.calls);
    rest = rest.filter((call) => laneOf.get(call)?.stretch !== stretches);
    stretches += 1;
  }
  return stretches === 0 ? undefined : { order: [...order, ...rest], laneOf };
}

/** The stretch that begins with the first call, if one does, and how many calls were looked at. */
function stretchAt(
  calls: readonly KernelCall[],
  cycles: readonly number[],
  rest: readonly number[],
  count: number,
): { readonly stretch: Stretch | undefined; readonly looked: number } {
  const chains = createChains(calls, cycles);
  let looked = 0;
  for (const call of rest) {
    looked += 1;
    chains.place(call);
    if (chains.waiting() > MOST_WAITING) break;
  }
  return { stretch: dealt(chains.found(), cycles, count), looked };
}

/** Chains as they grow, call by call. */
function createChains(calls: readonly KernelCall[], cycles: readonly number[]) {
  /** The chain that a chain was joined to, or itself. */
  const parents: number[] = [];
  const lengths: number[] = [];
  const members: number[][] = [];
  const touching = new Map<number, { readers: number[]; writers: number[] }>();
  const waitingFor = { reads: new Set<number>(), writes: new Set<number>() };
  let waiting = 0;
  const resolve = (chain: number): number => {
    let root = chain;
    while (parents[root] !== root) root = parents[root] = parents[parents[root]];
    return root;
  };
  const touchOf = (buffer: number): { readers: number[]; writers: number[] } => {
    const known = touching.get(buffer) ?? { readers: [], writers: [] };
    touching.set(buffer, known);
    return known;
  };
  const wait = ({ reads, writes }: KernelCall): void => {
    waiting += 1;
    for (const buffer of reads) waitingFor.reads.add(buffer);
    for (const buffer of writes) waitingFor.writes.add(buffer);
  };
  return {
    waiting: () => waiting,
    /** Puts a call into the chain that it goes on with, into a new one, or among those that wait. */
    place(call: number): void {
      const { reads, writes } = calls[call];
      const mustWait =
        [...reads, ...writes].some((buffer) => waitingFor.writes.has(buffer)) ||
        writes.some((buffer) => waitingFor.reads.has(buffer));
      if (mustWait) return wait(calls[call]);
      const before = new Set([
        ...[...reads, ...writes].flatMap((buffer) => touchOf(buffer).writers.map(resolve)),
        ...writes.flatMap((buffer) => touchOf(buffer).readers.map(resolve)),
      ]);
      const [first, ...others] = [...before].sort((a, b) => lengths[b] - lengths[a]);
      if (others.some((chain) => lengths[chain] > JOINED_UP_TO)) return wait(calls[call]);
      const chain = first ?? parents.push(parents.length) - 1;
      if (first === undefined) {
        lengths.push(0);
        members.push([]);
      }
      for (const other of others) {
        parents[other] = chain;
        lengths[chain] += lengths[other];
        members[chain].push(...members[other]);
        members[other] = [];
      }
      lengths[chain] += cycles[call];
      members[chain].push(call);
      for (const buffer of reads) touchOf(buffer).readers.push(chain);
      for (const buffer of writes) touchOf(buffer).writers.push(chain);
    },
    /** The calls of each chain. */
    found: (): readonly (readonly number[])[] => members.filter((own) => own.length > 0),
  };
}

/** Chains dealt out to threads, if that leaves none of them long without work. */
function dealt(chains: readonly (readonly number[])[], cycles: readonly number[], count: number): Stretch | undefined {
  const lengthOf = (chain: readonly number[]): number => chain.reduce((sum, call) => sum + cycles[call], 0);
  const longest = Math.max(0, ...chains.map(lengthOf));
  const loads = new Array<number>(count).fill(0);
  const threadOf = new Map<number, number>();
  for (const chain of chains) {
    const length = lengthOf(chain);
    if (length < SMALL * longest) continue;
    const thread = loads.indexOf(Math.min(...loads));
    loads[thread] += length;
    for (const call of chain) threadOf.set(call, thread);
  }
  const calls = [...threadOf.keys()].sort((a, b) => a - b);
  const total = loads.reduce((sum, load) => sum + load, 0);
  const isWorthwhile = calls.length >= LEAST_CALLS * count && Math.max(...loads) <= (LONGEST_SHARE * total) / count;
  return isWorthwhile ? { calls, threadOf: calls.map((call) => threadOf.get(call) ?? 0) } : undefined;
}
