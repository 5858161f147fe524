import { BUFFER_USAGE, MAP_READ } from '../memory/gpu-constants.ts';

/** The clock of a device, which tells how long a pass took without the time that asking for it takes. */
export interface Timestamps {
  /** For the pass that is to be timed. */
  readonly descriptor: GPUComputePassDescriptor;
  /** Asks for the times of the pass; to be recorded behind it. */
  resolve(encoder: GPUCommandEncoder): void;
  /** How long the last pass took, when its work is submitted. */
  milliseconds(): Promise<number>;
  close(): void;
}

/** A time is a whole number of nanoseconds in 64 bits. */
const BYTES = 16;

/** The clock, where the device has one: it was opened with the feature `timestamp-query`. */
export function createTimestamps(gpu: GPUDevice): Timestamps | undefined {
  if (!gpu.features.has('timestamp-query')) return undefined;
  const querySet = gpu.createQuerySet({ type: 'timestamp', count: 2 });
  const resolved = gpu.createBuffer({ size: BYTES, usage: BUFFER_USAGE.queryResolve | BUFFER_USAGE.copySource });
  const stage = gpu.createBuffer({ size: BYTES, usage: BUFFER_USAGE.mapRead | BUFFER_USAGE.copyDestination });
  return {
    descriptor: { timestampWrites: { querySet, beginningOfPassWriteIndex: 0, endOfPassWriteIndex: 1 } },
    resolve(encoder) {
      encoder.resolveQuerySet(querySet, 0, 2, resolved, 0);
      encoder.copyBufferToBuffer(resolved, 0, stage, 0, BYTES);
    },
    async milliseconds() {
      await stage.mapAsync(MAP_READ);
      const [start, end] = new BigUint64Array(stage.getMappedRange());
      const nanoseconds = Number(end - start);
      stage.unmap();
      // a device may set its clock back
      return Math.max(0, nanoseconds / 1e6);
    },
    close() {
      querySet.destroy();
      resolved.destroy();
      stage.destroy();
    },
  };
}
