import { deviceError } from '../../../base/errors.ts';
import type { GpuBlock } from './buffer-pool.ts';
import { firstFailure } from './first-failure.ts';
import { MAP_READ } from './gpu-constants.ts';
import type { GpuState } from './gpu-state.ts';

/** The first bytes of a block, by way of one that the host can map. */
export async function readThrough(
  { gpu, checked }: GpuState,
  block: GpuBlock,
  stage: GpuBlock,
  bytes: number,
): Promise<ArrayBuffer> {
  const { failure } = checked(`reading ${bytes} bytes`, () => {
    const encoder = gpu.createCommandEncoder();
    encoder.copyBufferToBuffer(block.buffer, 0, stage.buffer, 0, bytes);
    gpu.queue.submit([encoder.finish()]);
  });
  const unmapped = await stage.buffer.mapAsync(MAP_READ, 0, bytes).catch((error: unknown) => {
    return deviceError(`webgpu: reading ${bytes} bytes failed: ${String(error)}`, { bytes });
  });
  // a copy that was refused leaves zeros to be mapped
  const error = (await firstFailure([stage.failure, failure])) ?? unmapped;
  if (error !== undefined) throw error;
  const copy = stage.buffer.getMappedRange(0, bytes).slice(0);
  stage.buffer.unmap();
  return copy;
}
