import { einsum, openDevice, setDefaultDevice, tensor } from '@einlab/einsum-core';
import { property } from '@einlab/testkit';
import fc from 'fast-check';
import { beforeAll, describe, expect } from 'vitest';
import { contractExactly } from './exact.ts';
import { type MatrixOperand, matrixForm } from './matrix-form.ts';
import { operandsOf } from './operands.ts';
import { elementCount, operandShapes, outShape, patternLetters, type Work } from './work.ts';

const shuffled = (letters: readonly string[]) =>
  fc
    .shuffledSubarray([...letters], { minLength: letters.length, maxLength: letters.length })
    .map((list) => list.join(''));

/** Works of two operands: each axis is a batch, a row, a column or contracted, and stands anywhere. */
const anyWork: fc.Arbitrary<Work> = fc
  .array(
    fc.record({ left: fc.boolean(), right: fc.boolean(), out: fc.boolean(), size: fc.integer({ min: 1, max: 5 }) }),
    {
      minLength: 2,
      maxLength: 6,
    },
  )
  .map((axes) => axes.filter(({ left, right, out }) => (left && right) || (out && left !== right)))
  .filter((axes) => axes.some(({ left }) => left) && axes.some(({ right }) => right) && axes.some(({ out }) => out))
  .chain((axes) => {
    const named = axes.map((axis, i) => ({ ...axis, letter: 'abcdef'[i] ?? 'z' }));
    const lettersOf = (side: 'left' | 'right' | 'out') =>
      named.filter((axis) => axis[side]).map(({ letter }) => letter);
    return fc
      .tuple(shuffled(lettersOf('left')), shuffled(lettersOf('right')), shuffled(lettersOf('out')))
      .map(([left, right, out]) => {
        const pattern = `${left},${right}->${out}`;
        const sizes = Object.fromEntries(named.map(({ letter, size }) => [letter, size]));
        return { name: pattern, pattern, steps: [pattern], sizes, weights: true };
      });
  });

/** The element of a row-major array at a position given along permuted axes. */
function permuted(values: ArrayLike<number>, shape: readonly number[], permutation: readonly number[]): number[] {
  const newShape = permutation.map((from) => shape[from] ?? 1);
  return Array.from({ length: elementCount(shape) }, (_, flat) => {
    const at = newShape.map((size, i) => Math.floor(flat / elementCount(newShape.slice(i + 1))) % size);
    const position = shape.reduce(
      (sum, _size, axis) => sum + (at[permutation.indexOf(axis)] ?? 0) * elementCount(shape.slice(axis + 1)),
      0,
    );
    return values[position] ?? Number.NaN;
  });
}

function matrixProduct(
  left: readonly number[],
  right: readonly number[],
  batch: number,
  shapes: { rows: number; inner: number; columns: number },
): number[] {
  const { rows, inner, columns } = shapes;
  return Array.from({ length: batch * rows * columns }, (_, flat) => {
    const [b, m, n] = [Math.floor(flat / (rows * columns)), Math.floor(flat / columns) % rows, flat % columns];
    const terms = Array.from(
      { length: inner },
      (_term, k) => (left[(b * rows + m) * inner + k] ?? NaN) * (right[(b * inner + k) * columns + n] ?? NaN),
    );
    return terms.reduce((sum, term) => sum + term, 0);
  });
}

function expectClose(got: ArrayLike<number>, work: Work, operands: readonly Float32Array[]): void {
  const { values, magnitudes } = contractExactly(work, operands);
  expect(got).toHaveLength(values.length);
  values.forEach((value, i) => {
    expect(Math.abs((got[i] ?? NaN) - value)).toBeLessThanOrEqual(1e-14 * (magnitudes[i] ?? 0));
  });
}

describe('contractExactly', () => {
  beforeAll(async () => setDefaultDevice(await openDevice('reference')));

  property('is what the reference device computes', anyWork, async (work) => {
    const operands = operandsOf(work);
    const shapes = operandShapes(work);
    const tensors = operands.map((values, i) => tensor(values, { shape: shapes[i] ?? [] }));
    expectClose(await einsum(work.pattern, ...tensors).data(), work, operands);
  });

  property('sums the absolute values into the magnitudes', anyWork, (work) => {
    const operands = operandsOf(work).map((values) => values.map(Math.abs));
    const { values, magnitudes } = contractExactly(work, operands);
    expect(magnitudes).toEqual(values);
  });
});

describe('matrixForm', () => {
  property('leads to the same result through a batched matrix product', anyWork, (work) => {
    const operands = operandsOf(work);
    const form = matrixForm(work.pattern, work.sizes);
    const shapes = operandShapes(work);
    const arranged = ([form.left, form.right] satisfies MatrixOperand[]).map((operand, i) =>
      permuted(operands[i] ?? [], shapes[i] ?? [], operand.permutation),
    );
    const [rows = 1, inner = 1] = form.left.matrixShape.slice(-2);
    const columns = form.right.matrixShape.at(-1) ?? 1;
    const product = matrixProduct(arranged[0] ?? [], arranged[1] ?? [], form.batch, { rows, inner, columns });
    expectClose(permuted(product, form.productShape, form.outPermutation), work, operands);
    expect(form.outPermutation.map((from) => form.productShape[from])).toEqual(outShape(work));
  });

  property(
    'moves no axis where the layout is that of a matrix product already',
    fc.constantFrom('bmk,bkn->bmn', 'mk,kn->mn'),
    (pattern) => {
      const form = matrixForm(pattern, { b: 2, m: 3, k: 4, n: 5 });
      expect([form.left.inOrder, form.right.inOrder, form.outInOrder]).toEqual([true, true, true]);
      expect(form.left.matrixShape).toHaveLength(patternLetters(pattern).out.length);
    },
  );
});
