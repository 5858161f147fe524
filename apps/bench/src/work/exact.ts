import { elementCount, operandShapes, patternLetters, shapeOf, type Work } from './work.ts';

/** What a correct result is measured against. */
export interface Exact {
  /** The result in f64. */
  readonly values: Float64Array;
  /** The same contraction of the absolute values: Σ|products|, the scale of each element's rounding error. */
  readonly magnitudes: Float64Array;
}

interface Axis {
  readonly size: number;
  readonly left: number;
  readonly right: number;
  readonly out: number;
}

/** The stride of a letter in a row-major operand, 0 where it does not occur. */
function strideOf(letter: string, letters: string, sizes: Work['sizes']): number {
  const position = letters.indexOf(letter);
  return position < 0 ? 0 : elementCount(shapeOf(letters.slice(position + 1), sizes));
}

interface Run {
  readonly left: Float64Array;
  readonly right: Float64Array;
  readonly result: Float64Array;
  readonly atLeft: number;
  readonly atRight: number;
  readonly atOut: number;
}

/** The innermost loop; a function of its own, so that it is compiled as one. */
function addProducts(axis: Axis, { left, right, result, atLeft, atRight, atOut }: Run): void {
  const { size, left: leftStride, right: rightStride, out: outStride } = axis;
  for (let i = 0; i < size; i++) {
    const o = atOut + i * outStride;
    result[o] = (result[o] ?? 0) + (left[atLeft + i * leftStride] ?? 0) * (right[atRight + i * rightStride] ?? 0);
  }
}

/**
 * Two operands contracted by plain loops in f64, one multiply-add at a time.
 *
 * The contracted axes stand outside of those that only the right operand has, so that memory is walked in order.
 */
function contractPair(step: string, sizes: Work['sizes'], left: Float64Array, right: Float64Array): Float64Array {
  const { operands, out } = patternLetters(step);
  const [l = '', r = ''] = operands;
  const letters = [...new Set(l + r)];
  const outer = letters.filter((letter) => l.includes(letter));
  const inner = letters.filter((letter) => !l.includes(letter));
  const axes: Axis[] = [...outer, ...inner].map((letter) => ({
    size: shapeOf(letter, sizes)[0] ?? 1,
    left: strideOf(letter, l, sizes),
    right: strideOf(letter, r, sizes),
    out: strideOf(letter, out, sizes),
  }));
  const result = new Float64Array(elementCount(shapeOf(out, sizes)));
  const visit = (depth: number, atLeft: number, atRight: number, atOut: number): void => {
    const axis = axes[depth];
    if (axis === undefined) return;
    if (depth === axes.length - 1) {
      addProducts(axis, { left, right, result, atLeft, atRight, atOut });
      return;
    }
    for (let i = 0; i < axis.size; i++) {
      visit(depth + 1, atLeft + i * axis.left, atRight + i * axis.right, atOut + i * axis.out);
    }
  };
  visit(0, 0, 0, 0);
  return result;
}

function contract(work: Work, operands: readonly Float64Array[]): Float64Array {
  return work.steps.reduce(
    (left, step, i) => contractPair(step, work.sizes, left, operands[i + 1] ?? new Float64Array(0)),
    operands[0] ?? new Float64Array(0),
  );
}

/**
 * The result of a work by its definition, and the scale of its rounding errors.
 *
 * @throws {Error} when an operand does not have as many elements as its shape.
 */
export function contractExactly(work: Work, operands: readonly Float32Array[]): Exact {
  operandShapes(work).forEach((shape, i) => {
    const have = operands[i]?.length;
    if (have !== elementCount(shape))
      throw new Error(`${work.name}: operand ${i + 1} has ${have} elements for the shape [${shape}]`);
  });
  return {
    values: contract(
      work,
      operands.map((operand) => Float64Array.from(operand)),
    ),
    magnitudes: contract(
      work,
      operands.map((operand) => Float64Array.from(operand, Math.abs)),
    ),
  };
}
