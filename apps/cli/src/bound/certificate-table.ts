import type { Certificate, CertificateRow } from '@einlab/bounds';
import { formatTable } from '../terminal/table.ts';

const metricName = ({ metric, k }: CertificateRow): string =>
  metric === 'token'
    ? 'bits per token'
    : metric === 'document'
      ? 'bits per token, by document'
      : `top-${k ?? ''} error`;

/** A certificate as a table: the best bound of each metric with its terms. */
export function certificateTable({ best, claim, complexity, assumptions }: Omit<Certificate, 'digest'>): string {
  const right = (head: string) => ({ head, align: 'right' }) as const;
  const table = formatTable(
    [
      { head: 'bound', align: 'left' },
      right('value'),
      right('risk'),
      right('complexity'),
      right('sampling'),
      right('guessing'),
      { head: 'by', align: 'left' },
    ],
    best.map((row) => [
      metricName(row),
      `${row.value.toFixed(4)}${row.vacuous ? ' (vacuous)' : ''}`,
      row.terms.risk.toFixed(4),
      row.terms.complexity.toFixed(4),
      row.terms.sampling.toFixed(4),
      row.randomGuess.toFixed(4),
      `${row.method}${row.weight === undefined ? '' : `, weight ${row.weight}`}`,
    ]),
  );
  const assumed = assumptions.map((each) => `  - ${each}`).join('\n');
  return `${table}\n\ncode ${complexity.codeBits} bits, choices ${complexity.selectionBits.toFixed(2)} bits, ${complexity.nats.toFixed(1)} nats together\n\n${claim}\n\nassuming\n${assumed}`;
}
