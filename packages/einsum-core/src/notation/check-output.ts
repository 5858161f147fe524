import { patternError } from '../base/errors.ts';
import { caret } from './caret.ts';
import type { AxisItem, Pattern } from './pattern.ts';
import { suggest } from './suggest.ts';

/** What the writer of an output axis that no operand has may have meant. */
function remedyFor(pattern: Pattern, name: string): string {
  const counts = new Map<string, number>();
  for (const item of pattern.operands.flatMap((term) => term.items)) {
    if (item.kind === 'axis') counts.set(item.name, (counts.get(item.name) ?? 0) + 1);
  }
  const known = [...counts.keys()];
  if (known.length === 0) return 'The operands have no named axes.';
  // A compact pattern with a stray space: `i j,jk->ik`.
  const letters = new Set(known.join(''));
  const short = known.some((other) => other.length === 1) && known.every((other) => other.length <= 3);
  const split = [...name];
  if (pattern.style === 'spaced' && split.length > 1 && short && split.every((character) => letters.has(character))) {
    return `A space between two names makes every word a name: write "${split.join(' ')}", or no such space at all.`;
  }
  // An axis that occurs once and is not yet in the output is the one a reader would expect there.
  const used = new Set(pattern.output.items.map((item) => (item.kind === 'axis' ? item.name : '...')));
  const free = known.filter((candidate) => counts.get(candidate) === 1 && !used.has(candidate));
  const meant = suggest(name, known) ?? (free.length === 1 ? free[0] : undefined);
  const list = `The operands have ${known.join(', ')}.`;
  return meant === undefined ? list : `Did you mean "${meant}"? ${list}`;
}

/**
 * Refuses an output that repeats a name, or that has a name or `...` which no operand has.
 *
 * @throws {EinlabError} `pattern`, with a caret under the culprit.
 */
export function checkOutput(pattern: Pattern): void {
  const operandItems = pattern.operands.flatMap((term) => term.items);
  const seen = new Map<string, AxisItem>();
  for (const item of pattern.output.items) {
    if (item.kind === 'ellipsis') {
      if (operandItems.some((other) => other.kind === 'ellipsis')) continue;
      const lines = caret(pattern.text, [item.span], 'Write "..." in the operand whose unnamed axes it stands for.');
      const details = { pattern: pattern.text, span: item.span };
      throw patternError(`einsum: the output has "..." but no operand has\n${lines}`, details);
    }
    const details = { pattern: pattern.text, span: item.span, axis: item.name };
    const before = seen.get(item.name);
    if (before !== undefined) {
      const lines = caret(pattern.text, [before.span, item.span], 'Name each output axis once.');
      throw patternError(`einsum: output axis "${item.name}" is repeated\n${lines}`, details);
    }
    seen.set(item.name, item);
    if (!operandItems.some((other) => other.kind === 'axis' && other.name === item.name)) {
      const lines = caret(pattern.text, [item.span], remedyFor(pattern, item.name));
      throw patternError(`einsum: unknown output axis "${item.name}": no operand has it\n${lines}`, details);
    }
  }
}
