import type { Span } from './pattern.ts';

/** Columns are code points, so that letters outside the basic plane keep the carets in place. */
const columnOf = (text: string, offset: number): number => Array.from(text.slice(0, offset)).length;

/**
 * The last two lines of a pattern error: the pattern, and carets under the given spans followed by the remedy.
 *
 *   bi,ij->bq
 *           ^  Did you mean "j"?
 *
 * An empty span (a scalar term) is shown as one caret at its place.
 */
export function caret(text: string, spans: readonly Span[], remedy: string): string {
  const oneLine = text.replace(/\s/gu, ' ');
  const marks: string[] = [];
  for (const span of spans) {
    const start = columnOf(text, span.start);
    const end = Math.max(start + 1, columnOf(text, span.end));
    for (let column = marks.length; column < end; column++) marks.push(' ');
    for (let column = start; column < end; column++) marks[column] = '^';
  }
  return `  ${oneLine}\n  ${marks.join('')}  ${remedy}`.trimEnd();
}
