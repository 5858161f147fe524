import type { CertificateRow } from '@einlab/bounds';
import { formatCount } from '../terminal/format.ts';
import { formatTable } from '../terminal/table.ts';
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

/** Runs as a table. */
export function runTable(runs: readonly FinishedRun[]): string {
  const right = (head: string) => ({ head, align: 'right' }) as const;
  const guess = runs[0]?.certificate.best.find(({ metric }) => metric === 'token')?.randomGuess;
  const table = formatTable(
    [
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
    ],
    runs.map((run) => [
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
    ]),
  );
  const frequencies = runs[0]?.record.frequencyBits;
  return `${table}\n\nBounds in bits per character, each with its probability; guessing evenly has ${guess?.toFixed(3) ?? '?'}${
    frequencies === undefined ? '' : `, the frequencies of characters alone ${frequencies.toFixed(3)}`
  }.`;
}
