import { ArgumentError, type Arguments } from '../../arguments.ts';
import { reasonOf } from '../../harness/contest.ts';
import { countVerdicts, type EngineReport, type EngineRow, judgedRow } from '../../harness/engine-report.ts';
import { machine } from '../../harness/machine.ts';
import type { TurnOptions } from '../../harness/measure.ts';
import { einlab } from '../../peers/einlab.ts';
import { jaxJs } from '../../peers/jax-js.ts';
import { openAll } from '../../peers/open-all.ts';
import { ortNode } from '../../peers/ort-node.ts';
import { ortWeb } from '../../peers/ort-web.ts';
import type { PeerSource } from '../../peers/peer.ts';
import { tfjs } from '../../peers/tfjs.ts';
import { torch } from '../../peers/torch.ts';
import { engineNames, type Lab, type RowPlan } from './lab.ts';
import { engineRows } from './rows.ts';

/** What the suite needs besides its arguments. */
export interface EngineContext {
  /** Called with a line about what is being measured. */
  readonly progress: (line: string) => void;
  readonly sources?: readonly PeerSource[];
  readonly rows?: readonly RowPlan[];
  /** How samples are taken, where not as usual. */
  readonly turnsOf?: typeof turnOptions;
  /** Names of this engine, whose failures make a run incomplete. */
  readonly own?: readonly string[];
}

const clock = (): number => performance.now();

/** A native engine's threads look for work for a while after each call; in this time they would slow down the next engine. */
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 10));

function turnOptions({ quick, repeat }: Arguments): Pick<Lab, 'turns' | 'heavyTurns'> {
  const samples = repeat ?? (quick ? 6 : 12);
  const passes = Math.min(quick ? 2 : 4, samples);
  const samplesPerPass = Math.ceil(samples / passes);
  const turns: TurnOptions = {
    clock,
    settle,
    passes,
    samplesPerPass,
    warmUpMilliseconds: quick ? 30 : 120,
    warmUpCalls: quick ? 1 : 3,
    sampleMilliseconds: 4,
  };
  const heavyTurns: TurnOptions = {
    ...turns,
    passes: quick ? 1 : 3,
    samplesPerPass: 1,
    warmUpMilliseconds: 0,
    warmUpCalls: 1,
    untimedCall: false,
    sampleMilliseconds: 0,
  };
  return { turns, heavyTurns };
}

const method = [
  'All engines in one run, f32; native ones (PyTorch in a process of its own) are ceilings and no peers.',
  'Every result is checked before it is timed: contractions against plain loops in f64, the rest against the reference device.',
  'Of the ways an engine has to do a work, the two that are fastest in a trial are measured, and the better counts.',
  'After warm-up the engines take turns. Ratios are of the best samples.',
].join(' ');

function chosenRows({ only, filter = '' }: Arguments, all: readonly RowPlan[]): readonly RowPlan[] {
  const groups = [...new Set(all.map(({ group }) => group))];
  if (only !== undefined && !groups.includes(only)) {
    throw new ArgumentError(`bench: --only "${only}" is no group; expected one of: ${groups.join(', ')}`);
  }
  const rows = all.filter(({ group, name }) => (only === undefined || group === only) && name.includes(filter));
  if (rows.length > 0) return rows;
  const names = all.map(({ group, name }) => `${group}: ${name}`);
  throw new ArgumentError(`bench: --filter "${filter}" leaves no row; the rows are\n  ${names.join('\n  ')}`);
}

/** A row that could not be measured is one with a reason, and the others go on. */
async function measured({ group, name, measure }: RowPlan, lab: Lab): Promise<EngineRow> {
  try {
    return judgedRow({ group, name, ...(await measure(lab)) });
  } catch (error) {
    return judgedRow({ group, name, engines: {}, criteria: [], notes: [], failure: reasonOf(error) });
  }
}

/** Whether this engine did what the row asked of it, on each device that opened. */
const isComplete = ({ engines, failure }: EngineRow, own: readonly string[]): boolean =>
  failure === undefined && own.every((name) => engines[name]?.status !== 'failed');

const allSources = (): readonly PeerSource[] => [
  einlab(),
  einlab('wasm', 2),
  tfjs(),
  ortWeb(),
  jaxJs(),
  ortNode(1),
  ortNode(2),
  torch(1),
  torch(2),
];

/**
 * Every row of the table of speed: this engine beside its peers, and what was asked of it.
 *
 * @throws {ArgumentError} when `only` names no group, or the filter leaves no row.
 */
export async function engineSuite(options: Arguments, context: EngineContext): Promise<EngineReport> {
  const plans = chosenRows(options, context.rows ?? engineRows);
  const before = machine();
  const { peers, notes } = await openAll(context.sources ?? allSources());
  const lab: Lab = { peers, notes, isQuick: options.quick, ...(context.turnsOf ?? turnOptions)(options) };
  const rows: EngineRow[] = [];
  try {
    for (const plan of plans) {
      const start = clock();
      const row = await measured(plan, lab);
      rows.push(row);
      const seconds = ((clock() - start) / 1000).toFixed(1);
      context.progress(`${rows.length}/${plans.length} ${row.group}: ${row.name}: ${row.verdict} (${seconds} s)`);
    }
  } finally {
    for (const peer of peers) await peer.close();
  }
  return {
    suite: 'engine',
    machine: before,
    date: new Date().toISOString(),
    method,
    engines: notes,
    rows,
    isComplete: rows.every((row) => isComplete(row, context.own ?? [engineNames.ours, engineNames.oursTwo])),
    verdicts: countVerdicts(rows),
  };
}
