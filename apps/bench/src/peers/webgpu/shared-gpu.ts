import { readFileSync } from 'node:fs';
import type { AdapterNote } from '../../harness/adapter.ts';

/** WebGPU as all engines of a run see it. */
export interface SharedGpu {
  readonly adapter: AdapterNote;
  /** The device that was asked for last: that of the engine which has just been opened. */
  lastDevice(): GPUDevice;
}

/** What the package `webgpu` gives: the API, and what browsers have as globals. */
interface NodeWebgpu {
  create(options: readonly string[]): GPU;
  readonly globals: Readonly<Record<string, unknown>>;
}

const LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupsPerDimension',
] as const;

let shared: Promise<SharedGpu> | undefined;

/**
 * Gives Node a `navigator.gpu`, where every engine looks for it, so that all compute on the adapter that it prefers.
 *
 * @throws {Error} when the package does not load or finds no adapter.
 */
export function sharedGpu(): Promise<SharedGpu> {
  shared ??= installGpu();
  return shared;
}

async function installGpu(): Promise<SharedGpu> {
  // by a name that the types do not look up: the package declares what TypeScript's own library has too
  const name: string = 'webgpu';
  const { create, globals }: NodeWebgpu = await import(name);
  Object.assign(globalThis, globals);
  const gpu = create([]);
  Object.defineProperty(navigator, 'gpu', { value: gpu, configurable: true });
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (adapter === null) throw new Error('WebGPU finds no adapter');
  let device: GPUDevice | undefined;
  const prototype: GPUAdapter = Object.getPrototypeOf(adapter);
  const { requestDevice } = prototype;
  prototype.requestDevice = async function (...given) {
    device = await requestDevice.apply(this, given);
    return device;
  };
  return {
    adapter: adapterNote(adapter),
    lastDevice() {
      if (device === undefined) throw new Error('no engine has asked for a device');
      return device;
    },
  };
}

function adapterNote({ info, features, limits }: GPUAdapter): AdapterNote {
  const { vendor, architecture, device, description, isFallbackAdapter, subgroupMinSize, subgroupMaxSize } = info;
  const manifest: unknown = JSON.parse(readFileSync(new URL(import.meta.resolve('webgpu/package.json')), 'utf8'));
  const version = typeof manifest === 'object' && manifest !== null && 'version' in manifest ? manifest.version : '?';
  return {
    name: device || description || vendor,
    vendor,
    architecture,
    driver: description,
    api: `Dawn of the package webgpu ${version}`,
    isSoftware: isFallbackAdapter,
    subgroupSizes: [subgroupMinSize, subgroupMaxSize],
    features: [...features].sort(),
    limits: Object.fromEntries(LIMITS.map((name) => [name, limits[name]])),
  };
}
