import type { KernelCall } from '../../../kernels/kernel.ts';
import type { AddTemporary } from '../../../program/chunk-row-sums.ts';
import type { LoweredProgram, ProgramBuffer } from '../../../program/lower.ts';
import { describeKernel } from '../../../kernels/describe-kernel.ts';
import { contractionShader } from '../contraction/contraction-shader.ts';
import { contractionSteps } from '../contraction/contraction-steps.ts';
import { gatherShader } from '../indexing/gather-shader.ts';
import { scanShader } from '../indexing/scan-shader.ts';
import { scatterShader } from '../indexing/scatter-shader.ts';
import { blockSortShader, mergeShader, SORT_BLOCK } from '../indexing/sort-shaders.ts';
import { windowSumShader } from '../indexing/window-sum-shader.ts';
import { elementwiseShader } from '../loops/elementwise-shader.ts';
import { limitBuffers } from '../loops/limit-buffers.ts';
import { rowShader } from '../loops/row-shader.ts';
import { type LoopCall, splitAccumulations } from '../loops/split-accumulations.ts';
import type { Target } from '../target.ts';
import type { Bindings, Shader } from '../wgsl/shader.ts';
import type { Dispatch } from './dispatch.ts';

/** A program as shaders in the order they run, over its own buffers and temporaries that some kernels need. */
export interface ExpandedProgram {
  readonly buffers: readonly ProgramBuffer[];
  readonly dispatches: readonly Dispatch[];
}

/**
 * Writes every kernel of a program as one shader or several, none with more than `limit` buffers, in the forms that suit
 * the device.
 */
export function expandProgram(program: LoweredProgram, limit: number, target: Target): ExpandedProgram {
  const buffers = [...program.buffers];
  const dispatches: Dispatch[] = [];
  const addTemporary: AddTemporary = (dtype, elements) => buffers.push({ dtype, elements, role: 'temporary' }) - 1;

  let call = 0;
  const add = (label: string, operands: readonly number[], write: (bindings: Bindings) => Shader): void => {
    const distinct = [...new Set(operands)];
    const shader = write({
      names: operands.map((buffer) => `b${distinct.indexOf(buffer)}`),
      isReadOnly: distinct.map((buffer) => buffers[buffer].role === 'input'),
    });
    if (shader.workgroups > 0) dispatches.push({ shader, buffers: distinct, call, label });
  };
  const addLoop = (label: string, loop: LoopCall): void => {
    for (const part of splitAccumulations(loop, addTemporary)) {
      for (const limited of limitBuffers(part, limit, buffers, addTemporary)) addPart(label, limited);
    }
  };
  const addPart = (label: string, { kernel, reads, writes }: KernelCall): void => {
    if (kernel.kind !== 'loop') return;
    add(label, [...reads, ...writes], (bindings) =>
      kernel.folds.length === 0 ? elementwiseShader(kernel, bindings) : rowShader(kernel, target, bindings),
    );
  };

  for (const { kernel, reads, writes } of program.calls) {
    const label = describeKernel(kernel);
    const operands = [...reads, ...writes];
    switch (kernel.kind) {
      case 'loop':
        addLoop(label, { kernel, reads, writes });
        break;
      case 'contract':
        for (const step of contractionSteps({ kernel, reads, writes }, target, addTemporary)) {
          if (!('schedule' in step)) addLoop(label, step);
          else add(label, [...step.reads, ...step.writes], (at) => contractionShader(step.kernel, step.schedule, at));
        }
        break;
      case 'gather':
        add(label, operands, (bindings) => gatherShader(kernel, bindings));
        break;
      case 'scatter':
        add(label, operands, (bindings) => scatterShader(kernel, bindings));
        break;
      case 'scan':
        add(label, operands, (bindings) => scanShader(kernel, bindings));
        break;
      case 'windowSum':
        add(label, operands, (bindings) => windowSumShader(kernel, bindings));
        break;
      case 'argSort': {
        const [x, out] = operands;
        const merges = Math.max(0, Math.ceil(Math.log2(kernel.count / SORT_BLOCK)));
        const other = merges === 0 ? out : addTemporary('i32', buffers[out].elements);
        // each merge goes to the buffer that the one before it did not use; the last to the result
        const targetOf = (merge: number): number => ((merges - merge) % 2 === 0 ? out : other);
        add(label, [x, targetOf(0)], (bindings) => blockSortShader(kernel, bindings));
        for (let merge = 1; merge <= merges; merge++) {
          const run = SORT_BLOCK * 2 ** (merge - 1);
          add(label, [x, targetOf(merge - 1), targetOf(merge)], (bindings) => mergeShader(kernel, run, bindings));
        }
        break;
      }
    }
    call += 1;
  }
  return { buffers, dispatches };
}
