import { createWasmBackend } from '../backends/wasm/wasm-backend.ts';
import { deviceError, optionError } from '../base/errors.ts';
import type { Backend, DeviceKind, DeviceMemory, Executable, KernelRun, TunedChoices } from '../program/backend.ts';
import type { Profile } from './profile.ts';
import { createProgramCache, type ProgramCache } from './program-cache.ts';

/** A place where tensors are computed and kept. */
export interface Device {
  readonly kind: DeviceKind;
  /** What the machine offers: `relaxedSimd`, `threads`, `precision`; `adapter` and `isSoftware` on `webgpu`. */
  readonly capabilities: Readonly<Record<string, boolean | number | string>>;
  /** Bytes held now and at most. */
  memory(): DeviceMemory;
  /**
   * Runs `f`, which may be asynchronous, and tells how long each kernel took of the programs that ran on this device until
   * it ended. While that lasts, programs run kernel by kernel on one thread; results are the same to the last bit.
   */
  profile(f: () => unknown): Promise<Profile>;
  /**
   * Which ways to compute a `webgpu` device has measured to be the fastest, or was given; empty on other devices. Plain
   * data: stored as JSON, it saves a later run the measuring.
   */
  choices(): TunedChoices;
  /** Resolves with the reason if the device stops working; closing does not count. */
  readonly lost: Promise<string>;
  /** Releases everything; tensors kept on the device are dead afterwards. */
  close(): void;
}

interface OpenDevice extends Device {
  readonly backend: Backend;
  /** Of plain evaluations, by the structure of their graphs. */
  readonly executables: ProgramCache<Executable>;
  /** Of plain evaluations: the constants of the first graph of each form. */
  readonly forms: Map<string, readonly number[]>;
  /** Who is told of each kernel that runs: nobody, unless something is being profiled. */
  observer: ((run: KernelRun) => void) | undefined;
}

/** Plain evaluations, and each compiled function, keep this many programs for reuse. */
export const PROGRAM_LIMIT = 128;

const devices = new WeakMap<object, OpenDevice>();
let defaultDevice: OpenDevice | undefined;

/** How a device is opened. */
export interface DeviceOptions {
  /**
   * Threads of a `wasm` device, the calling one included; default one per processor, at most 8. Where memory cannot be
   * shared between threads (a page that is not cross-origin isolated) it is one whatever is asked for:
   * `device.capabilities.threads` says how many there are. Results are the same to the last bit for any number.
   */
  readonly threads?: number;
  /**
   * The device that a `webgpu` device computes with, which then stays open when it is closed; default one of the best
   * adapter there is. In Node the package `webgpu` must be installed.
   */
  readonly gpuDevice?: GPUDevice;
  /** Features that a `webgpu` device asks its adapter for, where it has them. */
  readonly features?: readonly string[];
  /**
   * Whether a `webgpu` device measures, once for each class of shapes, which of its ways to compute a contraction is the
   * fastest; results are the same bits whatever it chooses. Default on a graphics card, and not where a processor
   * imitates one: there compiling the candidates takes longer than most programs.
   */
  readonly tune?: boolean;
  /**
   * Calls of each program that a `webgpu` device may have on their way before the next waits; default 4. More keep a card
   * busy while the host is slow, and hold more memory.
   */
  readonly callsInFlight?: number;
  /** What `device.choices()` of an earlier run gave: used without measuring, where the adapter is the same. */
  readonly choices?: TunedChoices;
}

/** More threads than any machine has that this is for. */
const MOST_THREADS = 256;

/**
 * Opens a device of its own. Programs that never call this use one shared `wasm` device.
 *
 * @param kind - `wasm`, `webgpu`, or `reference` for the definitions in f64
 * @throws {EinlabError} `option` for another kind or a wrong option, `device` where the machine lacks what the kind needs
 */
export async function openDevice(kind: DeviceKind, options: DeviceOptions = {}): Promise<Device> {
  const { threads, callsInFlight } = options;
  if (callsInFlight !== undefined && !(Number.isInteger(callsInFlight) && callsInFlight >= 1)) {
    throw optionError(`openDevice: callsInFlight is ${callsInFlight}; expected a whole number ≥ 1`, { callsInFlight });
  }
  if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1 && threads <= MOST_THREADS)) {
    throw optionError(`openDevice: threads is ${threads}; expected a whole number from 1 to ${MOST_THREADS}`, {
      threads,
    });
  }
  switch (kind) {
    case 'wasm':
      return openOn(createWasmBackend(options));
    case 'reference': {
      // loaded when asked for: most programs never do
      const { createReferenceBackend } = await import('../backends/reference/reference-backend.ts');
      return openOn(createReferenceBackend());
    }
    case 'webgpu': {
      const { createWebgpuBackend } = await import('../backends/webgpu/webgpu-backend.ts');
      return openOn(await createWebgpuBackend(options));
    }
    default:
      throw optionError(`openDevice: kind is ${JSON.stringify(kind)}; expected 'wasm', 'webgpu' or 'reference'`, {
        kind,
      });
  }
}

/** A device over a backend. */
export function openOn(backend: Backend): OpenDevice {
  const { kind } = backend;
  const observers = new Set<(run: KernelRun) => void>();
  const watch = (change: () => void): void => {
    change();
    device.observer =
      observers.size === 0
        ? undefined
        : (run) => {
            for (const observe of observers) observe(run);
          };
  };
  const device: OpenDevice = {
    kind,
    backend,
    capabilities: backend.capabilities,
    executables: createProgramCache(PROGRAM_LIMIT, (executable) => executable.release()),
    forms: new Map(),
    observer: undefined,
    lost: backend.lost ?? new Promise(() => {}),
    memory: () => backend.memory(),
    choices: () => backend.choices?.() ?? { adapter: '', contractions: {} },
    async profile(f) {
      const observed: KernelRun[] = [];
      const observe = (run: KernelRun): number => observed.push(run);
      watch(() => observers.add(observe));
      const started = performance.now();
      try {
        await f();
      } finally {
        watch(() => observers.delete(observe));
      }
      const milliseconds = performance.now() - started;
      const { summarizeProfile } = await import('./profile.ts');
      return summarizeProfile(observed, milliseconds);
    },
    close() {
      device.executables.clear();
      backend.close();
      if (defaultDevice === device) defaultDevice = undefined;
    },
  };
  devices.set(backend, device);
  devices.set(device, device);
  return device;
}

/** Makes a device the one that is used where no kept tensor decides. */
export function setDefaultDevice(device: Device): void {
  defaultDevice = opened(device);
}

/** The device in use where no kept tensor decides: the one that was set, or a `wasm` device opened at the first need. */
export function currentDevice(): OpenDevice {
  defaultDevice ??= openOn(createWasmBackend());
  return defaultDevice;
}

/** The opened device behind a handle or a buffer's owner. */
export function opened(handle: object): OpenDevice {
  const device = devices.get(handle);
  if (device === undefined)
    throw deviceError('this is not a device that openDevice returned, or it belongs to another copy of the engine');
  return device;
}

export type { OpenDevice };
