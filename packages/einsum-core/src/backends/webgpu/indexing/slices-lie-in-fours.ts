import type { GatherKernel, ScatterKernel } from '../../../kernels/kernel.ts';
import type { Bindings } from '../wgsl/shader.ts';

/**
 * Whether slices are whole groups of four elements, there are some on both sides (a buffer that is declared as fours holds at least one), and no
 * buffer would have to be declared in two ways.
 */
export const slicesLieInFours = (
  { inner, count, size }: Pick<GatherKernel | ScatterKernel, 'inner' | 'count' | 'size'>,
  { names }: Bindings,
): boolean => inner % 4 === 0 && count * size > 0 && new Set(names).size === names.length;
