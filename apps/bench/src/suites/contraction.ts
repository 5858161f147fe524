import { ArgumentError, type Arguments } from '../arguments.ts';
import { contest, type Timing } from '../harness/contest.ts';
import { contestants, exactCheck } from '../harness/contraction-contest.ts';
import { machine } from '../harness/machine.ts';
import type { TurnOptions } from '../harness/measure.ts';
import { type EngineNote, type Outcome, type Report, type Row, ratioToFastest } from '../harness/report.ts';
import { gigaflops } from '../harness/statistics.ts';
import { einlab } from '../peers/einlab.ts';
import { jaxJs } from '../peers/jax-js.ts';
import { openAll } from '../peers/open-all.ts';
import { ortWeb } from '../peers/ort-web.ts';
import type { Peer, PeerSource } from '../peers/peer.ts';
import { tfjs } from '../peers/tfjs.ts';
import { operandsOf } from '../work/operands.ts';
import { flopsOf, type Work } from '../work/work.ts';
import { contractionWorks } from './contraction-works.ts';

/** What a suite needs besides its arguments. */
export interface SuiteContext {
  /** Called with a line about what is being measured. */
  readonly progress: (line: string) => void;
  /** The engines: ours first. */
  readonly sources?: readonly PeerSource[];
  readonly works?: readonly Work[];
}

// Samples are short, so that on a machine that others use some of them are undisturbed.
const thorough = { passes: 5, warmUpMilliseconds: 200, sampleMilliseconds: 4 };
const quick = { passes: 2, warmUpMilliseconds: 60, sampleMilliseconds: 4 };

/** Samples are spread evenly over the passes; the last pass may take a few more than asked for. */
function turnOptions({ quick: isQuick, repeat }: Arguments): TurnOptions {
  const { passes, ...rest } = isQuick ? quick : thorough;
  const samples = repeat ?? (isQuick ? 6 : 20);
  const taken = Math.min(passes, samples);
  return { ...rest, clock: () => performance.now(), passes: taken, samplesPerPass: Math.ceil(samples / taken) };
}

function methodText(options: TurnOptions): string {
  const { passes, samplesPerPass, sampleMilliseconds } = options;
  return [
    'One thread for each engine, f32, all in one process. Every result is checked against plain loops in f64 before it is timed.',
    'Of the ways an engine has to do a work, the two that are fastest in a trial are measured, and the better counts.',
    `After warm-up the engines take turns: ${passes} passes of ${samplesPerPass} samples, each at least ${sampleMilliseconds} ms of calls without a pause.`,
  ].join(' ');
}

/** Times as paces. */
function outcomeOf(timing: Timing, flops: number): Outcome {
  const tried = timing.tried?.map(({ milliseconds, ...trial }) =>
    milliseconds === undefined ? trial : { ...trial, gflops: gigaflops(flops, milliseconds) },
  );
  if (timing.status !== 'measured') return tried === undefined ? timing : { ...timing, tried };
  const { best, median, ...rest } = timing;
  return {
    ...rest,
    bestGflops: gigaflops(flops, best),
    medianGflops: gigaflops(flops, median),
    tried: tried ?? [],
  };
}

/** All engines at one work. */
async function measured(peers: readonly Peer[], work: Work, turns: TurnOptions): Promise<Record<string, Outcome>> {
  const operands = operandsOf(work);
  const timings = await contest(contestants(peers, work, operands), exactCheck(work, operands), turns);
  return Object.fromEntries(Object.entries(timings).map(([name, timing]) => [name, outcomeOf(timing, flopsOf(work))]));
}

function rowOf(work: Work, notes: readonly EngineNote[], outcomes: Readonly<Record<string, Outcome>>): Row {
  const outcomeOf = ({ name, reason }: EngineNote): Outcome =>
    outcomes[name] ?? { status: 'missing', reason: reason ?? 'not measured' };
  const [first, ...others] = notes;
  const ours: Outcome = first === undefined ? { status: 'missing', reason: 'no engine given' } : outcomeOf(first);
  const peers = Object.fromEntries(others.map((note) => [note.name, outcomeOf(note)]));
  const ratio = ratioToFastest(ours, peers, 'bestGflops');
  const medianRatio = ratioToFastest(ours, peers, 'medianGflops');
  return {
    work: work.name,
    pattern: work.pattern,
    sizes: work.sizes,
    flops: flopsOf(work),
    ours,
    peers,
    ...(ratio === undefined ? {} : { ratio }),
    ...(medianRatio === undefined ? {} : { medianRatio }),
  };
}

/**
 * Contractions on this engine and on its peers, in one run.
 *
 * @throws {ArgumentError} when the filter leaves no work.
 */
export async function contractionSuite(options: Arguments, context: SuiteContext): Promise<Report> {
  const { filter = '', only } = options;
  if (only !== undefined)
    throw new ArgumentError('bench: --only names a group of the suite engine; here, use --filter');
  const all = context.works ?? contractionWorks;
  const works = all.filter(({ name }) => name.includes(filter));
  if (works.length === 0) {
    throw new ArgumentError(
      `bench: --filter "${filter}" leaves no work; the works are\n  ${all.map(({ name }) => name).join('\n  ')}`,
    );
  }
  const turns = turnOptions(options);
  const before = machine();
  const { peers, notes } = await openAll(context.sources ?? [einlab(), tfjs(), ortWeb(), jaxJs()]);
  const rows: Row[] = [];
  try {
    for (const work of works) {
      context.progress(`${rows.length + 1}/${works.length} ${work.name}`);
      rows.push(rowOf(work, notes, await measured(peers, work, turns)));
    }
  } finally {
    for (const peer of peers) await peer.close();
  }
  return {
    suite: 'contraction',
    machine: before,
    date: new Date().toISOString(),
    method: methodText(turns),
    engines: notes,
    rows,
  };
}
