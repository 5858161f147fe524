import { DTYPES, type DType } from './dtype.ts';
import { dtypeError } from './errors.ts';
import { formatShape, type Shape } from './shape.ts';

/** What operations ask of an operand before they use it. */
export interface Operand {
  readonly shape: Shape;
  readonly dtype: DType;
}

/**
 * Refuses what is no tensor, or one of a type that an operation does not take.
 *
 * @param culprit - the beginning of the error, as in `take: indices are`
 * @param remedy - its end, where a cast is not the one
 * @throws {EinlabError} `dtype`
 */
export function assertType(
  culprit: string,
  x: Operand,
  accepted: readonly DType[] = DTYPES,
  remedy = ', use cast',
): void {
  // untyped code can pass anything
  const dtype = x?.dtype;
  if (accepted.includes(dtype)) return;
  const found = x?.shape
    ? `${dtype}${formatShape(x.shape)}; expected ${accepted.join(' or ')}${remedy}`
    : `no tensor but ${Object.prototype.toString.call(x).slice('[object '.length, -1)}`;
  throw dtypeError(`${culprit} ${found}`, { dtype });
}

/** `assertType` of the one operand of an operation. */
export const assertOperand = (x: Operand, operation: string, accepted?: readonly DType[]): void =>
  assertType(`${operation}: the operand is`, x, accepted);
