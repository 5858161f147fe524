import type { CertificateRow } from '@einlab/bounds';
import { formatCount } from '../terminal/format.ts';
import { type Column, formatTable } from '../terminal/table.ts';
import type { FinishedRun } from './run-files.ts';

/** The best bound of a metric. */
export const bestOf = (
  { certificate }: FinishedRun,
  metric: CertificateRow['metric'],
  k?: number,
): CertificateRow | undefined => certificate.best.find((row) => row.metric === metric && row.k === k);

/** The best bound per token by one inequality. */
export const bestBy = ({ certificate }: FinishedRun, method: CertificateRow['method']): CertificateRow | undefined =>
  certificate.rows
    .filter((row) => row.metric === 'token' && row.method === method)
    .reduce<CertificateRow | undefined>(
      (best, row) => (best === undefined || row.value < best.value ? row : best),
      undefined,
    );

/** A run in few numbers. */
export function summaryOf(run: FinishedRun): object {
  const { record, certificate } = run;
  return {
    ...record,
    codeBits: certificate.complexity.codeBits,
    bitsPerParameter: certificate.complexity.codeBits / record.parameters,
    tokens: certificate.settings.tokens,
    unsmoothedBits: certificate.statistics.tokens.unsmoothed,
    vacuous: certificate.vacuous,
    best: certificate.best,
    azuma: bestBy(run, 'azuma'),
    catoni: bestBy(run, 'catoni'),
    freedman: bestBy(run, 'freedman'),
  };
}

const shown = (row: CertificateRow | undefined, digits: number): string =>
  row === undefined ? '' : `${row.value.toFixed(digits)}${row.vacuous ? ' vacuous' : ''}`;

const right = (head: string): Column => ({ head, align: 'right' });

/** The columns of a table of runs. */
export const runColumns: readonly Column[] = [
  { head: 'run', align: 'left' },
  right('parameters'),
  right('code\n(bits)'),
  right('text\n(bits/char)'),
  right('held out'),
  right('Azuma'),
  right('Catoni'),
  right('Freedman'),
  right('best'),
  right('per document'),
  right('top-1 error'),
];

/** The cells of a run in that table. */
export const runCells = (run: FinishedRun): readonly string[] => [
  run.record.name,
  formatCount(run.record.parameters),
  formatCount(run.certificate.complexity.codeBits),
  (run.certificate.statistics.tokens.unsmoothed ?? Infinity).toFixed(3),
  run.record.heldOutBits.toFixed(3),
  shown(bestBy(run, 'azuma'), 3),
  shown(bestBy(run, 'catoni'), 3),
  shown(bestBy(run, 'freedman'), 3),
  shown(bestOf(run, 'token'), 3),
  shown(bestOf(run, 'document'), 2),
  shown(bestOf(run, 'top-k', 1), 3),
];

/** What the numbers of the table are, and what they must stay below. */
export function runNote([first]: readonly FinishedRun[]): string {
  const guess = first?.certificate.best.find(({ metric }) => metric === 'token')?.randomGuess;
  const frequencies = first?.record.frequencyBits;
  return `Bounds in bits per character, each with its probability; guessing evenly has ${guess?.toFixed(3) ?? '?'}${
    frequencies === undefined ? '' : `, the frequencies of characters alone ${frequencies.toFixed(3)}`
  }.`;
}

/** Runs as a table for the terminal. */
export const runTable = (runs: readonly FinishedRun[]): string =>
  `${formatTable(runColumns, runs.map(runCells))}\n\n${runNote(runs)}`;
