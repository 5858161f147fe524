import { keyFromSeed, rngFromKey } from '@einlab/numerics';
import {
  halvingRungs,
  type Rung,
  refinedCandidates,
  type SearchCandidate,
  type SearchOutcome,
  type SearchResult,
  type SearchRun,
  search,
} from '@einlab/structured-layers';
import { chooseWidths, costOf, type ModelSizes, specOf } from '../compare/plan-runs.ts';
import type { Pool } from '../compare/pool.ts';
import { createProgress } from '../compare/progress.ts';
import type { RunResult } from '../compare/result.ts';
import { taskDefaults } from '../compare/settings.ts';
import { type RunSpec, runKey } from '../compare/spec.ts';
import { labelOf } from '../compare/structures.ts';
import type { TerminalStream } from '../terminal/live-lines.ts';
import { rungsWithin } from './budget.ts';
import type { SearchSettings } from './search-settings.ts';
import type { SearchState } from './search-state.ts';

/** What a search found, and how far it came. */
export interface SearchReport extends SearchOutcome {
  readonly rungs: readonly Rung[];
  readonly candidates: readonly SearchCandidate[];
  readonly runs: readonly RunResult[];
}

/** The sizes that decide a model's cost. */
export const sizesOf = ({ runs }: SearchSettings): ModelSizes => ({
  ...runs,
  vocabulary: runs.text?.vocabulary ?? 0,
  ...(runs.widths['dense'] === undefined ? {} : { denseWidths: runs.widths['dense'] }),
});

/**
 * Runs a search on a pool, from what its state has already.
 *
 * @param began - `performance.now()` at the start of the command
 * @returns undefined when it was stopped before there was anything to rank
 */
export async function runSearch(
  settings: SearchSettings,
  pool: Pool,
  state: SearchState,
  stream: TerminalStream,
  began: number,
): Promise<SearchReport | undefined> {
  const { runs, limits } = settings;
  const widths = new Map<string, readonly number[]>(Object.entries(runs.widths));
  const widthsOf = (candidate: SearchCandidate): readonly number[] => {
    const label = labelOf(candidate);
    const known = widths.get(label) ?? chooseWidths([label], undefined, sizesOf(settings))[label] ?? [];
    widths.set(label, known);
    return known;
  };
  const all = new Map(settings.candidates.map((candidate) => [candidate.name, candidate]));
  const specFor = ({ candidate, width, seed, steps }: SearchRun): RunSpec =>
    specOf(
      runs,
      { structure: labelOf(all.get(candidate) ?? { name: candidate }), width, naiveRates: false },
      seed,
      steps,
    );
  const rungs = state.rungs ?? (await planRungs(settings, pool, state, specFor, began));
  if (rungs === undefined) return undefined;

  const resultOf = (run: SearchRun, { cost, loss }: RunResult): SearchResult => ({
    ...run,
    macs: cost.macs,
    compute: cost.macs * examplesIn(specFor(run)),
    loss,
  });
  const outcome = await search({
    candidates: settings.candidates,
    rungs,
    widths: widthsOf,
    seeds: Array.from({ length: runs.seeds }, (_, i) => runs.seed + i),
    ...(settings.refined === 0
      ? {}
      : {
          propose: (best: readonly SearchCandidate[]) => {
            const around = best.flatMap(({ theta }) => theta ?? []);
            const rng = rngFromKey(keyFromSeed(runs.seed + 1));
            const added = refinedCandidates(around, settings.refined, rng, limits);
            for (const candidate of added) all.set(candidate.name, candidate);
            return added;
          },
        }),
    async train(wanted, onResult) {
      const bySpec = new Map(wanted.map((run) => [runKey(specFor(run)), run]));
      const waiting: RunSpec[] = [];
      for (const run of wanted) {
        const result = state.results.get(runKey(specFor(run)));
        if (result === undefined) waiting.push(specFor(run));
        else onResult(resultOf(run, result));
      }
      await trainAll(waiting, settings, pool, state, stream, (result) => {
        const run = bySpec.get(result.key);
        if (run !== undefined) onResult(resultOf(run, result));
      });
      return wanted.every((run) => state.results.has(runKey(specFor(run))));
    },
  });
  if (outcome.ranking.length === 0) return undefined;
  return { ...outcome, rungs, candidates: [...all.values()], runs: [...state.results.values()] };
}

/** Examples that a run sees: windows' characters, or points. */
export const examplesIn = (spec: RunSpec): number =>
  spec.steps * spec.batch * (spec.task === 'text' ? spec.context : 1);

/** Trains what is missing, candidate by candidate, so that where time runs out some have all of their runs; writes each result down as it comes. */
async function trainAll(
  specs: readonly RunSpec[],
  settings: SearchSettings,
  pool: Pool,
  state: SearchState,
  stream: TerminalStream,
  onResult: (result: RunResult) => void,
): Promise<void> {
  if (specs.length === 0) return;
  const planned = specs.map((spec) => ({
    spec,
    macs: costOf(spec.structure, spec.width, sizesOf(settings)).totalMacs,
  }));
  const progress = createProgress(stream, planned, pool.threads);
  progress.note(`${specs.length} runs of ${specs[0]?.steps} steps`);
  try {
    await pool.run(
      planned.map(({ spec }) => ({ kind: 'run', spec, checkpoint: state.checkpointOf(runKey(spec)) }) as const),
      ({ spec }, reply) => {
        if (reply.kind === 'step') progress.stepped(spec, reply.step, reply.loss, reply.seconds, reply.tokens);
        if (reply.kind === 'result') {
          state.record({ kind: 'result', result: reply.result });
          progress.finished(spec, reply.result.loss);
          onResult(reply.result);
        }
      },
    );
  } finally {
    progress.end();
  }
}

/** The rungs of the settings, or those that a few timed steps say fit into the budget; written down, so that a resumed search has the same. */
async function planRungs(
  settings: SearchSettings,
  pool: Pool,
  state: SearchState,
  specFor: (run: SearchRun) => RunSpec,
  began: number,
): Promise<readonly Rung[] | undefined> {
  const { runs, rungs, factor, refined } = settings;
  const candidates = settings.candidates.length - 1;
  let planned: readonly Rung[];
  if (runs.budgetSeconds === undefined) {
    planned = halvingRungs(candidates, runs.steps ?? taskDefaults[runs.task].steps, { rungs, factor });
  } else {
    const specs = settings.candidates.flatMap((candidate) =>
      (runs.widths[labelOf(candidate)] ?? []).map((width) =>
        specFor({ candidate: candidate.name, width, seed: runs.seed, steps: taskDefaults[runs.task].steps }),
      ),
    );
    let seconds = 0;
    let timed = 0;
    process.stderr.write(`timing a few steps of ${specs.length} models\n`);
    await pool.run(
      specs.map((spec) => ({ kind: 'time', spec }) as const),
      (_, reply) => {
        if (reply.kind !== 'timed') return;
        seconds += reply.secondsPerStep;
        timed++;
      },
    );
    if (timed < specs.length) return undefined;
    planned = rungsWithin({
      budgetSeconds: runs.budgetSeconds,
      spentSeconds: (performance.now() - began) / 1000,
      threads: pool.threads,
      secondsPerStep: (seconds * runs.seeds) / settings.candidates.length,
      candidates,
      refined,
      rungs,
      factor,
    });
  }
  state.record({ kind: 'plan', rungs: planned });
  return planned;
}
