import { inputError } from '../command-error.ts';

/**
 * Reads a shape: `64,512`, `64x512`; `[]` or `scalar` for a scalar.
 *
 * @param operand - its number, counted from 1, for the message.
 */
export function readShape(text: string, operand: number): readonly number[] {
  const inner = text.replace(/^\[(.*)\]$/, '$1').trim();
  if (inner === '' ? text.startsWith('[') : inner === 'scalar') return [];
  const sizes = inner.split(/\s*[,x×]\s*/);
  const wrong = sizes.find((size) => !/^\d+$/.test(size) || !Number.isSafeInteger(Number(size)));
  if (wrong !== undefined) {
    const culprit = sizes.length > 1 ? ` (${JSON.stringify(wrong)} is not a size)` : '';
    throw inputError(
      `einlab einsum: the shape of operand ${operand} is ${JSON.stringify(text)}${culprit}; expected sizes such as 64,512, or [] for a scalar`,
    );
  }
  return sizes.map(Number);
}
