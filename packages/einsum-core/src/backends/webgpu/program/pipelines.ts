import { deviceError } from '../../../base/errors.ts';
import { COMPUTE_STAGE } from '../memory/gpu-constants.ts';
import type { GpuState } from '../memory/gpu-state.ts';
import type { Dispatch } from './dispatch.ts';

/** A compiled shader and what its buffers must be. */
export interface Pipeline {
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
}

/** Compiled shaders of a device, one for each text. */
export interface Pipelines {
  compile(dispatch: Dispatch): Promise<Pipeline>;
}

/** More than a large model has; the oldest goes first. Programs keep those they use. */
const MOST_PIPELINES = 1024;

/** Nothing is compiled yet. */
export function createPipelines({ gpu, assertUsable }: GpuState): Pipelines {
  const known = new Map<string, Promise<Pipeline>>();
  const layouts = new Map<string, { readonly group: GPUBindGroupLayout; readonly all: GPUPipelineLayout }>();

  const layoutFor = (isReadOnly: readonly boolean[]) => {
    const key = isReadOnly.join();
    let layout = layouts.get(key);
    if (layout === undefined) {
      const group = gpu.createBindGroupLayout({
        entries: isReadOnly.map((isRead, binding) => ({
          binding,
          visibility: COMPUTE_STAGE,
          buffer: { type: isRead ? 'read-only-storage' : 'storage' },
        })),
      });
      layout = { group, all: gpu.createPipelineLayout({ bindGroupLayouts: [group] }) };
      layouts.set(key, layout);
    }
    return layout;
  };

  const make = async ({ shader, label }: Dispatch): Promise<Pipeline> => {
    const { group, all } = layoutFor(shader.isReadOnly);
    // an error of the text is told by the pipeline, which names the kernel; this scope keeps it from being told twice
    gpu.pushErrorScope('validation');
    const module = gpu.createShaderModule({ label, code: shader.code });
    const refused = gpu.popErrorScope().catch(() => null);
    try {
      const pipeline = await gpu.createComputePipelineAsync({
        label,
        layout: all,
        compute: { module, entryPoint: 'main' },
      });
      return { pipeline, layout: group };
    } catch (error) {
      assertUsable();
      const reason = (await refused)?.message ?? (error instanceof Error ? error.message : String(error));
      throw deviceError(`webgpu: the kernel "${label}" did not compile: ${reason}`, {
        kernel: label,
        code: shader.code,
      });
    }
  };

  return {
    compile(dispatch) {
      const { code } = dispatch.shader;
      const earlier = known.get(code);
      if (earlier !== undefined) return earlier;
      const made = make(dispatch);
      known.set(code, made);
      made.catch(() => known.delete(code));
      const [oldest] = known.keys();
      if (known.size > MOST_PIPELINES && oldest !== undefined) known.delete(oldest);
      return made;
    },
  };
}
