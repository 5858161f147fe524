import type { FunctionBuilder, Local } from '../emit/function-builder.ts';
import type { ModuleBuilder } from '../emit/module-builder.ts';

/** Words of the block that the threads of a device meet at. */
export const CONTROL = {
  /** Threads that have come to the barrier. */
  arrived: 0,
  /** Counts barriers: those who wait wait for it to change. */
  phase: 1,
  /** Not 0 once a thread has failed: nobody waits for it any more. */
  failed: 2,
} as const;

/** Bytes of the block: a cache line of its own. */
export const CONTROL_BYTES = 64;

/** Looks at the phase before a thread goes to sleep: some ten microseconds, longer than most parts differ by. */
const SPINS = 20_000;

/** A barrier for `count` threads, as a function of the control block: returns when all have called it. */
export function emitBarrier(module: ModuleBuilder, count: number): number {
  return module.addFunction(['i32'], (f) => {
    const [control] = f.parameters;
    const phase = f.local('i32');
    const pushPhase = (): void => {
      f.get(control);
      f.atomic('i32.atomic.load', 4 * CONTROL.phase);
    };
    /** A thread that fails says so before it starts the next phase: who reads the later phase here sees it. */
    const stopIfFailed = (): void => {
      f.get(control);
      f.atomic('i32.atomic.load', 4 * CONTROL.failed);
      f.if(() => f.op('unreachable'));
    };
    pushPhase();
    f.set(phase);
    stopIfFailed();
    f.get(control);
    f.i32(1);
    f.atomic('i32.atomic.rmw.add', 4 * CONTROL.arrived);
    f.i32(count - 1);
    f.op('i32.eq');
    f.if(
      () => emitRelease(f, control, count),
      () => emitWait(f, control, phase, pushPhase),
    );
    stopIfFailed();
  });
}

/** The last one: starts the next phase and wakes who sleeps. */
function emitRelease(f: FunctionBuilder, control: Local, count: number): void {
  f.get(control);
  f.i32(0);
  f.atomic('i32.atomic.store', 4 * CONTROL.arrived);
  f.get(control);
  f.i32(1);
  f.atomic('i32.atomic.rmw.add', 4 * CONTROL.phase);
  f.op('drop');
  f.get(control);
  f.i32(count);
  f.atomic('memory.atomic.notify', 4 * CONTROL.phase);
  f.op('drop');
}

/** The others: look for a while, then sleep, until the phase is another. */
function emitWait(f: FunctionBuilder, control: Local, phase: Local, pushPhase: () => void): void {
  const left = f.local('i32');
  f.i32(SPINS);
  f.set(left);
  f.block(() => {
    f.loop(() => {
      pushPhase();
      f.get(phase);
      f.op('i32.ne');
      f.brIf(1);
      f.increment(left, -1);
      f.get(left);
      f.brIf(0);
    });
    f.loop(() => {
      f.get(control);
      f.get(phase);
      f.i64(-1); // however long it takes
      f.atomic('memory.atomic.wait32', 4 * CONTROL.phase);
      f.op('drop');
      pushPhase();
      f.get(phase);
      f.op('i32.eq');
      f.brIf(0);
    });
  });
}
