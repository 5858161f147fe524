import type { Candidate, Prepared } from '../peers/peer.ts';
import type { CheckReport } from './check.ts';
import { callsPerSample, type MeasureOptions, measureInTurns, sample, type TurnOptions, warmUp } from './measure.ts';
import { summarize } from './statistics.ts';

/** Samples that decide between the forms of one engine, fewer where each takes long. */
const trialSamples = 8;
const leastTrialSamples = 2;
const trialMilliseconds = 200;

/** Forms of one engine that are measured in full: two, since a short trial may take the second for the first. */
const finalistsPerEngine = 2;

/** An engine with the ways it has to do a work. */
export interface Contestant {
  readonly name: string;
  readonly candidates: readonly Candidate[];
  /** Compares what a form gives with what is right, where this one does another work than the rest. */
  readonly check?: Check;
}

/** Compares what a form gives with what is right. */
export type Check = (got: ArrayLike<number>) => CheckReport;

/** A form that was tried for a work, and what came of it. */
export interface TimedTrial {
  readonly form: string;
  /** Its shortest sample in the trial, where it ran; an engine's only form needs no trial. */
  readonly milliseconds?: number;
  /** Why it was dropped, where it was. */
  readonly failure?: string;
}

/** An engine at a work, measured: milliseconds for doing the work once. */
export interface TimedFigure {
  readonly status: 'measured';
  /** The form that counts: the fastest of those tried. */
  readonly form: string;
  readonly best: number;
  readonly median: number;
  readonly samples: number;
  /** The largest |got − expected| in units of the check's scale. */
  readonly relativeError: number;
  readonly tried: readonly TimedTrial[];
}

/** An engine that is not there, or could not do a work. */
export interface TimedAbsence {
  readonly status: 'missing' | 'failed';
  readonly reason: string;
  readonly tried?: readonly TimedTrial[];
}

/** What is known about an engine at a work. */
export type Timing = TimedFigure | TimedAbsence;

/** The first line of what went wrong. */
export function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? '';
}

interface Entry {
  readonly form: string;
  readonly prepared: Prepared;
  readonly relativeError: number;
  /** Its shortest sample in the trial; 0 without one. */
  readonly milliseconds: number;
}

async function shortestSample(prepared: Prepared, options: MeasureOptions): Promise<number> {
  const calls = callsPerSample(await warmUp(prepared, options), options.sampleMilliseconds);
  let shortest = Number.POSITIVE_INFINITY;
  const start = options.clock();
  for (let i = 0; i < trialSamples; i++) {
    if (i >= leastTrialSamples && options.clock() - start > trialMilliseconds) break;
    shortest = Math.min(shortest, await sample(prepared, calls, options.clock));
  }
  return shortest;
}

async function tryCandidate(
  { form, prepare }: Candidate,
  check: Check,
  trial: (prepared: Prepared) => Promise<number>,
): Promise<Entry> {
  const prepared = await prepare();
  try {
    const report = check(await prepared.read());
    if (!report.isRight) throw new Error(`wrong result: ${report.explanation}`);
    return { form, prepared, relativeError: report.error, milliseconds: await trial(prepared) };
  } catch (error) {
    prepared.dispose();
    throw error;
  }
}

/** The fastest forms that give the right result, ready to run, the fastest first; the others are disposed of. */
async function fastestForms(
  { candidates }: Contestant,
  check: Check,
  options: MeasureOptions,
): Promise<{ finalists: readonly Entry[]; tried: readonly TimedTrial[] }> {
  const tried: TimedTrial[] = [];
  const entries: Entry[] = [];
  const isOnly = candidates.length === 1;
  const trial = async (prepared: Prepared): Promise<number> => (isOnly ? 0 : shortestSample(prepared, options));
  for (const candidate of candidates) {
    try {
      const entry = await tryCandidate(candidate, check, trial);
      tried.push({ form: candidate.form, ...(isOnly ? {} : { milliseconds: entry.milliseconds }) });
      entries.push(entry);
      entries.sort((one, other) => one.milliseconds - other.milliseconds);
      for (const loser of entries.splice(finalistsPerEngine)) loser.prepared.dispose();
    } catch (error) {
      tried.push({ form: candidate.form, failure: reasonOf(error) });
    }
  }
  return { finalists: entries, tried };
}

/**
 * Engines at one work: each in the two forms that suit it best, of which the better counts, each result checked before
 * the clock runs, then all of them in turns.
 *
 * @param check - for all who bring none of their own
 * @returns what came of it for each engine, by name
 */
export async function contest(
  contestants: readonly Contestant[],
  check: Check,
  options: TurnOptions,
): Promise<Record<string, Timing>> {
  const entered: { name: string; entry: Entry; tried: readonly TimedTrial[] }[] = [];
  const timings: Record<string, Timing> = {};
  try {
    for (const contestant of contestants) {
      const { name } = contestant;
      const { finalists, tried } = await fastestForms(contestant, contestant.check ?? check, options);
      entered.push(...finalists.map((entry) => ({ name, entry, tried })));
      const reason = tried.map(({ form, failure }) => `${form}: ${failure}`).join('; ');
      if (finalists.length === 0) timings[name] = { status: 'failed', reason, tried };
    }
    const samples = await measureInTurns(
      entered.map(({ entry }) => entry.prepared),
      options,
    );
    entered.forEach(({ name, entry: { form, relativeError }, tried }, i) => {
      const figure = { status: 'measured', form, ...summarize(samples[i] ?? []), relativeError, tried } as const;
      const rival = timings[name];
      if (rival?.status !== 'measured' || figure.best < rival.best) timings[name] = figure;
    });
  } finally {
    for (const { entry } of entered) entry.prepared.dispose();
  }
  return timings;
}
