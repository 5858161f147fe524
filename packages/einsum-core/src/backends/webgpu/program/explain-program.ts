import type { LoweredProgram } from '../../../program/lower.ts';
import { byteLengthOf } from '../wgsl/storage.ts';
import type { ExpandedProgram } from './program-writer.ts';
import type { Placement } from './place-buffers.ts';

/** A program in words: its shaders in order, and what they cost. */
export function explainProgram(
  program: LoweredProgram,
  { dispatches, buffers }: ExpandedProgram,
  { bytes }: Placement,
): string {
  const kib = (count: number): string => `${(count / 1024).toFixed(1)} KiB`;
  const distinct = new Set(dispatches.map(({ shader }) => shader.code)).size;
  const moved = dispatches
    .flatMap((dispatch) => dispatch.buffers.map((bound) => buffers[bound]))
    .reduce((total, { elements, dtype }) => total + byteLengthOf(elements, dtype), 0);
  const lines = dispatches.map(
    ({ label, shader }, i) => `  ${String(i + 1).padStart(4)}  ${label}, ${shader.workgroups} workgroups`,
  );
  return [
    `webgpu program: ${program.calls.length} kernels as ${dispatches.length} dispatches (${distinct} distinct shaders), ${program.macs} multiply-accumulates in contractions`,
    `  reads and writes ${kib(moved)}; arena ${kib(bytes)}`,
    ...lines,
  ].join('\n');
}
