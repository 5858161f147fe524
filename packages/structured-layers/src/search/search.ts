import { EinlabError } from '@einlab/einsum-core';
import type { SearchCandidate } from './candidates.ts';
import { gapsToBaseline } from './gaps.ts';
import { type SearchResult, type SearchRun, searchRunKey } from './search-run.ts';

/** One stage of successive halving: how long its runs are, and how many candidates take part. */
export interface Rung {
  readonly steps: number;
  readonly candidates: number;
}

/** Options of `search`. */
export interface SearchOptions {
  /** The baseline first: it takes part in every rung. */
  readonly candidates: readonly SearchCandidate[];
  readonly rungs: readonly Rung[];
  /** The widths at which a candidate is trained, such as those that cost the same. */
  readonly widths: (candidate: SearchCandidate) => readonly number[];
  readonly seeds: readonly number[];
  /**
   * Trains runs, in any order and as many at a time as it likes, and reports each. Runs that are known already are not asked for again.
   * @returns false when it was stopped before the end
   */
  readonly train: (runs: readonly SearchRun[], onResult: (result: SearchResult) => void) => Promise<boolean>;
  /** Results of an earlier, interrupted search. */
  readonly known?: readonly SearchResult[];
  /** Candidates that join after the first rung has shown which are good: they catch up with the first rung and then compete. */
  readonly propose?: (best: readonly SearchCandidate[]) => readonly SearchCandidate[];
}

/** A candidate at the end of a search. */
export interface RankedCandidate {
  readonly candidate: SearchCandidate;
  /** The last rung that it took part in, from 0. */
  readonly rung: number;
  /** Mean over widths and seeds of log(loss / the baseline's loss at equal compute) there: below 0 is better than the baseline. */
  readonly gap: number;
}

/** What a search found. */
export interface SearchOutcome {
  /** Best first: those that came farther, then those with the smaller gap. */
  readonly ranking: readonly RankedCandidate[];
  readonly results: readonly SearchResult[];
  /** False when it was stopped; the ranking is that of what is there. */
  readonly isComplete: boolean;
}

/**
 * Successive halving over structures: every candidate is trained briefly at several widths, the better part of them for longer, and so on.
 * Candidates are compared by their loss against that of the baseline at equal compute.
 *
 * Nothing in here waits or stores: `train` does, and given the same results the search takes the same course, so that one that was
 * interrupted goes on from the results that it has.
 *
 * @throws {EinlabError} `option` for a search without a baseline, without rungs, or with two candidates of one name
 * @see Jamieson, Talwalkar 2016, "Non-stochastic best arm identification", for successive halving
 */
export async function search(options: SearchOptions): Promise<SearchOutcome> {
  const { rungs, seeds, widths, train, propose } = options;
  assertOptions(options);
  const results = new Map((options.known ?? []).map((result) => [searchRunKey(result), result]));
  const [baseline, ...others] = options.candidates as [SearchCandidate, ...SearchCandidate[]];
  const standing = new Map<string, RankedCandidate>();
  const runsOf = (candidate: SearchCandidate, steps: number): SearchRun[] =>
    widths(candidate).flatMap((width) => seeds.map((seed) => ({ candidate: candidate.name, width, seed, steps })));

  const compete = async (contestants: readonly SearchCandidate[], rung: number): Promise<boolean> => {
    const steps = rungs[rung]?.steps ?? 0;
    const wanted = [baseline, ...contestants].flatMap((candidate) => runsOf(candidate, steps));
    const missing = wanted.filter((run) => !results.has(searchRunKey(run)));
    const done = missing.length === 0 || (await train(missing, (result) => results.set(searchRunKey(result), result)));
    // where a later rung ends early, whoever has not all of its runs keeps the standing of the one before, in which all are comparable
    const hasAll = (candidate: SearchCandidate): boolean =>
      runsOf(candidate, steps).every((run) => results.has(searchRunKey(run)));
    const compared = rung === 0 ? contestants : hasAll(baseline) ? contestants.filter(hasAll) : [];
    if (rung === 0 || compared.length > 0) {
      const ofRung = [baseline, ...compared].flatMap((candidate) => runsOf(candidate, steps));
      const gaps = gapsToBaseline(
        baseline.name,
        ofRung.flatMap((run) => results.get(searchRunKey(run)) ?? []),
      );
      for (const candidate of [baseline, ...compared]) {
        const gap = candidate === baseline ? 0 : gaps.get(candidate.name);
        if (gap !== undefined) standing.set(candidate.name, { candidate, rung, gap });
      }
    }
    return done && wanted.every((run) => results.has(searchRunKey(run)));
  };
  const best = (contestants: readonly SearchCandidate[], count: number): readonly SearchCandidate[] =>
    [...contestants]
      .sort((a, b) => (standing.get(a.name)?.gap ?? Infinity) - (standing.get(b.name)?.gap ?? Infinity))
      .slice(0, count);

  let contestants: readonly SearchCandidate[] = others;
  let isComplete = true;
  for (let rung = 0; rung < rungs.length && isComplete; rung++) {
    isComplete = await compete(contestants, rung);
    if (!isComplete) break;
    if (rung === 0 && propose !== undefined) {
      const added = propose(best(contestants, 3)).filter(
        ({ name }) => name !== baseline.name && !contestants.some((known) => known.name === name),
      );
      contestants = [...contestants, ...added];
      isComplete = await compete(contestants, rung);
      if (!isComplete) break;
    }
    contestants = best(contestants, (rungs[rung + 1]?.candidates ?? 0) || contestants.length);
  }
  const ranking = [...standing.values()].sort((a, b) => b.rung - a.rung || a.gap - b.gap);
  return { ranking, results: [...results.values()], isComplete };
}

function assertOptions({ candidates, rungs, seeds }: SearchOptions): void {
  const refuse = (message: string): never => {
    throw new EinlabError('option', `search: ${message}`);
  };
  if (candidates.length < 2) refuse(`${candidates.length} candidates; expected a baseline and at least one other`);
  if (rungs.length === 0) refuse('no rungs; expected at least one');
  if (seeds.length === 0) refuse('no seeds; expected at least one');
  const bad = rungs.find(({ steps }) => !Number.isInteger(steps) || steps < 1);
  if (bad !== undefined) refuse(`a rung has ${bad.steps} steps; expected a whole number ≥ 1`);
  const names = candidates.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) refuse(`two candidates are called ${twice}; expected different names`);
}

/**
 * Rungs in which the number of candidates falls by a factor and the steps rise by it.
 *
 * @param candidates - how many start, without the baseline
 * @param steps - of the last rung
 */
export function halvingRungs(
  candidates: number,
  steps: number,
  { rungs = 3, factor = 3 }: { readonly rungs?: number; readonly factor?: number } = {},
): readonly Rung[] {
  return Array.from({ length: rungs }, (_, rung) => ({
    steps: Math.max(1, Math.round(steps / factor ** (rungs - 1 - rung))),
    candidates: Math.max(1, Math.ceil(candidates / factor ** rung)),
  }));
}
