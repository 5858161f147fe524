import type { ContractionCall, GatherKernel, IndexedContraction, Kernel, LoopKernel } from '../../../kernels/kernel.ts';
import { evenRanges, type Part } from './part.ts';
import { splitAdded } from './split-added.ts';
import { splitIndexed } from './split-indexed.ts';

/** Kernels that do the same to each of `outer` slices of contiguous buffers. */
export type SliceKernel = Exclude<Kernel, LoopKernel | ContractionCall | IndexedContraction>;

/** Slices, dealt out; a gather of one slice is cut along its indices instead, an indexed contraction as either of both. */
export function splitSlices(kernel: SliceKernel | IndexedContraction, count: number, relaxed: boolean): Part[] {
  if (kernel.kind === 'indexedContraction')
    return kernel.added === undefined
      ? splitIndexed(kernel, count, relaxed)
      : splitAdded(kernel, kernel.added, count, relaxed);
  if (kernel.kind === 'gather' && kernel.outer === 1 && !kernel.perElement) return splitIndices(kernel, count);
  const strides = sliceStrides(kernel);
  return evenRanges(kernel.outer, count, 1).map(({ start, size }) => ({
    kernel: { ...kernel, outer: size },
    starts: strides.map((stride) => start * stride),
  }));
}

const splitIndices = (kernel: GatherKernel, count: number): Part[] =>
  evenRanges(kernel.count, count, 1).map(({ start, size }) => ({
    kernel: { ...kernel, count: size },
    starts: [0, start, start * kernel.inner],
  }));

/** Elements from one slice to the next in each buffer. */
function sliceStrides(kernel: SliceKernel): number[] {
  switch (kernel.kind) {
    case 'gather': {
      const { size, count, inner, perElement } = kernel;
      return [size * inner, perElement ? count * inner : 0, count * inner];
    }
    case 'scatter': {
      const { size, count, inner, perElement } = kernel;
      return [perElement ? count * inner : 0, count * inner, size * inner];
    }
    case 'scan':
    case 'argSort':
      return [kernel.count * kernel.inner, kernel.count * kernel.inner];
    case 'windowSum':
      return [kernel.positions * kernel.inner * kernel.size, kernel.extent * kernel.inner];
  }
}
