import { BYTES_PER_ELEMENT, isStorage } from '../../../base/dtype.ts';
import type { KernelCall } from '../../../kernels/kernel.ts';
import { sliceSumOf } from '../../../kernels/slice-sum.ts';
import type { AddTemporary } from '../../../program/chunk-row-sums.ts';
import type { ProgramBuffer } from '../../../program/lower.ts';
import { contractionShader } from '../contraction/contraction-shader.ts';
import { contractionSteps } from '../contraction/contraction-steps.ts';
import { type IndexedCall, indexedStep } from '../contraction/indexed-step.ts';
import type { StoredCall } from '../contraction/stored-operands.ts';
import { sliceSumShader } from '../indexing/slice-sum-shader.ts';
import { elementwiseShader } from '../loops/elementwise-shader.ts';
import { limitBuffers } from '../loops/limit-buffers.ts';
import { rowShader } from '../loops/row-shader.ts';
import { type LoopCall, splitAccumulations } from '../loops/split-accumulations.ts';
import type { Target } from '../target.ts';
import type { Bindings, Shader } from '../wgsl/shader.ts';
import { byteLengthOf } from '../wgsl/storage.ts';
import { type BindingRules, cutContraction, cutLoop, uncut } from './cut-calls.ts';
import type { Dispatch } from './dispatch.ts';

/** Where a part of a buffer starts. */
export interface BufferWindow {
  readonly buffer: number;
  readonly startBytes: number;
}

/** A program as shaders in the order they run, over its own buffers and temporaries that some kernels need. */
export interface ExpandedProgram {
  readonly buffers: readonly ProgramBuffer[];
  /** Buffers that are a part of another one. */
  readonly windows: ReadonlyMap<number, BufferWindow>;
  readonly dispatches: readonly Dispatch[];
  /** What the program's calls have become, by the place that dispatches name. */
  readonly calls: readonly KernelCall[];
}

/** What is written next: a call's place in the program, and its kernel in words. */
interface CallNote {
  readonly call: number;
  readonly label: string;
}

/** A program that grows by dispatches. */
export interface ProgramWriter {
  readonly addTemporary: AddTemporary;
  /** Adds one shader over some buffers, those that it only reads first. @throws {EinlabError} `memory` where it would be given too much of one. */
  add(note: CallNote, operands: Pick<KernelCall, 'reads' | 'writes'>, write: (bindings: Bindings) => Shader): void;
  addLoop(note: CallNote, loop: LoopCall): void;
  addContraction(note: CallNote, contraction: StoredCall): void;
  addIndexed(note: CallNote, contraction: IndexedCall): void;
  written(): Omit<ExpandedProgram, 'calls'>;
}

/** A writer that starts with a program's buffers. */
export function createProgramWriter(given: readonly ProgramBuffer[], target: Target): ProgramWriter {
  const buffers = [...given];
  const windows = new Map<number, BufferWindow>();
  const dispatches: Dispatch[] = [];
  const addTemporary: AddTemporary = (dtype, elements) => buffers.push({ dtype, elements, role: 'temporary' }) - 1;
  const bytesOf = (buffer: number): number => byteLengthOf(buffers[buffer].elements, buffers[buffer].dtype);
  const rules: BindingRules = {
    limit: target.bindingBytes,
    alignment: target.bindingAlignment,
    bytesOf,
    addWindow(buffer, startBytes, bytes) {
      const { dtype, role } = buffers[buffer];
      const window = buffers.push({ dtype, role, elements: bytes / BYTES_PER_ELEMENT[dtype] }) - 1;
      windows.set(window, { buffer, startBytes });
      return window;
    },
  };

  const add: ProgramWriter['add'] = ({ call, label }, { reads, writes }, write) => {
    const operands = [...reads, ...writes];
    const distinct = [...new Set(operands)];
    const nameOf = (buffer: number): string => `b${distinct.indexOf(buffer)}`;
    const halves = target.writesHalves ? writes.filter((buffer) => isStorage(buffers[buffer].dtype)) : [];
    const shader = write({
      names: operands.map(nameOf),
      isReadOnly: distinct.map((buffer) => buffers[buffer].role === 'input'),
      bytes: distinct.map(bytesOf),
      halves: new Set(halves.map(nameOf)),
    });
    if (shader.workgroups === 0) return;
    const largest = Math.max(0, ...distinct.map(bytesOf));
    if (largest > rules.limit) throw uncut(label, largest, rules.limit);
    dispatches.push({ shader, buffers: distinct, call, label });
  };
  const addLoop: ProgramWriter['addLoop'] = (note, loop) => {
    for (const part of splitAccumulations(loop, addTemporary)) {
      for (const limited of limitBuffers(part, target.bindings, buffers, addTemporary)) {
        for (const { kernel, reads, writes } of cutLoop(limited, rules, note.label)) {
          add(note, { reads, writes }, (bindings) =>
            kernel.folds.length === 0 ? elementwiseShader(kernel, bindings) : rowShader(kernel, target, bindings),
          );
        }
      }
    }
  };
  return {
    addTemporary,
    add,
    addLoop,
    addContraction(note, contraction) {
      for (const piece of cutContraction(contraction, rules, note.label)) {
        for (const step of contractionSteps(piece, target, addTemporary)) {
          if (!('schedule' in step)) addLoop(note, step);
          else add(note, step, (bindings) => contractionShader(step.kernel, step.schedule, bindings));
        }
      }
    },
    addIndexed(note, contraction) {
      const sum = sliceSumOf(contraction.kernel);
      if (sum !== undefined)
        return add(note, contraction, (bindings) => sliceSumShader(contraction.kernel, sum, target.machine, bindings));
      const { kernel, schedule, ...operands } = indexedStep(contraction, target);
      add(note, operands, (bindings) => contractionShader(kernel, schedule, bindings));
    },
    written: () => ({ buffers, windows, dispatches }),
  };
}
