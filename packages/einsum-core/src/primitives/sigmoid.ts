import { expression } from '../kernels/expression.ts';
import { multiply, subtract } from '../operations/elementwise.ts';
import type { None } from '../tensor/parameters.ts';
import type { Primitive } from '../tensor/primitive.ts';
import { elementwisePrimitive, FLOAT } from './elementwise-primitive.ts';

/** 1/(1 + e⁻ˣ). */
export const sigmoid: Primitive<None> = elementwisePrimitive<None>({
  name: 'sigmoid',
  accepts: [FLOAT],
  scalar: ([x]) => 1 / (1 + Math.exp(-x)),
  expression: ([x]) => expression('sigmoid', 'f32', x),
  partial: ({ output }) => multiply(output, subtract(1, output)), // σ′ = σ·(1 − σ)
  examples: [{ awkward: [0, -0, 20, -20, 80, -80, 1e30, Number.NaN] }],
});
