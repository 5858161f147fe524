import type { AxisItem, EllipsisItem, Span } from './pattern.ts';

/** What users call: the three share a notation and differ in what the two sides may name. */
export type GroupedOperation = 'rearrange' | 'reduce' | 'repeat';

/** An axis that is written as its size: `2`. Each stands for itself alone. */
export interface AnonymousItem {
  readonly kind: 'anonymous';
  readonly size: number;
  readonly span: Span;
}

/** What a dimension is the product of. */
export type Factor = AxisItem | EllipsisItem | AnonymousItem;

/**
 * One dimension as written: a name, a size, `...` (any number of dimensions), or factors merged in parentheses, the
 * last turning fastest. `1` and `()` have no factors.
 */
export interface Dimension {
  readonly factors: readonly Factor[];
  readonly isGroup: boolean;
  readonly span: Span;
}

/** A parsed pattern of `rearrange`, `reduce` or `repeat`: immutable, independent of shapes. */
export interface GroupedPattern {
  readonly operation: GroupedOperation;
  readonly text: string;
  readonly input: readonly Dimension[];
  readonly output: readonly Dimension[];
}

/** The factors of one side, in order. */
export const factorsOf = (side: readonly Dimension[]): Factor[] => side.flatMap(({ factors }) => factors);
