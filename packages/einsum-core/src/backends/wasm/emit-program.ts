import { BYTES_PER_ELEMENT } from '../../base/dtype.ts';
import { bytesOf, type LoweredProgram } from '../../program/lower.ts';
import { type ArenaPlan, type Lifetime, planArena } from '../../program/arena.ts';
import { createModuleBuilder, type ModuleBuilder } from './emit/module-builder.ts';
import { emitContraction } from './gemm/emit-contraction.ts';
import { kernelKey } from './kernel-key.ts';
import type { LoadedEmitters } from './load-emitters.ts';
import { emitLoop } from './loops/emit-loop.ts';
import { emitBarrier } from './threads/emit-barrier.ts';
import type { Lanes } from './threads/deal-lanes.ts';
import type { Part } from './threads/part.ts';
import { planThreads, type Region } from './threads/plan-threads.ts';

/**
 * A program as one module. Each of its threads has an entry, `run0`, `run1`, …: a function of (arena, scratch, table,
 * control) that runs the thread's part of the kernels in order. The table holds addresses; control is where threads meet.
 */
export interface EmittedProgram {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where each temporary buffer lies in the arena; those that are handed out have no place there. */
  readonly arena: ArenaPlan;
  /** For all threads together. */
  readonly scratchBytes: number;
  /** Buffers whose address stands in the table, in order of their entries. */
  readonly tabled: readonly number[];
  /** Constants that follow in the table: each is uploaded once and its address entered behind the buffers. */
  readonly constants: readonly Int32Array[];
  readonly functionCount: number;
  /** Threads that run it, which is one where more would not pay, and how often they wait for each other. */
  readonly threads: number;
  readonly barriers: number;
  /** How long it takes on one thread, roughly. */
  readonly cycles: number;
  /** The program's kernels, by position, that the steps of the first thread belong to. */
  readonly steps: readonly number[];
}

/** How to emit. */
export interface EmitOptions {
  /** Whether the engine has fused multiply-add. */
  readonly relaxed: boolean;
  /** Threads of the device. */
  readonly threads: number;
  /** Whether its memory is shared. */
  readonly isShared: boolean;
  /** Cycles that a kernel must take to be divided. */
  readonly grain: number;
  /** Cycles that threads must save to be used for a program. */
  readonly leastGain: number;
  /** Whether each step of the first thread can also be called by itself: `step0`, `step1`, …; default no. */
  readonly isStepwise?: boolean;
  /** What the program's kernels need that is not always loaded. */
  readonly emitters: LoadedEmitters;
}

interface EmittedKernel {
  readonly functionIndex: number;
  readonly scratchBytes: number;
  /** Entry among the constants, for kernels with offset tables. */
  readonly constant: number | undefined;
  /** What the function takes: its buffers, then these. */
  readonly extra: readonly ('scratch' | 'constant')[];
}

/** Scratch memory of different threads lies on different cache lines. */
const LINE_BYTES = 64;

function emitKernel(
  module: ModuleBuilder,
  { kernel, summationOrder }: Part,
  constants: Int32Array[],
  { relaxed, emitters }: EmitOptions,
): EmittedKernel {
  const wishes = { relaxed, ...(summationOrder === undefined ? {} : { summationOrder }) };
  switch (kernel.kind) {
    case 'loop':
      return { ...emitLoop(module, kernel, { relaxed, ...emitters }), constant: undefined, extra: ['scratch'] };
    case 'contract': {
      const [ending] = kernel.epilogue?.stores ?? [];
      const { functionIndex, scratchBytes, tables } = emitContraction(module, kernel.contraction, {
        ...wishes,
        ...(ending === undefined ? {} : { ending: ending.value }),
      });
      return { functionIndex, scratchBytes, constant: constants.push(tables) - 1, extra: ['scratch', 'constant'] };
    }
    default: {
      if (emitters.emitSpecial === undefined) throw new RangeError(`${kernel.kind}: its emitter was not loaded`);
      const { functionIndex, scratchBytes, tables } = emitters.emitSpecial(module, kernel, wishes);
      if (tables !== undefined)
        return { functionIndex, scratchBytes, constant: constants.push(tables) - 1, extra: ['scratch', 'constant'] };
      return { functionIndex, scratchBytes, constant: undefined, extra: scratchBytes > 0 ? ['scratch'] : [] };
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
      result.set(buffer, { bytes: bytesOf(program.buffers[buffer]), first: known?.first ?? step, last: step });
    }
  });
  return result;
}

/** Chains of kernels that threads run side by side, where there are such, and how long temporaries live then. */
function inLanes(
  program: LoweredProgram,
  { threads, emitters }: EmitOptions,
  isTemporary: (buffer: number) => boolean,
): { readonly lives: Map<number, Lifetime>; readonly lanes?: Lanes } {
  const planned = threads > 1 ? emitters.planLanes?.(program, threads, isTemporary) : undefined;
  return planned ?? { lives: lifetimes(program, isTemporary) };
}

/** Emits every kernel once, however often it is called, and for each thread a function that calls its share. */
export function emitProgram(program: LoweredProgram, options: EmitOptions): EmittedProgram {
  const module = createModuleBuilder(options);
  const handedOut = new Set(program.outputs);
  const isTemporary = (buffer: number): boolean =>
    program.buffers[buffer].role === 'temporary' && !handedOut.has(buffer);
  const tabled = program.buffers.map((_, buffer) => buffer).filter((buffer) => !isTemporary(buffer));
  const { lives, lanes } = inLanes(program, options, isTemporary);
  const arena = planArena([...lives.values()]);
  const offsets = new Map([...lives.keys()].map((buffer, i) => [buffer, arena.offsets[i]]));

  const regionOf = (buffer: number): Region => {
    const start = offsets.get(buffer);
    const bytes = bytesOf(program.buffers[buffer]);
    return start === undefined ? { space: 1 + buffer, start: 0, end: bytes } : { space: 0, start, end: start + bytes };
  };
  const dealing = { ...options, ...options.emitters, count: options.threads, regionOf, lanes };
  const { threads, barriers, cycles } = planThreads(program.calls, dealing);
  const constants: Int32Array[] = [];
  const emitted = new Map<string, EmittedKernel>();
  const kernelOf = (part: Part): EmittedKernel => {
    const key = `${kernelKey(part.kernel)} ${part.summationOrder}`;
    const known = emitted.get(key);
    if (known !== undefined) return known;
    const made = emitKernel(module, part, constants, options);
    emitted.set(key, made);
    return made;
  };
  const steps = threads.map((actions) =>
    actions.map((action) =>
      action === 'barrier' ? action : { ...action, ...program.calls[action.call], emitted: kernelOf(action.part) },
    ),
  );
  const scratchBytes = Math.max(0, ...[...emitted.values()].map((kernel) => kernel.scratchBytes));
  const scratchOfThread = Math.ceil(scratchBytes / LINE_BYTES) * LINE_BYTES;
  const barrier = threads.length > 1 ? emitBarrier(module, threads.length) : undefined;

  const emitRun = (actions: (typeof steps)[number], thread: number): number =>
    module.addFunction(['i32', 'i32', 'i32', 'i32'], (f) => {
      const [arenaAddress, scratch, table, control] = f.parameters;
      const pushEntry = (entry: number): void => {
        f.get(table);
        f.load('i32.load', 4 * entry);
      };
      const addBytes = (bytes: number): void => {
        if (bytes === 0) return;
        f.i32(bytes);
        f.op('i32.add');
      };
      const pushBuffer = (buffer: number, start: number): void => {
        const offset = offsets.get(buffer);
        if (offset === undefined) pushEntry(tabled.indexOf(buffer));
        else f.get(arenaAddress);
        addBytes((offset ?? 0) + BYTES_PER_ELEMENT[program.buffers[buffer].dtype] * start);
      };
      const wait = (): void => {
        if (barrier === undefined) return;
        f.get(control);
        f.call(barrier);
      };
      for (const action of actions) {
        if (action === 'barrier') {
          wait();
          continue;
        }
        const { part, reads, writes, emitted: kernel } = action;
        [...reads, ...writes].forEach((buffer, position) => {
          pushBuffer(buffer, part.starts[position]);
        });
        for (const argument of kernel.extra) {
          if (argument === 'constant') pushEntry(tabled.length + (kernel.constant ?? 0));
          else {
            f.get(scratch);
            addBytes(thread * scratchOfThread);
          }
        }
        f.call(kernel.functionIndex);
      }
      wait();
    });
  steps.forEach((actions, thread) => {
    module.export(`run${thread}`, emitRun(actions, thread));
  });
  const own = steps[0].filter((action) => action !== 'barrier');
  own.forEach((action, i) => {
    if (options.isStepwise === true) module.export(`step${i}`, emitRun([action], 0));
  });
  return {
    bytes: module.finish(),
    arena,
    scratchBytes: scratchOfThread * threads.length,
    tabled,
    constants,
    functionCount: emitted.size,
    threads: threads.length,
    barriers,
    cycles,
    steps: own.map(({ call }) => call),
  };
}
