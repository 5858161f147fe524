import { aligned } from './aligned.ts';
import type { Machine } from './machine.ts';

/** A form that was tried for a work, and what came of it. */
export interface Trial {
  readonly form: string;
  /** Its best pace in the trial, in GF/s, where it ran. */
  readonly gflops?: number;
  /** Why it was dropped, where it was. */
  readonly failure?: string;
}

/** An engine at a work, measured. */
export interface Figure {
  readonly status: 'measured';
  /** The form that counts: the fastest of those tried. */
  readonly form: string;
  readonly bestGflops: number;
  readonly medianGflops: number;
  readonly samples: number;
  /** The largest |got − expected| / Σ|products|. */
  readonly relativeError: number;
  readonly tried: readonly Trial[];
}

/** An engine that is not there, or could not do a work. */
export interface Absence {
  readonly status: 'missing' | 'failed';
  readonly reason: string;
  readonly tried?: readonly Trial[];
}

/** What is known about an engine at a work. */
export type Outcome = Figure | Absence;

/** One work, all engines. */
export interface Row {
  readonly work: string;
  readonly pattern: string;
  readonly sizes: Readonly<Record<string, number>>;
  readonly flops: number;
  readonly ours: Outcome;
  readonly peers: Readonly<Record<string, Outcome>>;
  /** Ours divided by the fastest peer, best against best; absent where either is missing. */
  readonly ratio?: number;
  /** The same, median against median. */
  readonly medianRatio?: number;
}

/** An engine that took part, or should have. */
export interface EngineNote {
  readonly name: string;
  readonly status: 'open' | 'missing';
  readonly version?: string;
  /** What lies between the two readings of the clock. */
  readonly timed?: string;
  readonly reason?: string;
}

/** A run of the benchmarks: what `--json` prints. */
export interface Report {
  readonly suite: string;
  readonly machine: Machine;
  readonly date: string;
  readonly method: string;
  readonly engines: readonly EngineNote[];
  readonly rows: readonly Row[];
}

/** Ours divided by the fastest of the peers that were measured. */
export function ratioToFastest(
  ours: Outcome,
  peers: Readonly<Record<string, Outcome>>,
  figure: 'bestGflops' | 'medianGflops',
): number | undefined {
  if (ours.status !== 'measured') return undefined;
  const paces = Object.values(peers).flatMap((peer) => (peer.status === 'measured' ? [peer[figure]] : []));
  return paces.length === 0 ? undefined : ours[figure] / Math.max(...paces);
}

function cell(outcome: Outcome): string {
  if (outcome.status !== 'measured') return outcome.status;
  return `${outcome.bestGflops.toFixed(1)} (${outcome.medianGflops.toFixed(1)})`;
}

function formCell(outcome: Outcome): string {
  return outcome.status === 'measured' ? outcome.form : '';
}

/** The report as text: figures, the forms they belong to, and what was timed. */
export function reportText(report: Report): string {
  const [ours, ...peers] = report.engines;
  const names = peers.map(({ name }) => name);
  const outcomes = (row: Row): Outcome[] => [
    row.ours,
    ...names.map((name): Outcome => row.peers[name] ?? { status: 'missing', reason: 'not measured' }),
  ];
  const ratio = (value: number | undefined): string => (value === undefined ? '' : `${value.toFixed(2)}×`);
  const figures = aligned([
    ['GF/s, best (median)', ours?.name ?? '', ...names, 'ours ÷ fastest peer'],
    ...report.rows.map((row) => [row.work, ...outcomes(row).map(cell), ratio(row.ratio)]),
  ]);
  const forms = aligned([
    ['form that counts', ours?.name ?? '', ...names],
    ...report.rows.map((row) => [row.work, ...outcomes(row).map(formCell)]),
  ]);
  const failures = report.rows.flatMap((row) =>
    [[ours?.name ?? 'ours', row.ours] as const, ...Object.entries(row.peers)].flatMap(([name, outcome]) =>
      outcome.status === 'failed' ? [`${name} failed at ${row.work}: ${outcome.reason}`] : [],
    ),
  );
  const notes = report.engines.map(({ name, version, timed, reason }) =>
    reason === undefined ? `${name}, ${version}: ${timed}` : `${name} is missing: ${reason}`,
  );
  const { cpu, cores, node, load } = report.machine;
  const where = `${cpu}, ${cores} cores, Node ${node}, load ${load.toFixed(1)}, ${report.date}`;
  return [where, report.method, figures, forms, [...notes, ...failures].join('\n')].join('\n\n');
}
