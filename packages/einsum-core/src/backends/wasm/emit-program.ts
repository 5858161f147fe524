import type { Kernel } from '../../kernels/kernel.ts';
import type { LoweredProgram } from '../../program/lower.ts';
import { type ArenaPlan, type Lifetime, planArena } from '../../program/arena.ts';
import { createModuleBuilder, type ModuleBuilder } from './emit/module-builder.ts';
import { emitContraction } from './gemm/emit-contraction.ts';
import { kernelKey } from './kernel-key.ts';
import { emitGather, emitScatter } from './loops/emit-indexing.ts';
import { emitGatherElements, emitScatterElements } from './loops/emit-along.ts';
import { emitScan } from './loops/emit-scan.ts';
import { emitArgSort } from './loops/emit-arg-sort.ts';
import { emitLoop } from './loops/emit-loop.ts';
import { emitWindowSum } from './loops/emit-window-sum.ts';

/** A program as one module. `run(arena, scratch, table)` calls its kernels in order; the table holds addresses. */
export interface EmittedProgram {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where each temporary buffer lies in the arena; those that are handed out have no place there. */
  readonly arena: ArenaPlan;
  readonly scratchBytes: number;
  /** Buffers whose address stands in the table, in order of their entries. */
  readonly tabled: readonly number[];
  /** Constants that follow in the table: each is uploaded once and its address entered behind the buffers. */
  readonly constants: readonly Int32Array[];
  readonly functionCount: number;
}

interface EmittedKernel {
  readonly functionIndex: number;
  readonly scratchBytes: number;
  /** Entry among the constants, for kernels with offset tables. */
  readonly constant: number | undefined;
  /** What the function takes: its buffers, then these. */
  readonly extra: readonly ('scratch' | 'constant')[];
}

/** A function of its buffers alone. */
const plain = (functionIndex: number): EmittedKernel => ({
  functionIndex,
  scratchBytes: 0,
  constant: undefined,
  extra: [],
});

function emitKernel(module: ModuleBuilder, kernel: Kernel, constants: Int32Array[], relaxed: boolean): EmittedKernel {
  switch (kernel.kind) {
    case 'loop':
      return { ...emitLoop(module, kernel, { relaxed }), constant: undefined, extra: ['scratch'] };
    case 'gather':
      return plain(kernel.perElement ? emitGatherElements(module, kernel) : emitGather(module, kernel));
    case 'scatter':
      return plain(kernel.perElement ? emitScatterElements(module, kernel) : emitScatter(module, kernel));
    case 'scan':
      return plain(emitScan(module, kernel));
    case 'windowSum':
      return plain(emitWindowSum(module, kernel));
    case 'argSort':
      return { ...emitArgSort(module, kernel), constant: undefined, extra: ['scratch'] };
    case 'contract': {
      const { functionIndex, scratchBytes, tables } = emitContraction(module, kernel.contraction, { relaxed });
      return { functionIndex, scratchBytes, constant: constants.push(tables) - 1, extra: ['scratch', 'constant'] };
    }
  }
}

/** From the kernel that first writes each temporary to the last that reads it. */
function lifetimes(program: LoweredProgram, isTemporary: (buffer: number) => boolean): Map<number, Lifetime> {
  const result = new Map<number, Lifetime>();
  program.calls.forEach(({ reads, writes }, step) => {
    for (const buffer of [...reads, ...writes]) {
      if (!isTemporary(buffer)) continue;
      const known = result.get(buffer);
      result.set(buffer, { bytes: 4 * program.buffers[buffer].elements, first: known?.first ?? step, last: step });
    }
  });
  return result;
}

/** Emits every kernel once, however often it is called, and a function that calls them all. */
export function emitProgram(program: LoweredProgram, options: { readonly relaxed: boolean }): EmittedProgram {
  const module = createModuleBuilder();
  const handedOut = new Set(program.outputs);
  const isTemporary = (buffer: number): boolean =>
    program.buffers[buffer].role === 'temporary' && !handedOut.has(buffer);
  const tabled = program.buffers.map((_, buffer) => buffer).filter((buffer) => !isTemporary(buffer));
  const lives = lifetimes(program, isTemporary);
  const placed = [...lives.keys()];
  const plan = planArena([...lives.values()]);
  const offsets = new Map(placed.map((buffer, i) => [buffer, plan.offsets[i]]));

  const constants: Int32Array[] = [];
  const emitted = new Map<string, EmittedKernel>();
  const kernels = program.calls.map(({ kernel }) => {
    const key = kernelKey(kernel);
    const known = emitted.get(key);
    if (known !== undefined) return known;
    const made = emitKernel(module, kernel, constants, options.relaxed);
    emitted.set(key, made);
    return made;
  });

  const run = module.addFunction(['i32', 'i32', 'i32'], (f) => {
    const [arena, scratch, table] = f.parameters;
    const pushEntry = (entry: number): void => {
      f.get(table);
      f.load('i32.load', 4 * entry);
    };
    const pushBuffer = (buffer: number, elementOffset: number): void => {
      const offset = offsets.get(buffer);
      if (offset === undefined) pushEntry(tabled.indexOf(buffer));
      else f.get(arena);
      const bytes = (offset ?? 0) + 4 * elementOffset;
      if (bytes === 0) return;
      f.i32(bytes);
      f.op('i32.add');
    };
    program.calls.forEach(({ kernel, reads, writes }, i) => {
      const { functionIndex, constant, extra } = kernels[i];
      reads.forEach((buffer, position) => {
        pushBuffer(buffer, kernel.kind === 'contract' ? kernel.offsets[position] : 0);
      });
      for (const buffer of writes) pushBuffer(buffer, 0);
      for (const argument of extra) {
        if (argument === 'scratch') f.get(scratch);
        else pushEntry(tabled.length + (constant ?? 0));
      }
      f.call(functionIndex);
    });
  });
  module.export('run', run);
  return {
    bytes: module.finish(),
    arena: plan,
    scratchBytes: Math.max(0, ...[...emitted.values()].map(({ scratchBytes }) => scratchBytes)),
    tabled,
    constants,
    functionCount: emitted.size,
  };
}
