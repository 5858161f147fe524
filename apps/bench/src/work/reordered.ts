import { elementCount, shapeOf, type Work } from './work.ts';

/**
 * The elements of a row-major array with its axes in another order.
 *
 * @param from - one letter for each axis, as they lie in `values`
 * @param to - the same letters as they should lie
 */
export function reordered(values: ArrayLike<number>, from: string, to: string, sizes: Work['sizes']): Float64Array {
  const shape = shapeOf(to, sizes);
  const strides = [...to].map((letter) => elementCount(shapeOf(from.slice(from.indexOf(letter) + 1), sizes)));
  const result = new Float64Array(values.length);
  let at = 0;
  const visit = (axis: number, offset: number): void => {
    if (axis === shape.length) {
      result[at++] = values[offset] ?? Number.NaN;
      return;
    }
    const [size = 1, stride = 0] = [shape[axis], strides[axis]];
    for (let i = 0; i < size; i++) visit(axis + 1, offset + i * stride);
  };
  visit(0, 0);
  return result;
}

/** Every order of some letters. */
export function permutations(letters: string): string[] {
  if (letters.length <= 1) return [letters];
  return [...letters].flatMap((first) => permutations(letters.replace(first, '')).map((rest) => first + rest));
}
