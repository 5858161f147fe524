/** One loop of a nest, as one tensor sees it: how often it runs and how many bytes it moves on each time. */
export interface Loop {
  readonly count: number;
  readonly stride: number;
}

/** A cache, or the table of page addresses, as a share that one tensor may count on: sets of lines of so many bytes. */
interface Cache {
  readonly line: number;
  readonly sets: number;
  readonly ways: number;
  /** Runs of at least so many bytes count as lines that follow one another: they are fetched ahead. */
  readonly ahead: number;
}

/** What a nest does with the lines: use one element, or whole vectors of each at once, copy them, or fill them. */
export type Access = 'read' | 'walk' | 'copy' | 'store';

const LINE = 64;
const PAGE = 4096;
/**
 * 32 KiB and 1 MiB, eight ways each, and a third of the 3072 page addresses that the second level keeps. What is fetched ahead
 * into the second cache takes some lines of each run to begin, and ends with the page: runs of 512 bytes, 4 kB apart, cost as
 * much as single lines, 3.8 in place of 2.6 ms where 128 rows are multiplied with each of 512 such.
 */
const CACHES: readonly Cache[] = [
  { line: LINE, sets: 64, ways: 8, ahead: 256 },
  { line: LINE, sets: 2048, ways: 8, ahead: 1024 },
  { line: PAGE, sets: 1, ways: 1024, ahead: 2 * PAGE },
];

/** Cycles to bring in a line that follows the one before, one a short way off, and one on another page. */
type LineCycles = readonly [next: number, near: number, far: number];

/** What products wait for, of the second-level cache and of pages' addresses. */
const FAR_READS: readonly LineCycles[] = [
  [0.15, 2.1, 4],
  [20, 20, 80],
];

/**
 * The cost of a line in the first- and the second-level cache and of a page's address, fitted to measurements of some four
 * thousand schedules of 657 contractions on two processors. What products wait for costs more than what is copied or stored
 * while nothing depends on it. Lines that follow one another are there in time: they cost 2.2 cycles on a Zen 4, but a quarter of
 * one on a Xeon with a longer window, where that many made packing look better than reading in place. A line that is
 * walked along in vectors is used up by four loads whose addresses are known long before. Stores far apart wait for addresses of
 * pages, of which a processor keeps few for them.
 */
const LINE_CYCLES: Readonly<Record<Access, readonly LineCycles[]>> = {
  read: [[0.3, 0.6, 1.6], ...FAR_READS],
  walk: [[0.05, 0.05, 0.05], ...FAR_READS],
  copy: [
    [0.4, 1, 1.2],
    [0.05, 0.85, 0.8],
    [20, 20, 250],
  ],
  store: [
    [0.2, 0.2, 3.2],
    [0.05, 1.1, 0.5],
    [20, 20, 80],
  ],
};

/**
 * Estimated cycles spent waiting for the lines of one tensor in a nest of loops, innermost first. A line is fetched anew
 * where more lines than a cache holds, or than the few sets hold that a power-of-two stride reaches, are used in between.
 *
 * @param levels - 2 where addresses of pages cost nothing
 */
export function trafficCycles(loops: readonly Loop[], access: Access, levels: number = 3): number {
  const real = loops.filter(({ count }) => count > 1);
  let cycles = 0;
  CACHES.slice(0, levels).forEach((cache, level) => {
    const { fetches, kind } = fetchesOf(real, cache);
    cycles += fetches * LINE_CYCLES[access][level][kind];
  });
  return cycles;
}

/** How many lines are brought into a cache, and of which kind of `LineCycles`; none if all of them stay there. */
function fetchesOf(loops: readonly Loop[], cache: Cache): { fetches: number; kind: 0 | 1 | 2 } {
  let kept = 0;
  let inside = footprint(loops, 0, cache);
  for (; kept < loops.length; kept++) {
    const next = loops[kept].stride === 0 ? inside : footprint(loops, kept + 1, cache);
    if (next.ways > cache.ways) break;
    inside = next;
  }
  if (kept === loops.length) return { fetches: 0, kind: 0 };
  const { count, stride } = loops[kept];
  // The next iteration still finds the lines that it shares with the one before.
  const fresh = Math.min(1, Math.abs(stride) / cache.line / inside.perRun);
  const first = inside.lines * (1 + (count - 1) * fresh);
  const fetches = loops.slice(kept + 1).reduce((product, outer) => product * outer.count, first);
  const jump = inside.jump || Math.abs(stride);
  return { fetches, kind: inside.run >= cache.ahead ? 0 : jump < PAGE ? 1 : 2 };
}

/** What the innermost loops of a nest touch. */
interface Footprint {
  readonly lines: number;
  /** How many of the lines share a set. */
  readonly ways: number;
  /** Bytes that follow one another, the lines that they lie on, and the step from one such run to the next. */
  readonly run: number;
  readonly perRun: number;
  readonly jump: number;
}

/** What the innermost `count` loops touch. */
function footprint(loops: readonly Loop[], count: number, { line, sets }: Cache): Footprint {
  const inner = loops.slice(0, count).filter(({ stride }) => stride !== 0);
  let run = 4;
  let runs = 1;
  let jump = 0;
  let period = sets * line;
  let places = 1;
  // Runs start at multiples of this; tensors themselves start at a line.
  let start = loops.slice(count).reduce((divisor, { stride }) => commonDivisor(divisor, stride), LINE);
  for (const { count: times, stride } of inner.sort((a, b) => Math.abs(a.stride) - Math.abs(b.stride))) {
    const step = Math.abs(stride);
    if (runs === 1 && step <= Math.max(LINE, run)) {
      run += (times - 1) * step;
    } else {
      if (runs === 1) jump = step;
      runs *= times;
      start = commonDivisor(start, step);
      places *= Math.min(times, (sets * line) / Math.max(line, commonDivisor(sets * line, step)));
      period = commonDivisor(period, step);
    }
  }
  const perRun = 1 + Math.max(0, run - start) / line;
  const apart = Math.min(places, (sets * line) / Math.max(line, period));
  const reached = runs === 1 ? sets : Math.min(sets, Math.max(1, apart) * perRun);
  const lines = runs * perRun;
  return { lines, ways: lines / reached, run, perRun, jump };
}

/** The largest power of two, at most `limit`, that divides a stride. */
function commonDivisor(limit: number, stride: number): number {
  let divisor = limit;
  while (stride % divisor !== 0) divisor /= 2;
  return divisor;
}
