import { patternError } from '../base/errors.ts';
import { caret } from './caret.ts';
import type { Span } from './pattern.ts';

/** A piece of pattern text; whitespace is not a token, but spans show where it stood. */
export interface Token {
  readonly kind: 'word' | 'ellipsis' | 'comma' | 'arrow';
  readonly text: string;
  readonly span: Span;
}

/** Longest match first; the last alternative takes whatever no rule knows, one code point at a time. */
const tokenExpression = /(\s+)|([\p{L}\p{M}\p{N}_]+)|(\.+)|(,)|(->)|(.)/gsu;

function remedyFor(character: string): string {
  if ('()'.includes(character)) return 'Groups in parentheses belong to rearrange, reduce and repeat.';
  if ('-=>→⟶'.includes(character)) return 'The output follows "->".';
  if (';|&*@'.includes(character)) return 'Operands are separated by ",".';
  return 'A pattern has axis names, "...", "," and "->".';
}

/**
 * Splits pattern text into words, `...`, `,` and `->`.
 *
 * @throws {EinlabError} `pattern` for a character that belongs to none of them.
 */
export function lex(text: string): Token[] {
  const tokens: Token[] = [];
  for (const match of text.matchAll(tokenExpression)) {
    const [matched, space, word, dots, comma, arrow] = match;
    if (space !== undefined) continue;
    const span = { start: match.index, end: match.index + matched.length };
    if (word !== undefined) tokens.push({ kind: 'word', text: matched, span });
    else if (dots === '...') tokens.push({ kind: 'ellipsis', text: matched, span });
    else if (comma !== undefined) tokens.push({ kind: 'comma', text: matched, span });
    else if (arrow !== undefined) tokens.push({ kind: 'arrow', text: matched, span });
    else if (dots !== undefined) {
      const message = `einsum: "${matched}" is not an ellipsis`;
      throw patternError(`${message}\n${caret(text, [span], 'Write exactly three dots.')}`, { pattern: text, span });
    } else {
      const message = `einsum: unknown character "${matched}" in the pattern`;
      const details = { pattern: text, span, character: matched };
      throw patternError(`${message}\n${caret(text, [span], remedyFor(matched))}`, details);
    }
  }
  return tokens;
}
