import { availableParallelism, cpus } from 'node:os';
import type { RunResult } from '../compare/result.ts';
import type { Settings } from '../compare/settings.ts';
import type { Frontier, Row, Summary } from '../compare/summary.ts';

/** A run as the results hold it: without the losses of single held-out units, which only the intervals needed. */
export type ReportedRun = Omit<RunResult, 'unitLosses'>;

/** What `results.json` holds, and what `--json` prints. */
export interface Results {
  /** Version of this layout. */
  readonly format: 1;
  readonly finishedAt: string;
  readonly settings: Settings;
  /** Steps of every run; a time budget decided them where the settings have none. */
  readonly steps: number;
  readonly machine: Machine;
  /** The table. */
  readonly rows: readonly Row[];
  /** Of structures with several widths. */
  readonly frontiers: readonly Frontier[];
  readonly runs: readonly ReportedRun[];
}

/** Where the runs were trained. */
export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly node: string;
  readonly threads: number;
  /** From the start of the command, or of its continuation, runs side by side. */
  readonly wallSeconds: number;
}

/** The results of a finished comparison. */
export const resultsOf = (
  settings: Settings,
  steps: number,
  { rows, frontiers }: Summary,
  results: readonly RunResult[],
  machine: Pick<Machine, 'threads' | 'wallSeconds'>,
): Results => ({
  format: 1,
  finishedAt: new Date().toISOString(),
  settings,
  steps,
  machine: {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    node: process.versions.node,
    ...machine,
  },
  rows,
  frontiers,
  runs: results.map(({ unitLosses: _, ...run }) => run),
});
