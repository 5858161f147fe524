/** Half-open range of UTF-16 code units in the text of a pattern. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** One named axis as written in a term. */
export interface AxisItem {
  readonly kind: 'axis';
  readonly name: string;
  readonly span: Span;
}

/** `...` as written in a term: any number of axes, aligned at the right and broadcast. */
export interface EllipsisItem {
  readonly kind: 'ellipsis';
  readonly span: Span;
}

/** What a term is made of. */
export type TermItem = AxisItem | EllipsisItem;

/** The axes of one operand, or of the output. An empty term is a scalar. */
export interface Term {
  readonly items: readonly TermItem[];
  readonly span: Span;
}

/**
 * A parsed einsum pattern: immutable, independent of shapes.
 *
 * `style` says how names were told apart: `compact` (`bi,io->bo`, each letter an axis) or
 * `spaced` (`batch in, in out -> batch out`, names separated by spaces).
 */
export interface Pattern {
  readonly text: string;
  readonly style: 'compact' | 'spaced';
  readonly operands: readonly Term[];
  /** Always present: derived by NumPy's rule when the text has no `->`. */
  readonly output: Term;
  /** True when the text has no `->`. */
  readonly implicitOutput: boolean;
}
