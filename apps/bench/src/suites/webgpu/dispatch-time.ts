import { quantile } from '@einlab/numerics';

/** What calls cost the host until the last of their commands is submitted. */
export interface DispatchTime {
  /** Of one call. */
  readonly dispatches: number;
  /** Of one call, the middle one of those timed. */
  readonly milliseconds: number;
}

/** Work that submits commands, and a wait for the device. */
export interface Submitting {
  run(): void | Promise<void>;
  /** Submits what is held back, and resolves when the device has done everything. */
  done(): Promise<void>;
}

/** Does something while calls of a method are noticed, on every object that shares the prototype. */
async function noticing<Name extends string>(
  prototype: Record<Name, unknown>,
  name: Name,
  notice: () => void,
  work: () => Promise<void>,
): Promise<void> {
  const method = prototype[name];
  if (typeof method !== 'function') throw new Error(`${name} is no method`);
  prototype[name] = function (this: unknown, ...given: unknown[]): unknown {
    const result: unknown = method.apply(this, given);
    notice();
    return result;
  };
  try {
    await work();
  } finally {
    prototype[name] = method;
  }
}

/** The prototype that all objects of one of WebGPU's interfaces share. */
function prototypeOf(name: 'GPUQueue' | 'GPUComputePassEncoder'): Record<string, unknown> {
  const found: unknown = Reflect.get(globalThis, name);
  if (typeof found !== 'function') throw new Error(`there is no ${name} here`);
  return found.prototype;
}

/**
 * Times the host's part of calls: from the call to the return of its last submit. What the device does afterwards, and
 * waiting for it, does not count; each call starts when the device has nothing to do.
 *
 * @param clock - in milliseconds
 */
export async function timeDispatches(
  { run, done }: Submitting,
  calls: number,
  clock: () => number,
): Promise<DispatchTime> {
  const call = async (): Promise<void> => {
    await run();
    await done();
  };
  await call();
  let dispatches = 0;
  await noticing(prototypeOf('GPUComputePassEncoder'), 'dispatchWorkgroups', () => dispatches++, call);
  if (dispatches === 0) throw new Error('a call dispatched nothing');
  const times: number[] = [];
  let submitted = Number.NaN;
  const timed = async (): Promise<void> => {
    for (let i = 0; i < calls; i++) {
      submitted = Number.NaN;
      const start = clock();
      await call();
      times.push(submitted - start);
    }
  };
  await noticing(prototypeOf('GPUQueue'), 'submit', () => (submitted = clock()), timed);
  return { dispatches, milliseconds: quantile(times, 0.5) };
}
