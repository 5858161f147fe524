import type { Access } from '../../../kernels/kernel.ts';

/** A whole number as WGSL's u32; negative ones wrap around, so that strides may be negative. */
export const unsigned = (value: number): string => `${value >>> 0}u`;

/** Statements that split a row-major position into coordinates along axes of given sizes, named by `nameOf`. */
export function coordinateLines(
  position: string,
  sizes: readonly number[],
  nameOf: (axis: number) => string,
): string[] {
  let inner = 1;
  const lines: string[] = [];
  for (let axis = sizes.length - 1; axis >= 0; axis--) {
    const quotient = inner === 1 ? position : `${position} / ${unsigned(inner)}`;
    const value = axis === 0 ? quotient : `(${quotient}) % ${unsigned(sizes[axis])}`;
    lines.unshift(`let ${nameOf(axis)} = ${sizes[axis] === 1 ? '0u' : value};`);
    inner *= sizes[axis];
  }
  return lines;
}

/** offset + Σ coordinate·stride, in words. */
export function addressOf(
  { offset, strides }: Pick<Access, 'offset' | 'strides'>,
  nameOf: (axis: number) => string,
): string {
  const terms = strides.flatMap((stride, axis) => {
    if (stride === 0) return [];
    return [stride === 1 ? nameOf(axis) : `${nameOf(axis)} * ${unsigned(stride)}`];
  });
  if (offset !== 0 || terms.length === 0) terms.unshift(unsigned(offset));
  return terms.join(' + ');
}
