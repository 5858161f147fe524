import { formatCount, formatEstimate, formatSigned } from '../terminal/format.ts';
import { type Column, formatTable } from '../terminal/table.ts';
import type { Settings } from './settings.ts';
import type { Frontier, Row, Summary } from './summary.ts';

/** Decimals of a loss: a mean squared error is smaller than a loss in nats. */
export const lossDigits = (task: Settings['task']): number => (task === 'text' ? 3 : 4);

/** What a loss is, as the head of a column. */
const lossHeads: Readonly<Record<Settings['task'], string>> = {
  text: 'validation\nloss (nats)',
  teacher: 'test error\n(mean square)',
  images: 'share of\nmistakes',
};

/** A row's name: its structure, and whether its learning rates ignore it. */
export const rowName = ({ structure, naiveRates }: Pick<Row, 'structure' | 'naiveRates'>): string =>
  naiveRates ? `${structure}, naive rates` : structure;

/** The table of a comparison: heads and cells, as the terminal and the report show them. */
export function comparisonCells(
  rows: readonly Row[],
  task: Settings['task'],
): { readonly columns: readonly Column[]; readonly cells: readonly (readonly string[])[] } {
  const digits = lossDigits(task);
  const unit = task === 'text' ? 'token' : 'example';
  const right = (head: string): Column => ({ head, align: 'right' });
  const hasMixtures = rows.some(({ parameters, activeParameters }) => activeParameters !== parameters);
  const columns = [
    { head: 'structure', align: 'left' } as const,
    right('width'),
    right('parameters'),
    ...(hasMixtures ? [right('of these\nactive')] : []),
    right(`multiply-\naccumulates\nper ${unit}`),
    ...(task === 'text' ? [right('with\nattention\nand head')] : []),
    right(lossHeads[task]),
    right('gap to dense'),
    right(task === 'text' ? 'tokens/s' : 'examples/s'),
    right('seconds'),
  ];
  const cells = rows.map((row) => [
    rowName(row),
    String(row.width),
    formatCount(row.parameters),
    ...(hasMixtures ? [formatCount(row.activeParameters)] : []),
    formatCount(row.macs),
    ...(task === 'text' ? [formatCount(row.totalMacs)] : []),
    formatEstimate(row.loss, finite(row.standardError), digits),
    row.gap === undefined ? '' : gapCell(row, digits),
    formatCount(row.tokensPerSecond),
    row.seconds.toFixed(1),
  ]);
  return { columns, cells };
}

const finite = (value: number | undefined): number | undefined =>
  value !== undefined && Number.isFinite(value) ? value : undefined;

function gapCell({ gap, gapStandardError }: Row, digits: number): string {
  const error = finite(gapStandardError);
  return `${formatSigned(gap ?? 0, digits)}${error === undefined ? '' : ` ± ${error.toFixed(digits)}`}`;
}

/** Frontiers as cells: the exponent of each structure's power law, and its compute multiplier. */
export function frontierCells(frontiers: readonly Frontier[]): {
  readonly columns: readonly Column[];
  readonly cells: readonly (readonly string[])[];
} {
  const columns: readonly Column[] = [
    { head: 'frontier', align: 'left' },
    { head: 'points', align: 'right' },
    { head: 'exponent', align: 'right' },
    { head: 'compute multiplier\nagainst dense', align: 'right' },
    { head: '95 % interval', align: 'right' },
  ];
  const cells = frontiers.map(({ structure, points, exponent, exponentStandardError, multiplier }) => [
    structure,
    String(points.length),
    exponent === undefined ? '' : formatEstimate(exponent, finite(exponentStandardError), 3),
    structure === 'dense' ? '1' : multiplier === undefined ? 'no loss in common' : multiplier.value.toFixed(2),
    multiplier === undefined ? '' : `${multiplier.low.toFixed(2)} … ${multiplier.high.toFixed(2)}`,
  ]);
  return { columns, cells };
}

/** Everything that is printed at the end: the one table, and the frontiers where there are several widths. */
export function printSummary({ rows, frontiers }: Summary, task: Settings['task']): string {
  const { columns, cells } = comparisonCells(rows, task);
  const parts = [formatTable(columns, cells)];
  if (frontiers.length > 0) {
    const lines = frontierCells(frontiers);
    parts.push(formatTable(lines.columns, lines.cells));
  }
  return `${parts.join('\n\n')}\n`;
}
