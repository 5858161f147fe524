import { elementCount, patternLetters, shapeOf, type Work } from './work.ts';

/** An operand brought into a matrix's form: axes in another order, then fused. */
export interface MatrixOperand {
  /** Position in the original of each axis of the reordered operand. */
  readonly permutation: readonly number[];
  /** Whether the permutation changes nothing. */
  readonly inOrder: boolean;
  /** `[batch, rows, columns]`, or `[rows, columns]` without a batch. */
  readonly matrixShape: readonly number[];
}

/** A contraction of two operands as a batched matrix product, for engines whose matrix product is better than their einsum. */
export interface MatrixForm {
  readonly left: MatrixOperand;
  readonly right: MatrixOperand;
  /** The shape of the product before its axes are put in order. */
  readonly productShape: readonly number[];
  /** Position in the product of each axis of the result. */
  readonly outPermutation: readonly number[];
  readonly outInOrder: boolean;
  /** How many matrices there are; 1 without a batch. */
  readonly batch: number;
}

const isIdentity = (permutation: readonly number[]): boolean => permutation.every((from, to) => from === to);

function matrixOperand(letters: string, groups: readonly string[], sizes: Work['sizes']): MatrixOperand {
  const permutation = [...groups.join('')].map((letter) => letters.indexOf(letter));
  const fused = groups.map((group) => elementCount(shapeOf(group, sizes)));
  const matrixShape = groups[0] === '' ? fused.slice(1) : fused;
  return { permutation, inOrder: isIdentity(permutation), matrixShape };
}

/**
 * Sorts the axes of a pattern of two operands into batch, rows, columns and contracted, keeping the result's order in
 * each group so that as few axes as possible move.
 *
 * @throws {Error} when the pattern does not have two operands, or sums or repeats an axis within one.
 */
export function matrixForm(pattern: string, sizes: Work['sizes']): MatrixForm {
  const { operands, out } = patternLetters(pattern);
  const [left, right] = operands;
  if (left === undefined || right === undefined || operands.length > 2) {
    throw new Error(`pattern "${pattern}" has ${operands.length} operands; a matrix product has 2`);
  }
  const batch = [...out].filter((letter) => left.includes(letter) && right.includes(letter)).join('');
  const rows = [...out].filter((letter) => !right.includes(letter)).join('');
  const columns = [...out].filter((letter) => !left.includes(letter)).join('');
  const contracted = [...left].filter((letter) => right.includes(letter) && !out.includes(letter)).join('');
  const covered =
    left.length + right.length === 2 * batch.length + 2 * contracted.length + rows.length + columns.length;
  if (!covered) throw new Error(`pattern "${pattern}" sums or repeats an axis within one operand`);
  const product = batch + rows + columns;
  const outPermutation = [...out].map((letter) => product.indexOf(letter));
  return {
    left: matrixOperand(left, [batch, rows, contracted], sizes),
    right: matrixOperand(right, [batch, contracted, columns], sizes),
    productShape: shapeOf(product, sizes),
    outPermutation,
    outInOrder: isIdentity(outPermutation),
    batch: elementCount(shapeOf(batch, sizes)),
  };
}
