import { type Shape, sizeOf, stridesOf } from '../base/shape.ts';

/** Where element i of a tensor lies in a buffer: offset + Σ iₐ·strides[a], in elements. Strides may be 0 or negative. */
export interface View {
  readonly shape: Shape;
  readonly offset: number;
  readonly strides: readonly number[];
}

/** The row-major view of a whole buffer. */
export const contiguousView = (shape: Shape): View => ({ shape, offset: 0, strides: stridesOf(shape) });

/** True when the elements lie one after another from the buffer's start; size-1 axes may have any stride. */
export function isContiguous(view: View): boolean {
  if (view.offset !== 0) return false;
  let expected = 1;
  for (let axis = view.shape.length - 1; axis >= 0; axis--) {
    if (view.shape[axis] === 1) continue;
    if (view.strides[axis] !== expected) return false;
    expected *= view.shape[axis];
  }
  return true;
}

/** Size-1 axes dropped and neighbours fused where one stride walks both; the coarsest description of the same walk. */
export function mergeAxes(view: View): View {
  const shape: number[] = [];
  const strides: number[] = [];
  view.shape.forEach((size, axis) => {
    if (size === 1) return;
    const last = shape.length - 1;
    const stride = view.strides[axis];
    if (last >= 0 && strides[last] === stride * size) {
      shape[last] *= size;
      strides[last] = stride;
    } else {
      shape.push(size);
      strides.push(stride);
    }
  });
  return { shape, offset: view.offset, strides };
}

/**
 * The same elements in the same row-major order under another shape of equal size, or `undefined` where no strides can
 * say that and a copy is needed. Each target axis must divide evenly into one merged source axis.
 */
export function reshapeView(view: View, shape: Shape): View | undefined {
  if (sizeOf(shape) === 0) return { shape, offset: view.offset, strides: shape.map(() => 0) };
  const source = mergeAxes(view);
  const strides = new Array<number>(shape.length).fill(0);
  let axis = source.shape.length - 1;
  let remaining = axis >= 0 ? source.shape[axis] : 1;
  let stride = axis >= 0 ? source.strides[axis] : 0;
  for (let target = shape.length - 1; target >= 0; target--) {
    if (shape[target] === 1) continue;
    if (remaining === 1) {
      axis--;
      remaining = source.shape[axis];
      stride = source.strides[axis];
    }
    if (remaining % shape[target] !== 0) return undefined;
    strides[target] = stride;
    stride *= shape[target];
    remaining /= shape[target];
  }
  return { shape, offset: view.offset, strides };
}

/**
 * The coarsest shape from which every given shape (all of one size) arises by merging neighbouring axes, or `undefined`
 * when they cut the elements at places that do not nest, as [2, 3] and [3, 2] do.
 */
export function commonRefinement(shapes: readonly Shape[]): Shape | undefined {
  const boundaries = new Set<number>();
  for (const shape of shapes) {
    let product = 1;
    boundaries.add(1);
    for (let axis = shape.length - 1; axis >= 0; axis--) boundaries.add((product *= shape[axis]));
  }
  const sorted = [...boundaries].sort((a, b) => a - b);
  const refined: number[] = [];
  for (let i = 1; i < sorted.length; i++) {
    if (sorted[i] % sorted[i - 1] !== 0) return undefined;
    refined.unshift(sorted[i] / sorted[i - 1]);
  }
  return refined;
}
