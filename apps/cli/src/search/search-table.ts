import { formatSigned } from '../terminal/format.ts';
import { type Column, formatTable } from '../terminal/table.ts';
import type { SearchRow } from './search-summary.ts';

/** The ranking as heads and cells, for the terminal and for the report. */
export function searchCells(rows: readonly SearchRow[]): {
  readonly columns: readonly Column[];
  readonly cells: readonly (readonly string[])[];
} {
  const right = (head: string): Column => ({ head, align: 'right' });
  const columns: readonly Column[] = [
    right('rank'),
    { head: 'structure', align: 'left' },
    { head: 'α|β|γ|δ|ε|φ|ρ', align: 'left' },
    right('ω'),
    right('ψ'),
    right('ν'),
    right('uses per\nparameter'),
    right('steps'),
    right('loss against dense\nat equal compute'),
    right('exponent'),
    right('95 % interval'),
    right('compute\nmultiplier'),
    right('95 % interval'),
  ];
  const cells = rows.map((row, i) => [
    String(i + 1),
    row.name,
    row.point === row.name ? '' : row.point,
    row.omega.toFixed(2),
    row.psi.toFixed(2),
    row.nu.toFixed(2),
    row.reuse.toFixed(1),
    String(row.steps),
    row.point === 'dense' ? '' : `${formatSigned(100 * (Math.exp(row.gap) - 1), 1)} %`,
    row.exponent?.exponent.toFixed(3) ?? '',
    row.exponent === undefined ? '' : `${row.exponent.low.toFixed(3)} … ${row.exponent.high.toFixed(3)}`,
    row.point === 'dense' ? '1' : (row.multiplier?.value.toFixed(2) ?? 'no loss in common'),
    row.multiplier === undefined ? '' : `${row.multiplier.low.toFixed(2)} … ${row.multiplier.high.toFixed(2)}`,
  ]);
  return { columns, cells };
}

/** The ranking as text. */
export function printRanking(rows: readonly SearchRow[]): string {
  const { columns, cells } = searchCells(rows);
  return `${formatTable(columns, cells)}\n`;
}
