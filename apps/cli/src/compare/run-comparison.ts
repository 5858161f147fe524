import type { Pool } from './pool.ts';
import type { Progress } from './progress.ts';
import type { RunResult } from './result.ts';
import { type RunSpec, runKey } from './spec.ts';
import type { CompareState } from './state.ts';

/** One run with what it costs, in the order of the table. */
export interface PlannedRun {
  readonly spec: RunSpec;
  /** Of a forward pass for one token. */
  readonly macs: number;
}

/**
 * Trains every run that is not finished yet; longest first, so that no thread is left alone with a long one at the end.
 *
 * @param keep - is handed the checkpoint of each run that has finished, before it is removed
 * @returns the results in the order of `runs`, or undefined when the pool was stopped before the end.
 */
export async function runComparison(
  runs: readonly PlannedRun[],
  pool: Pool,
  state: CompareState,
  progress: Progress,
  keep?: (spec: RunSpec, checkpoint: string) => void,
): Promise<readonly RunResult[] | undefined> {
  for (const { spec } of runs) {
    const result = state.results.get(runKey(spec));
    if (result !== undefined) progress.finished(spec, result.loss);
  }
  const waiting = runs
    .filter(({ spec }) => !state.results.has(runKey(spec)))
    .sort((a, b) => b.macs * b.spec.steps - a.macs * a.spec.steps);
  const requests = waiting.map(
    ({ spec }) => ({ kind: 'run', spec, checkpoint: state.checkpointOf(runKey(spec)) }) as const,
  );
  await pool.run(requests, ({ spec }, reply) => {
    if (reply.kind === 'step') progress.stepped(spec, reply.step, reply.loss, reply.seconds, reply.tokens);
    if (reply.kind === 'result') {
      keep?.(spec, state.checkpointOf(runKey(spec)));
      state.record({ kind: 'result', result: reply.result });
      progress.finished(spec, reply.result.loss);
    }
  });
  const results = runs.flatMap(({ spec }) => state.results.get(runKey(spec)) ?? []);
  return results.length === runs.length ? results : undefined;
}

/** Part of the budget that is kept for starting, scoring and writing, of which nothing is timed. */
const reserve = 0.12;

/**
 * The steps that all runs can make within a time budget: each is timed for a few steps, and the time left is divided.
 * All runs make equally many, so that they stay comparable.
 *
 * @param runs - one for each structure and width and seed, of any number of steps.
 * @returns undefined when the pool was stopped.
 */
export async function stepsWithin(
  budgetSeconds: number,
  runs: readonly PlannedRun[],
  pool: Pool,
  now: () => number = Date.now,
): Promise<number | undefined> {
  const began = now();
  const perStep = new Map<string, number>();
  const sizeOf = ({ structure, width, naiveRates }: RunSpec): string => `${structure} ${width} ${naiveRates}`;
  const distinct = [...new Map(runs.map(({ spec }) => [sizeOf(spec), spec])).values()];
  await pool.run(
    distinct.map((spec) => ({ kind: 'time', spec }) as const),
    ({ spec }, reply) => {
      if (reply.kind === 'timed') perStep.set(sizeOf(spec), reply.secondsPerStep);
    },
  );
  if (perStep.size < distinct.length) return undefined;
  const left = budgetSeconds * (1 - reserve) - (now() - began) / 1000;
  const load = makespan(
    runs.map(({ spec }) => perStep.get(sizeOf(spec)) ?? 0),
    pool.threads,
  );
  const steps = Math.floor(left / load);
  return Math.max(1, steps >= 100 ? 10 * Math.floor(steps / 10) : steps);
}

/** When the last thread is through, if each takes the longest job left as soon as it is free. */
export function makespan(jobs: readonly number[], threads: number): number {
  const ends = Array.from({ length: threads }, () => 0);
  for (const job of [...jobs].sort((a, b) => b - a)) {
    const earliest = ends.indexOf(Math.min(...ends));
    ends[earliest] = (ends[earliest] ?? 0) + job;
  }
  return Math.max(...ends);
}
