import type { Timing } from '../../harness/contest.ts';
import { type Criterion, type Judged, judge } from '../../harness/criteria.ts';
import type { EngineRow } from '../../harness/engine-report.ts';
import type { TurnOptions } from '../../harness/measure.ts';
import type { EngineNote } from '../../harness/report.ts';
import type { Peer } from '../../peers/peer.ts';

/** The engines of the suite, as they are named in the report. */
export const engineNames = {
  ours: 'einlab-wasm',
  oursTwo: 'einlab-wasm, 2 threads',
  tfjs: 'tfjs-wasm',
  ortWeb: 'onnxruntime-web',
  jaxJs: 'jax-js',
  ortNode: 'onnxruntime-node',
  ortNodeTwo: 'onnxruntime-node, 2 threads',
  torch: 'pytorch',
  torchTwo: 'pytorch, 2 threads',
} as const;

/** Engines that run in a browser as this one does; the native ones are ceilings and do not enter "the fastest peer". */
export const peerNames: readonly string[] = [engineNames.tfjs, engineNames.ortWeb, engineNames.jaxJs];

/** What the rows are measured with. */
export interface Lab {
  readonly peers: readonly Peer[];
  readonly notes: readonly EngineNote[];
  readonly isQuick: boolean;
  /** For works of microseconds to milliseconds. */
  readonly turns: TurnOptions;
  /** For works of a second: few samples, each of one call. */
  readonly heavyTurns: TurnOptions;
}

/** A row before it is measured. */
export interface RowPlan {
  readonly group: string;
  readonly name: string;
  measure(lab: Lab): Promise<Omit<EngineRow, 'group' | 'name' | 'verdict'>>;
}

/** The engines of these names that are open, in this order. */
export function opened(lab: Lab, names: readonly string[]): Peer[] {
  return names.flatMap((name) => lab.peers.filter((peer) => peer.name === name));
}

/** Timings with a line for each engine that was asked for and is missing. */
export function withMissing(
  lab: Lab,
  names: readonly string[],
  timings: Readonly<Record<string, Timing>>,
): Record<string, Timing> {
  return Object.fromEntries(
    names.map((name): [string, Timing] => {
      const reason = lab.notes.find((note) => note.name === name)?.reason ?? 'not measured';
      return [name, timings[name] ?? { status: 'missing', reason }];
    }),
  );
}

/** The shortest time of an engine, where it was measured. */
export function bestOf(timings: Readonly<Record<string, Timing>>, name: string): number | undefined {
  const timing = timings[name];
  return timing?.status === 'measured' ? timing.best : undefined;
}

/** How many times as fast an engine is as the fastest of some others; absent where it or all of them are missing. */
export function speedRatio(
  timings: Readonly<Record<string, Timing>>,
  name: string,
  others: readonly string[],
): number | undefined {
  const own = bestOf(timings, name);
  const best = others.flatMap((other) => bestOf(timings, other) ?? []);
  return own === undefined || best.length === 0 ? undefined : Math.min(...best) / own;
}

/** A demand for at least so much. */
export function atLeast(
  level: Criterion['level'],
  threshold: number,
  quantity: string,
  measured: number | undefined,
): Judged {
  return judge({ level, quantity, better: 'higher', threshold }, measured);
}

/** A demand for at most so much. */
export function atMost(
  level: Criterion['level'],
  threshold: number,
  quantity: string,
  measured: number | undefined,
): Judged {
  return judge({ level, quantity, better: 'lower', threshold }, measured);
}
