import type { Form, Peer, Prepared } from '../peers/peer.ts';
import type { Exact } from '../work/exact.ts';
import { flopsOf, termsOf, type Work } from '../work/work.ts';
import { checkResult } from './check.ts';
import { callsPerSample, type MeasureOptions, measureInTurns, sample, type TurnOptions, warmUp } from './measure.ts';
import type { Figure, Outcome, Trial } from './report.ts';
import { gigaflops, summarize } from './statistics.ts';

/** Samples that decide between the forms of one engine, fewer where each takes long. */
const trialSamples = 8;
const leastTrialSamples = 2;
const trialMilliseconds = 200;

/** Forms of one engine that are measured in full: two, since a short trial may take the second for the first. */
const finalistsPerEngine = 2;

/** The first line of what went wrong. */
export function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? '';
}

interface Entry {
  readonly form: string;
  readonly prepared: Prepared;
  readonly relativeError: number;
  readonly gflops: number;
}

async function tryForm(
  form: Form,
  work: Work,
  operands: readonly Float32Array[],
  exact: Exact,
  options: MeasureOptions,
): Promise<Entry> {
  const prepared = await form.prepare(work, operands);
  try {
    const report = checkResult(await prepared.read(), exact, termsOf(work));
    if (!report.isRight) throw new Error(`wrong result: ${report.explanation}`);
    const calls = callsPerSample(await warmUp(prepared, options), options.sampleMilliseconds);
    let shortest = Number.POSITIVE_INFINITY;
    const start = options.clock();
    for (let i = 0; i < trialSamples; i++) {
      if (i >= leastTrialSamples && options.clock() - start > trialMilliseconds) break;
      shortest = Math.min(shortest, await sample(prepared, calls, options.clock));
    }
    return { form: form.name, prepared, relativeError: report.error, gflops: gigaflops(flopsOf(work), shortest) };
  } catch (error) {
    prepared.dispose();
    throw error;
  }
}

/** The fastest forms that give the right result, ready to run, the fastest first; the others are disposed of. */
async function fastestForms(
  peer: Peer,
  work: Work,
  operands: readonly Float32Array[],
  exact: Exact,
  options: MeasureOptions,
): Promise<{ finalists: readonly Entry[]; tried: readonly Trial[] }> {
  const tried: Trial[] = [];
  const entries: Entry[] = [];
  for (const form of peer.forms(work)) {
    try {
      const entry = await tryForm(form, work, operands, exact, options);
      tried.push({ form: form.name, gflops: entry.gflops });
      entries.push(entry);
      entries.sort((one, other) => other.gflops - one.gflops);
      for (const loser of entries.splice(finalistsPerEngine)) loser.prepared.dispose();
    } catch (error) {
      tried.push({ form: form.name, failure: reasonOf(error) });
    }
  }
  return { finalists: entries, tried };
}

function figureOf(work: Work, entry: Entry, tried: readonly Trial[], milliseconds: readonly number[]): Figure {
  const { best, median, samples } = summarize(milliseconds);
  return {
    status: 'measured',
    form: entry.form,
    bestGflops: gigaflops(flopsOf(work), best),
    medianGflops: gigaflops(flopsOf(work), median),
    samples,
    relativeError: entry.relativeError,
    tried,
  };
}

/**
 * Engines at one work: each in the two forms that suit it best, of which the better counts, each result checked before the clock runs, then all of them
 * in turns.
 *
 * @returns what came of it for each engine, by name
 */
export async function contest(
  peers: readonly Peer[],
  work: Work,
  operands: readonly Float32Array[],
  exact: Exact,
  options: TurnOptions,
): Promise<Record<string, Outcome>> {
  const contestants: { name: string; entry: Entry; tried: readonly Trial[] }[] = [];
  const outcomes: Record<string, Outcome> = {};
  try {
    for (const peer of peers) {
      const { name } = peer;
      const { finalists, tried } = await fastestForms(peer, work, operands, exact, options);
      contestants.push(...finalists.map((entry) => ({ name, entry, tried })));
      const reason = tried.map(({ form, failure }) => `${form}: ${failure}`).join('; ');
      if (finalists.length === 0) outcomes[name] = { status: 'failed', reason, tried };
    }
    const samples = await measureInTurns(
      contestants.map(({ entry }) => entry.prepared),
      options,
    );
    contestants.forEach(({ name, entry, tried }, i) => {
      const figure = figureOf(work, entry, tried, samples[i] ?? []);
      const rival = outcomes[name];
      if (rival?.status !== 'measured' || figure.bestGflops > rival.bestGflops) outcomes[name] = figure;
    });
  } finally {
    for (const { entry } of contestants) entry.prepared.dispose();
  }
  return outcomes;
}
