import type { Pattern, Term } from './pattern.ts';

const printTerm = (term: Term, separator: string): string =>
  term.items.map((item) => (item.kind === 'ellipsis' ? '...' : item.name)).join(separator);

/**
 * The canonical text of a pattern, in its own style: `bi,io->bo` or `batch in, in out -> batch out`.
 *
 * Parsing the text again gives the same pattern up to spans. An implicit output stays implicit.
 */
export function printPattern(pattern: Pattern): string {
  const compact = pattern.style === 'compact';
  const terms = pattern.operands.map((term) => printTerm(term, compact ? '' : ' '));
  const operands = terms.join(compact ? ',' : ', ');
  if (pattern.implicitOutput) return operands.trim();
  const output = printTerm(pattern.output, compact ? '' : ' ');
  // Empty terms leave doubled spaces behind: `i j, , k -> i` rather than `i j,  -> i`.
  return compact ? `${operands}->${output}` : `${operands} -> ${output}`.replace(/ {2,}/g, ' ').trim();
}
