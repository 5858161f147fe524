import { patternError } from '../base/errors.ts';
import { caret } from './caret.ts';
import { checkOutput } from './check-output.ts';
import type { Token } from './lex.ts';
import { lex } from './lex.ts';
import type { Pattern, Span, Term, TermItem } from './pattern.ts';

const spacedName = /^\p{L}[\p{L}\p{M}\p{N}_]*$/u;
const letter = /^\p{L}$/u;

function fail(text: string, message: string, span: Span, remedy: string): never {
  throw patternError(`einsum: ${message}\n${caret(text, [span], remedy)}`, { pattern: text, span });
}

/** A token list between separators, with the place where the term stands even when it is empty. */
interface RawTerm {
  readonly tokens: readonly Token[];
  readonly span: Span;
}

/** Cuts the tokens at `,` and `->`. */
function splitTerms(text: string, tokens: readonly Token[]): { operands: RawTerm[]; output: RawTerm | undefined } {
  const terms: RawTerm[] = [];
  let arrow: Token | undefined;
  let current: Token[] = [];
  let from = 0;
  const close = (to: number): void => {
    const start = current[0]?.span.start ?? from;
    const end = current.at(-1)?.span.end ?? from;
    terms.push({ tokens: current, span: { start, end } });
    current = [];
    from = to;
  };
  for (const token of tokens) {
    if (token.kind === 'word' || token.kind === 'ellipsis') {
      current.push(token);
      continue;
    }
    if (arrow !== undefined) {
      if (token.kind === 'arrow') fail(text, 'the pattern has a second "->"', token.span, 'Give one output.');
      fail(text, 'a "," follows "->"', token.span, 'The output is one term; operands stand before "->".');
    }
    close(token.span.end);
    if (token.kind === 'arrow') arrow = token;
  }
  close(text.length);
  const output = arrow === undefined ? undefined : terms.pop();
  return { operands: terms, output };
}

/** Whether whitespace stands between two names, or a name and `...`, of one term. */
const isSpaced = (term: RawTerm): boolean =>
  term.tokens.some((token, i) => i > 0 && token.span.start > term.tokens[i - 1].span.end);

function parseWord(text: string, token: Token, style: Pattern['style']): TermItem[] {
  const { start } = token.span;
  if (style === 'spaced') {
    if (spacedName.test(token.text)) return [{ kind: 'axis', name: token.text, span: token.span }];
    return fail(text, `"${token.text}" is not an axis name`, token.span, 'A name begins with a letter.');
  }
  const items: TermItem[] = [];
  let offset = start;
  for (const name of token.text) {
    const span = { start: offset, end: offset + name.length };
    if (!letter.test(name)) {
      const remedy = 'Without a space between two names each letter is an axis; longer names need spaces between them.';
      fail(text, `"${name}" is not a letter`, span, remedy);
    }
    items.push({ kind: 'axis', name, span });
    offset = span.end;
  }
  return items;
}

function parseTerm(text: string, raw: RawTerm, style: Pattern['style']): Term {
  const items: TermItem[] = [];
  for (const token of raw.tokens) {
    if (token.kind === 'word') items.push(...parseWord(text, token, style));
    else if (items.some((item) => item.kind === 'ellipsis')) {
      fail(text, 'a term has a second "..."', token.span, 'At most one "..." in a term.');
    } else items.push({ kind: 'ellipsis', span: token.span });
  }
  return { items, span: raw.span };
}

/**
 * NumPy's implicit output: `...` first, then the names that occur exactly once, in the order of their code points.
 *
 * @see NumPy reference, `numpy.einsum`, implicit mode.
 */
function implicitOutput(operands: readonly Term[], end: number): Term {
  const counts = new Map<string, number>();
  const first = new Map<string, TermItem>();
  let ellipsis: TermItem | undefined;
  for (const item of operands.flatMap((term) => term.items)) {
    if (item.kind === 'ellipsis') ellipsis ??= item;
    else {
      counts.set(item.name, (counts.get(item.name) ?? 0) + 1);
      if (!first.has(item.name)) first.set(item.name, item);
    }
  }
  const once = [...first.entries()].filter(([name]) => counts.get(name) === 1);
  once.sort(([a], [b]) => (a < b ? -1 : 1));
  const items = once.map(([, item]) => item);
  return { items: ellipsis === undefined ? items : [ellipsis, ...items], span: { start: end, end } };
}

/**
 * Reads an einsum pattern.
 *
 * Two spellings, told apart by one rule: if whitespace stands between two names (or a name and `...`) of any one
 * term, the whole pattern is *spaced* and every word is a name; otherwise it is *compact* and every letter is a name.
 * Spaces beside `,` and `->` decide nothing.
 *
 *   `bi,io->bo`   `bi, io -> bo`                    compact: b, i, o
 *   `b i, i o -> b o`   `batch in, in out -> batch out`   spaced
 *
 * A pattern whose terms all have at most one word is therefore compact: `time,time->` has the axes t, i, m, e.
 * `...` stands for any number of axes; a name repeated in an operand takes its diagonal; names that the output
 * lacks are summed; an empty term is a scalar; without `->` the output is NumPy's: names that occur once, sorted.
 * Names begin with a letter of any script; in spaced patterns digits and `_` may follow.
 *
 * @throws {EinlabError} `pattern`, with a caret under the culprit.
 * @example `parsePattern('batch in, in out -> batch out').operands.length // 2`
 */
export function parsePattern(text: string): Pattern {
  if (typeof text !== 'string') {
    throw patternError(`einsum: the pattern is ${String(text)}, not a string`, { pattern: text });
  }
  const raw = splitTerms(text, lex(text));
  const spaced = raw.operands.some(isSpaced) || (raw.output !== undefined && isSpaced(raw.output));
  const style = spaced ? 'spaced' : 'compact';
  const operands = raw.operands.map((term) => parseTerm(text, term, style));
  const output = raw.output === undefined ? implicitOutput(operands, text.length) : parseTerm(text, raw.output, style);
  const pattern: Pattern = { text, style, operands, output, implicitOutput: raw.output === undefined };
  checkOutput(pattern);
  return pattern;
}
