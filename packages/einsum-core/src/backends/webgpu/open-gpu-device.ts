import { deviceError } from '../../base/errors.ts';
import type { TunedChoices } from '../../program/backend.ts';

/** How a WebGPU device is had. */
export interface GpuOptions {
  /** A device to use instead of asking for one; closing leaves it open. */
  readonly gpuDevice?: GPUDevice;
  /** Features to ask for where the adapter has them. */
  readonly features?: readonly string[];
  /** Whether contractions are measured; default where the adapter is no processor. */
  readonly tune?: boolean;
  /** Choices of an earlier run. */
  readonly choices?: TunedChoices;
  /** Calls of a program that may be on their way at a time. */
  readonly callsInFlight?: number;
  /** The clock that measures, in milliseconds; default `performance.now`. */
  readonly clock?: () => number;
}

/** A device with what is known about its adapter. */
export interface OpenedGpu {
  readonly gpu: GPUDevice;
  readonly adapter: string;
  /** Whether a processor imitates a graphics card. */
  readonly isSoftware: boolean;
  /** Destroys a device that was asked for; one that was given stays as it is. */
  close(): void;
}

/** The device that was given, or one of the best adapter there is, with all that the adapter allows. */
export async function openGpuDevice({ gpuDevice, features = [] }: GpuOptions): Promise<OpenedGpu> {
  if (gpuDevice !== undefined) return { gpu: gpuDevice, ...describe(gpuDevice.adapterInfo), close() {} };
  const api = await findWebgpu();
  const adapter = await api.requestAdapter({ powerPreference: 'high-performance' });
  if (adapter === null) {
    throw deviceError(
      'openDevice: WebGPU is here but found no adapter; update the graphics driver (Node on Linux needs Vulkan), or use a wasm device',
    );
  }
  try {
    const gpu = await adapter.requestDevice({
      requiredFeatures: [...new Set([...WANTED_FEATURES, ...features])].filter((feature) =>
        adapter.features.has(feature),
      ) as GPUFeatureName[],
      requiredLimits: adapterLimits(adapter),
    });
    return { gpu, ...describe(adapter.info), close: () => gpu.destroy() };
  } catch (error) {
    throw deviceError(`openDevice: the adapter ${nameOf(adapter.info)} gave no device: ${String(error)}`);
  }
}

/** What kernels and profiles use where there is such a thing. */
const WANTED_FEATURES = ['subgroups', 'shader-f16', 'timestamp-query'] as const;

/** A device without them has the limits of the weakest machine. */
const WANTED_LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupsPerDimension',
] as const;

function adapterLimits({ limits }: GPUAdapter): Record<string, number> {
  return Object.fromEntries(WANTED_LIMITS.map((name) => [name, limits[name]]));
}

/** The name of an optional package, out of the sight of bundlers, which would insist on finding it. */
const NODE_PACKAGE = 'webgpu';

/** Browsers keep the device's clock coarse, so that pages cannot spy with it. */
const NODE_OPTIONS = ['disable-dawn-features=timestamp_quantization'];

interface NodeWebgpu {
  create(options: readonly string[]): GPU;
}

/** Dawn crashes when this is collected while a device or a promise of one is left, so it is made once and kept. */
let nodeWebgpu: GPU | undefined;

/** The API: a page's own, or in Node the one of the package `webgpu`. */
async function findWebgpu(): Promise<GPU> {
  if (typeof navigator !== 'undefined' && 'gpu' in navigator && navigator.gpu) return navigator.gpu;
  if (typeof process === 'undefined' || process.versions?.node === undefined) {
    throw deviceError('openDevice: this browser has no WebGPU, or the page is not served securely; use a wasm device');
  }
  try {
    const { create } = (await import(/* @vite-ignore */ NODE_PACKAGE)) as NodeWebgpu;
    nodeWebgpu ??= create(NODE_OPTIONS);
    return nodeWebgpu;
  } catch (error) {
    throw deviceError(
      `openDevice: Node has no WebGPU without the package "webgpu" (npm install webgpu), or it did not load: ${String(error)}`,
    );
  }
}

function nameOf({ description, device, vendor, architecture }: GPUAdapterInfo): string {
  return description || device || [vendor, architecture].filter(Boolean).join(' ') || 'without a name';
}

function describe(info: GPUAdapterInfo): Pick<OpenedGpu, 'adapter' | 'isSoftware'> {
  return { adapter: nameOf(info), isSoftware: info.isFallbackAdapter };
}
