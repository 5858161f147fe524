import type { KernelRun } from '../program/backend.ts';

/** All runs of kernels that are described alike, together. */
export interface ProfiledKernel extends KernelRun {
  /** How often it ran; time, bytes and operations are those of all runs. */
  readonly runs: number;
}

/** Where the time went while something was profiled. */
export interface Profile {
  /** The dearest first. */
  readonly kernels: readonly ProfiledKernel[];
  /** In kernels. They run one by one and on one thread while they are profiled, so without it the same takes less. */
  readonly kernelMilliseconds: number;
  /** From beginning to end: kernels, building programs, and everything else that happened. */
  readonly milliseconds: number;
  /** A table, one line for each kernel. */
  toString(): string;
}

/** Adds up what ran, by kind and sizes. */
export function summarizeProfile(observed: readonly KernelRun[], milliseconds: number): Profile {
  const byDescription = new Map<string, ProfiledKernel>();
  for (const run of observed) {
    const key = `${run.kind} ${run.description}`;
    const sum = byDescription.get(key) ?? { ...run, milliseconds: 0, bytes: 0, flops: 0, runs: 0 };
    byDescription.set(key, {
      ...sum,
      milliseconds: sum.milliseconds + run.milliseconds,
      bytes: sum.bytes + run.bytes,
      flops: sum.flops + run.flops,
      runs: sum.runs + 1,
    });
  }
  const kernels = [...byDescription.values()].sort((a, b) => b.milliseconds - a.milliseconds);
  const kernelMilliseconds = kernels.reduce((sum, kernel) => sum + kernel.milliseconds, 0);
  return {
    kernels,
    kernelMilliseconds,
    milliseconds,
    toString: () => profileTable(kernels, kernelMilliseconds, milliseconds),
  };
}

const COLUMNS = ['ms', 'share', 'runs', 'GB/s', 'GFLOP/s', 'kernel'];

function profileTable(kernels: readonly ProfiledKernel[], inKernels: number, inAll: number): string {
  const rate = (amount: number, milliseconds: number): string =>
    milliseconds > 0 ? (amount / milliseconds / 1e6).toFixed(1) : '-';
  const rows = kernels.map((kernel) => [
    kernel.milliseconds.toFixed(3),
    `${((100 * kernel.milliseconds) / (inKernels || 1)).toFixed(1)} %`,
    `${kernel.runs}`,
    rate(kernel.bytes, kernel.milliseconds),
    rate(kernel.flops, kernel.milliseconds),
    `${kernel.kind} ${kernel.description}`,
  ]);
  const table = [COLUMNS, ...rows];
  const widths = COLUMNS.map((_, column) => Math.max(...table.map((row) => row[column].length)));
  const lines = table.map((row) =>
    row.map((cell, column) => (column === COLUMNS.length - 1 ? cell : cell.padStart(widths[column]))).join('  '),
  );
  const runs = kernels.reduce((sum, kernel) => sum + kernel.runs, 0);
  return [`${runs} kernel runs in ${inKernels.toFixed(3)} ms, of ${inAll.toFixed(3)} ms in all`, ...lines].join('\n');
}
