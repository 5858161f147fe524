/** A contraction to be measured. Axes are single letters, the one notation that every engine here reads. */
export interface Work {
  /** What the tables call it: `product 512`. */
  readonly name: string;
  /** Two or three operands: `mbk,bkn->mbn`. */
  readonly pattern: string;
  /** Size of each letter. */
  readonly sizes: Readonly<Record<string, number>>;
  /**
   * The pairwise contractions that do the work in the cheapest order, each taking the previous result as its left
   * operand. One step, the pattern itself, for two operands.
   */
  readonly steps: readonly string[];
  /** Whether every operand but the first is a weight, which an engine may prepare once. */
  readonly weights: boolean;
}

/** The letters of each operand and of the result. */
export interface PatternLetters {
  readonly operands: readonly string[];
  readonly out: string;
}

/** `mbk,bkn->mbn` taken apart. */
export function patternLetters(pattern: string): PatternLetters {
  const [inputs, out, ...rest] = pattern.split('->');
  if (inputs === undefined || out === undefined || rest.length > 0 || !/^[a-z]+(,[a-z]+)*$/.test(inputs)) {
    throw new Error(`pattern "${pattern}" is not of the form "ab,bc->ac"`);
  }
  return { operands: inputs.split(','), out };
}

/** The size of a letter. */
export function sizeOf(letter: string, sizes: Work['sizes']): number {
  const size = sizes[letter];
  if (size === undefined) throw new Error(`axis "${letter}" has no size; sizes are given for ${Object.keys(sizes)}`);
  return size;
}

/** The sizes of some letters, in their order. */
export function shapeOf(letters: string, sizes: Work['sizes']): number[] {
  return [...letters].map((letter) => sizeOf(letter, sizes));
}

/** How many elements a shape has. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** The shapes of the operands, in their order. */
export function operandShapes(work: Work): number[][] {
  return patternLetters(work.pattern).operands.map((letters) => shapeOf(letters, work.sizes));
}

/** The shape of the result. */
export function outShape(work: Work): number[] {
  return shapeOf(patternLetters(work.pattern).out, work.sizes);
}

/** Floating-point operations of the cheapest order: two for each multiply-accumulate of each step. */
export function flopsOf(work: Work): number {
  const flops = work.steps.map((step) => {
    const { operands } = patternLetters(step);
    return 2 * elementCount(shapeOf([...new Set(operands.join(''))].join(''), work.sizes));
  });
  return flops.reduce((sum, count) => sum + count, 0);
}

/** How many products are summed into one element of the result, over all steps together: the length of its error bound. */
export function termsOf(work: Work): number {
  const lengths = work.steps.map((step) => {
    const { operands, out } = patternLetters(step);
    const contracted = [...new Set(operands.join(''))].filter((letter) => !out.includes(letter));
    return elementCount(shapeOf(contracted.join(''), work.sizes));
  });
  return lengths.reduce((sum, length) => sum + length, 0);
}

/** Whether both operands have the same axes in the same order, so that multiplying and summing does the work. */
export function isElementwise(work: Work): boolean {
  const [left, right, ...rest] = patternLetters(work.pattern).operands;
  return left === right && rest.length === 0;
}

/** Positions in the first operand of the axes that are summed away. */
export function summedAxes(work: Work): number[] {
  const { operands, out } = patternLetters(work.pattern);
  return [...(operands[0] ?? '')].flatMap((letter, axis) => (out.includes(letter) ? [] : [axis]));
}
