import { halvingRungs, type Rung } from '@einlab/structured-layers';
import { inputError } from '../command-error.ts';

/** Fewer steps of a run say nothing about its structure. */
export const leastSteps = 20;

/** Part of the budget that is kept for starting, scoring and writing, of which nothing is timed. */
const reserve = 0.15;

/** What a search of one candidate per rung costs, before the steps are known. */
export interface SearchLoad {
  readonly budgetSeconds: number;
  /** Already gone: loading, timing. */
  readonly spentSeconds: number;
  readonly threads: number;
  /** Seconds of one step of all runs of a candidate (widths and seeds), averaged over the candidates. */
  readonly secondsPerStep: number;
  /** Without the baseline. */
  readonly candidates: number;
  /** That join in the first rung. */
  readonly refined: number;
  readonly rungs: number;
  readonly factor: number;
}

/**
 * The rungs that fit into a time budget: as many as asked for, or fewer where the first would be too short to say anything.
 *
 * @throws {CommandError} status 2, when the budget fits no run
 */
export function rungsWithin(load: SearchLoad): readonly Rung[] {
  const { budgetSeconds, spentSeconds, threads, secondsPerStep, candidates, refined, factor } = load;
  const left = Math.max(0, budgetSeconds * (1 - reserve) - spentSeconds) * threads;
  for (let rungs = load.rungs; rungs >= 1; rungs--) {
    // steps of every candidate of every rung, the baseline with them, if the last rung had one step
    const shape = halvingRungs(candidates, factor ** (rungs - 1), { rungs, factor });
    const unit = shape.reduce(
      (total, rung, i) =>
        total + (rung.steps / factor ** (rungs - 1)) * (rung.candidates + 1 + (i === 0 ? refined : 0)),
      0,
    );
    const steps = Math.floor(left / (secondsPerStep * unit));
    if (steps / factor ** (rungs - 1) >= leastSteps)
      return halvingRungs(candidates, steps >= 100 ? 10 * Math.floor(steps / 10) : steps, { rungs, factor });
  }
  const all = secondsPerStep * (candidates + 1 + refined) * leastSteps;
  const needed = Math.ceil((all / threads + spentSeconds) / (1 - reserve));
  throw inputError(
    `einlab search: --budget of ${budgetSeconds} s fits no run: ${leastSteps} steps of every candidate take about ${needed} s on ${threads} ${threads === 1 ? 'thread' : 'threads'}; expected a larger budget, fewer --candidates, or smaller --widths`,
  );
}
