import type { LoweredProgram } from '../../../program/lower.ts';
import type { ExpandedProgram } from './program-writer.ts';
import type { Placement } from './place-buffers.ts';

/** A program in words: its shaders in order, and what they cost. */
export function explainProgram(program: LoweredProgram, { dispatches }: ExpandedProgram, { bytes }: Placement): string {
  const kib = (count: number): string => `${(count / 1024).toFixed(1)} KiB`;
  const distinct = new Set(dispatches.map(({ shader }) => shader.code)).size;
  const lines = dispatches.map(
    ({ label, shader }, i) => `  ${String(i + 1).padStart(4)}  ${label}, ${shader.workgroups} workgroups`,
  );
  return [
    `webgpu program: ${program.calls.length} kernels as ${dispatches.length} dispatches (${distinct} distinct shaders), ${program.macs} multiply-accumulates in contractions`,
    `  reads and writes ${kib(program.bytes)}; arena ${kib(bytes)}`,
    ...lines,
  ].join('\n');
}
