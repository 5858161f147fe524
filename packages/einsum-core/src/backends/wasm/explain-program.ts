import { describeKernel } from '../../kernels/describe-kernel.ts';
import type { LoweredProgram } from '../../program/lower.ts';
import type { EmittedProgram } from './emit-program.ts';

/** A program in words: its kernels in order, and what they cost. */
export function explainProgram(program: LoweredProgram, emitted: EmittedProgram): string {
  const kib = (bytes: number): string => `${(bytes / 1024).toFixed(1)} KiB`;
  const lines = program.calls.map(({ kernel }, i) => `  ${String(i + 1).padStart(4)}  ${describeKernel(kernel)}`);
  return [
    `wasm program: ${program.calls.length} kernels (${emitted.functionCount} distinct), ${program.macs} multiply-accumulates in contractions`,
    `  reads and writes ${kib(program.bytes)}; arena ${kib(emitted.arena.bytes)}, scratch ${kib(emitted.scratchBytes)}, code ${kib(emitted.bytes.length)}`,
    `  ${emitted.threads === 1 ? 'one thread' : `${emitted.threads} threads, which wait for each other ${emitted.barriers + 1} times`}`,
    ...lines,
  ].join('\n');
}
