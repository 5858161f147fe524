import type { ContractionAxis, NormalizedContraction } from '../../../kernels/contraction.ts';
import { sizesOf } from '../contraction/contraction-layout.ts';

/** The power of two that a size is nearest to below: sizes of a class differ by less than a factor of two. */
const magnitude = (size: number): number => Math.floor(Math.log2(Math.max(1, size)));

/** Which group of axes a tensor's neighbouring elements belong to. */
function innermost(
  tensor: 'left' | 'right' | 'out',
  groups: Readonly<Record<string, readonly ContractionAxis[]>>,
): string {
  let found = '-';
  let smallest = Number.POSITIVE_INFINITY;
  for (const [name, axes] of Object.entries(groups)) {
    for (const axis of axes) {
      const step = Math.abs(axis[tensor]);
      if (step > 0 && step < smallest) [found, smallest] = [name, step];
    }
  }
  return `${found}${smallest === 1 ? '' : '+'}`;
}

/**
 * The class of a contraction: what suits one of a class suits all of it. Sizes by their powers of two (batch, rows,
 * columns, contracted), and where each tensor's neighbours lie: `b0 m9 n9 k9, kn n`.
 */
export function shapeClass(kernel: NormalizedContraction): string {
  const { batch, rows, columns, depth } = sizesOf(kernel);
  const sizes = { b: batch, m: rows, n: columns, k: depth };
  const groups = { b: kernel.batch, m: kernel.rows, n: kernel.columns, k: kernel.contracted };
  const places = (['left', 'right', 'out'] as const).map((tensor) => innermost(tensor, groups));
  const text = Object.entries(sizes).map(([name, size]) => `${name}${magnitude(size)}`);
  return `${text.join(' ')}, ${places.join(' ')}`;
}
