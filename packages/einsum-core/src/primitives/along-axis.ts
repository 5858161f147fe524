import { type Shape, sizeOf } from '../base/shape.ts';

/** A shape around one axis: the elements before it, along it and after it. */
export const split = (shape: Shape, axis: number): { outer: number; count: number; inner: number } => ({
  outer: sizeOf(shape.slice(0, axis)),
  count: shape[axis],
  inner: sizeOf(shape.slice(axis + 1)),
});

/** Shapes that agree but along one axis. */
export const agreeBeside = (a: Shape, b: Shape, axis: number): boolean =>
  a.length === b.length && a.every((extent, i) => i === axis || extent === b[i]);

/** Where each input starts along the joined axis. */
export function startsAlong(inputs: readonly { readonly shape: Shape }[], axis: number): number[] {
  let start = 0;
  return inputs.map(({ shape }) => {
    const here = start;
    start += shape[axis];
    return here;
  });
}
