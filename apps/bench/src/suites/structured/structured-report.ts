import { type Judged, type Verdict, verdictOf } from '../../harness/criteria.ts';
import type { machine } from '../../harness/machine.ts';

/** What is timed: a forward pass, one with its gradients, or finding the cores nearest to a dense matrix. */
export type StructuredWork = 'forward' | 'forward+backward' | 'projection';

/** One structure at one size, beside dense in the same process. */
export interface StructuredRow {
  readonly structure: string;
  /** Features in and out. */
  readonly d: number;
  readonly work: StructuredWork;
  /** Vectors at once; absent for projections. */
  readonly rows?: number;
  readonly milliseconds: number;
  /** The dense map on the same engine, in turns with the structure; absent for projections. */
  readonly denseMilliseconds?: number;
  /** dense / structure: above 1 the structure is faster. */
  readonly speedup?: number;
  /** Multiply-accumulates of dense / of the structure. */
  readonly ideal?: number;
  /** speedup / ideal. */
  readonly share?: number;
  /** The bmm form in PyTorch, and its dense product, where PyTorch is found. */
  readonly torchMilliseconds?: number;
  readonly torchDenseMilliseconds?: number;
  /** ‖W − Ŵ‖/‖W‖ of a projection of a Gaussian matrix. */
  readonly relativeError?: number;
  readonly demands: readonly Judged[];
  readonly verdict: Verdict;
}

/** The report of the suite. */
export interface StructuredReport {
  readonly suite: 'structured';
  readonly machine: ReturnType<typeof machine>;
  readonly threads: number;
  readonly torch: string;
  readonly isQuick: boolean;
  readonly rows: readonly StructuredRow[];
}

/** A row with its verdict. */
export const judged = (row: Omit<StructuredRow, 'verdict'>): StructuredRow => ({
  ...row,
  verdict: verdictOf(row.demands),
});

/** One line of text for a row. */
export function rowText(row: StructuredRow): string {
  const number = (value: number | undefined, digits: number): string =>
    value === undefined ? '' : value.toFixed(digits);
  const parts = [
    row.structure.padEnd(16),
    String(row.d).padStart(5),
    row.work.padEnd(17),
    (row.rows === undefined ? '' : String(row.rows)).padStart(4),
    `${number(row.milliseconds, 3).padStart(10)} ms`,
    row.speedup === undefined ? '' : `${number(row.speedup, 2).padStart(6)} × dense`,
    row.ideal === undefined ? '' : `ideal ${number(row.ideal, 1).padStart(5)}, share ${number(row.share, 2)}`,
    row.torchMilliseconds === undefined ? '' : `PyTorch ${number(row.torchMilliseconds, 3)} ms`,
    row.relativeError === undefined ? '' : `error ${number(row.relativeError, 3)}`,
    row.demands.length === 0 ? '' : row.verdict,
  ];
  return parts.filter((part) => part !== '').join('  ');
}

/** The report as text. */
export const structuredReportText = ({ rows, threads, torch }: StructuredReport): string =>
  [`structured layers on wasm, ${threads} threads; PyTorch: ${torch}`, ...rows.map(rowText)].join('\n');
