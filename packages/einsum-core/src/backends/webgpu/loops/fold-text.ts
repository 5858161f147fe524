import type { Expression } from '../../../kernels/expression.ts';
import type { Fold } from '../../../kernels/kernel.ts';
import { expression, load, constant } from '../../../kernels/expression.ts';
import { printConstant, printOperation } from '../wgsl/print-operation.ts';

/** How a fold is written: what it starts from, and how two values become one. */
export interface FoldText {
  readonly neutral: string;
  readonly combine: (a: string, b: string) => string;
}

const OPERATIONS = { sum: 'add', maximum: 'maximum', minimum: 'minimum', largest: 'maximum' } as const;

/** The text of a fold over its value's type. */
export function foldText({ operation, value: { type } }: Fold, use: (helper: string) => void): FoldText {
  const node: Expression = expression(OPERATIONS[operation], type, load(0, type), load(1, type));
  return {
    neutral: printConstant(constant(neutralOf(operation, type), type), use),
    combine: (a, b) => printOperation(node, [a, b], use),
  };
}

function neutralOf(operation: Fold['operation'], type: Expression['type']): number {
  if (operation === 'sum') return 0;
  const isMaximum = operation !== 'minimum';
  if (type === 'f32') return isMaximum ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  if (type === 'i32') return isMaximum ? -(2 ** 31) : 2 ** 31 - 1;
  return isMaximum ? 0 : 2 ** 32 - 1;
}
