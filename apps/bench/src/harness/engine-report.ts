import { type AdapterNote, adapterText } from './adapter.ts';
import type { TunedChoices } from '@einlab/einsum-core';
import { aligned } from './aligned.ts';
import type { TimedFigure, Timing } from './contest.ts';
import { criterionText, type Judged, type Verdict, verdictOf } from './criteria.ts';
import type { Machine } from './machine.ts';
import type { EngineNote } from './report.ts';

/** What one work amounts to, so that a time becomes a pace: 10⁹ operations or bytes per second. */
export interface Pace {
  readonly amount: number;
  readonly unit: 'GF/s' | 'GB/s';
}

/** One row of the table of speed. */
export interface EngineRow {
  readonly group: string;
  readonly name: string;
  /** By engine; empty where the row measures something that only this engine has. */
  readonly engines: Readonly<Record<string, Timing>>;
  readonly pace?: Pace;
  readonly criteria: readonly Judged[];
  readonly verdict: Verdict;
  /** Why the row could not be measured, where it could not. */
  readonly failure?: string;
  /** Anything a reader should know about the figures. */
  readonly notes: readonly string[];
}

/** A run of the suite: what `--json` prints. */
export interface EngineReport {
  readonly suite: 'engine' | 'webgpu';
  readonly machine: Machine;
  /** What all engines computed on, where that is a graphics card or what imitates one. */
  readonly adapter?: AdapterNote;
  /** Of this repository, where the run was to be recorded. */
  readonly commit?: string;
  /** What this engine measured to be the fastest on its device. */
  readonly choices?: TunedChoices;
  readonly date: string;
  readonly method: string;
  readonly engines: readonly EngineNote[];
  readonly rows: readonly EngineRow[];
  /** False where this engine gave a wrong result, or a row could not be measured for want of one. */
  readonly isComplete: boolean;
  /** Rows by verdict. */
  readonly verdicts: Readonly<Record<Verdict, number>>;
}

/** How many rows have each verdict. */
export function countVerdicts(rows: readonly EngineRow[]): Record<Verdict, number> {
  const counts = { 'aim reached': 0, 'must reached': 0, short: 0, 'not measured': 0 };
  for (const { verdict } of rows) counts[verdict]++;
  return counts;
}

/** A row with its verdict. */
export function judgedRow(row: Omit<EngineRow, 'verdict'>): EngineRow {
  return { ...row, verdict: verdictOf(row.criteria) };
}

function timeText(milliseconds: number): string {
  if (milliseconds >= 100) return `${milliseconds.toFixed(0)} ms`;
  return milliseconds >= 1 ? `${milliseconds.toFixed(2)} ms` : `${(1000 * milliseconds).toFixed(1)} µs`;
}

function figureText({ best, median }: TimedFigure, pace: Pace | undefined): string {
  if (pace === undefined) return `${timeText(best)} (${timeText(median)})`;
  const paceOf = (milliseconds: number): string => (pace.amount / milliseconds / 1e6).toFixed(1);
  return `${paceOf(best)} (${paceOf(median)})`;
}

function cell(timing: Timing | undefined, pace: Pace | undefined): string {
  if (timing === undefined) return '';
  return timing.status === 'measured' ? figureText(timing, pace) : timing.status;
}

function figuresOf(group: string, rows: readonly EngineRow[]): string {
  const names = [...new Set(rows.flatMap(({ engines }) => Object.keys(engines)))];
  if (names.length === 0) return '';
  return aligned([
    [`${group}: best (median)`, '', ...names],
    ...rows
      .filter(({ engines }) => Object.keys(engines).length > 0)
      .map(({ name, pace, engines }) => [
        name,
        pace?.unit ?? '',
        ...names.map((engine) => cell(engines[engine], pace)),
      ]),
  ]);
}

function criteriaOf(rows: readonly EngineRow[]): string {
  const lines = rows.flatMap(({ name, criteria, verdict }) =>
    criteria.map((criterion, i) => [
      i === 0 ? name : '',
      criterion.quantity,
      criterionText(criterion),
      criterion.measured === undefined ? '–' : criterion.measured.toPrecision(3),
      criterion.isMet === undefined ? '' : criterion.isMet ? 'met' : 'missed',
      i === 0 ? verdict : '',
    ]),
  );
  return aligned([['row', 'quantity', 'wanted', 'measured', '', 'verdict'], ...lines]);
}

function remarksOf({ name, engines, notes, failure }: EngineRow): string[] {
  const failures = Object.entries(engines).flatMap(([engine, timing]) =>
    timing.status === 'failed' ? [`${engine} failed: ${timing.reason}`] : [],
  );
  return [...notes, ...(failure === undefined ? [] : [failure]), ...failures].map((remark) => `${name}: ${remark}`);
}

/** The report as text: figures by group, what was wanted and what was measured, and what was timed. */
export function engineReportText(report: EngineReport): string {
  const groups = [...new Set(report.rows.map(({ group }) => group))];
  const tables = groups.map((group) =>
    figuresOf(
      group,
      report.rows.filter((row) => row.group === group),
    ),
  );
  const { cpu, cores, node, load } = report.machine;
  const where = `${cpu}, ${cores} cores, Node ${node}, load ${load.toFixed(1)}, ${report.date}`;
  const engines = report.engines.map(({ name, version, timed, reason }) =>
    reason === undefined ? `${name}, ${version}: ${timed}` : `${name} is missing: ${reason}`,
  );
  const verdicts = Object.entries(report.verdicts).map(([verdict, count]) => `${verdict} ${count}`);
  const remarks = report.rows.flatMap(remarksOf);
  return [
    where,
    report.adapter === undefined ? '' : adapterText(report.adapter),
    report.method,
    ...tables,
    criteriaOf(report.rows),
    verdicts.join(' · '),
    [...engines, ...remarks].join('\n'),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}
