import { patternError } from '../base/errors.ts';
import { caret } from './caret.ts';
import { checkGrouped } from './check-grouped.ts';
import type { Dimension, Factor, GroupedOperation, GroupedPattern } from './grouped-pattern.ts';
import type { Span } from './pattern.ts';

/** Whitespace, words, dots, parentheses, the arrow; the last alternative takes whatever no rule knows. */
const tokenExpression = /(\s+)|([\p{L}\p{M}\p{N}_]+)|(\.+)|([()])|(->)|(.)/gsu;
const axisName = /^\p{L}[\p{L}\p{M}\p{N}_]*$/u;

/** Reports the culprit of one pattern. */
type Fail = (message: string, span: Span, remedy: string) => never;

const remedies: Readonly<Record<string, string>> = {
  ',': 'These patterns have one operand.',
  '-': 'The output follows "->".',
  '=': 'The output follows "->".',
  '>': 'The output follows "->".',
};

/** One side while it is read: its dimensions, and the group that is open. */
interface Side {
  readonly dimensions: Dimension[];
  group: { readonly factors: Factor[]; readonly start: number } | undefined;
}

/**
 * Reads a pattern of `rearrange`, `reduce` or `repeat`: einops' notation.
 *
 *   `batch (head dim) time -> batch head time dim`
 *
 * Names are separated by spaces and begin with a letter; parentheses merge axes into one dimension; `...` stands for
 * any number of dimensions; `1` and `()` are dimensions of size 1; other numbers are axes without a name.
 *
 * @throws {EinlabError} `pattern`, with a caret under the culprit.
 * @see Rogozhnikov 2022, Einops: clear and reliable tensor manipulations with Einstein-like notation (ICLR).
 */
export function parseGrouped(operation: GroupedOperation, text: string): GroupedPattern {
  if (typeof text !== 'string') {
    throw patternError(`${operation}: the pattern is ${String(text)}, not a string`, { pattern: text });
  }
  const fail: Fail = (message, span, remedy) => {
    throw patternError(`${operation}: ${message}\n${caret(text, [span], remedy)}`, { pattern: text, span });
  };
  const sides: Side[] = [{ dimensions: [], group: undefined }];
  const close = (side: Side): void => {
    if (side.group === undefined) return;
    const { start } = side.group;
    fail('a "(" is not closed', { start, end: start + 1 }, 'Add the ")".');
  };
  for (const match of text.matchAll(tokenExpression)) {
    const [matched, space, word, dots, parenthesis, arrow] = match;
    if (space !== undefined) continue;
    const span = { start: match.index, end: match.index + matched.length };
    const side = sides[sides.length - 1];
    if (arrow !== undefined) {
      if (sides.length === 2) fail('the pattern has a second "->"', span, 'Give one output.');
      close(side);
      sides.push({ dimensions: [], group: undefined });
    } else if (parenthesis !== undefined) readParenthesis(side, matched, span, fail);
    else if (word !== undefined) addFactors(side, readWord(word, span, fail), span);
    else if (dots === '...') addFactors(side, [{ kind: 'ellipsis', span }], span);
    else if (dots !== undefined) fail(`"${matched}" is not an ellipsis`, span, 'Write exactly three dots.');
    else {
      const remedy = remedies[matched] ?? 'A pattern has axis names, numbers, "(", ")", "..." and "->".';
      fail(`unknown character "${matched}" in the pattern`, span, remedy);
    }
  }
  close(sides[sides.length - 1]);
  if (sides.length === 1) {
    const end = { start: text.length, end: text.length };
    fail('the pattern has no "->"', end, 'Write the output behind "->".');
  }
  const pattern = { operation, text, input: sides[0].dimensions, output: sides[1].dimensions };
  checkGrouped(pattern);
  return pattern;
}

function readParenthesis(side: Side, matched: string, span: Span, fail: Fail): void {
  if (matched === '(') {
    if (side.group !== undefined) fail('parentheses inside parentheses', span, 'One level merges all it holds.');
    side.group = { factors: [], start: span.start };
    return;
  }
  if (side.group === undefined) return fail('a ")" closes nothing', span, 'Add the "(" before it.');
  const { factors, start } = side.group;
  side.dimensions.push({ factors, isGroup: true, span: { start, end: span.end } });
  side.group = undefined;
}

/** A name, a size, or nothing for `1`, which multiplies no size. */
function readWord(word: string, span: Span, fail: Fail): Factor[] {
  if (axisName.test(word)) return [{ kind: 'axis', name: word, span }];
  if (!/^[0-9]+$/.test(word)) return fail(`"${word}" is not an axis name`, span, 'A name begins with a letter.');
  const size = Number(word);
  if (size < 1 || !Number.isSafeInteger(size)) fail(`"${word}" is not a size`, span, 'Sizes are whole numbers from 1.');
  return size === 1 ? [] : [{ kind: 'anonymous', size, span }];
}

function addFactors(side: Side, factors: readonly Factor[], span: Span): void {
  if (side.group !== undefined) side.group.factors.push(...factors);
  else side.dimensions.push({ factors, isGroup: false, span });
}
