import type { Bindings } from '../wgsl/shader.ts';

/** Whether slices are whole groups of four elements, and no buffer would have to be declared in two ways. */
export const slicesLieInFours = ({ inner }: { readonly inner: number }, { names }: Bindings): boolean =>
  inner % 4 === 0 && new Set(names).size === names.length;
