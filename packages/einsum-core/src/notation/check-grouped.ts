import { patternError } from '../base/errors.ts';
import { caret } from './caret.ts';
import { type Factor, factorsOf, type GroupedOperation, type GroupedPattern } from './grouped-pattern.ts';
import type { AxisItem, Span } from './pattern.ts';
import { suggest } from './suggest.ts';

/** Which side may name what the other does not: reduce drops axes of the input, repeat brings in axes of the output. */
const dropsAxes = (operation: GroupedOperation): boolean => operation === 'reduce';
const addsAxes = (operation: GroupedOperation): boolean => operation === 'repeat';

const namesOf = (factors: readonly Factor[]): AxisItem[] => factors.filter((factor) => factor.kind === 'axis');

/**
 * Refuses a pattern whose sides do not fit its operation: a name twice on a side, a name that only one side has where
 * the operation neither drops nor adds axes, and sizes or `...` where they say nothing.
 *
 * @throws {EinlabError} `pattern`, with a caret under the culprit.
 */
export function checkGrouped(pattern: GroupedPattern): void {
  const { operation, text } = pattern;
  const fail = (message: string, spans: readonly Span[], remedy: string): never => {
    throw patternError(`${operation}: ${message}\n${caret(text, spans, remedy)}`, { pattern: text, span: spans[0] });
  };
  const [input, output] = [factorsOf(pattern.input), factorsOf(pattern.output)];

  for (const [side, factors] of [
    ['input', input],
    ['output', output],
  ] as const) {
    const ellipses = factors.filter(({ kind }) => kind === 'ellipsis');
    if (ellipses.length > 1) fail(`the ${side} has a second "..."`, [ellipses[1].span], 'At most one "..." on a side.');
    const seen = new Map<string, AxisItem>();
    for (const item of namesOf(factors)) {
      const before = seen.get(item.name);
      if (before !== undefined) {
        const remedy = side === 'input' ? 'Diagonals belong to einsum.' : 'Name each output axis once.';
        fail(`axis "${item.name}" is repeated in the ${side}`, [before.span, item.span], remedy);
      }
      seen.set(item.name, item);
    }
    const mayBeAlone = side === 'input' ? dropsAxes(operation) : addsAxes(operation);
    const anonymous = factors.find(({ kind }) => kind === 'anonymous');
    if (anonymous !== undefined && !mayBeAlone) {
      fail(
        `the size "${text.slice(anonymous.span.start, anonymous.span.end)}" in the ${side} belongs to no axis of the other side`,
        [anonymous.span],
        'Name the axis, and give its size in the last argument.',
      );
    }
  }

  const names = { input: namesOf(input).map(({ name }) => name), output: namesOf(output).map(({ name }) => name) };
  const lost = firstAlone(namesOf(input), names.output);
  if (lost !== undefined && !dropsAxes(operation)) {
    const remedy = hint(lost.name, names.output, names.input) ?? 'Only reduce leaves axes out.';
    fail(`axis "${lost.name}" of the input is not in the output`, [lost.span], remedy);
  }
  const added = firstAlone(namesOf(output), names.input);
  if (added !== undefined && !addsAxes(operation)) {
    const remedy = hint(added.name, names.input, names.output) ?? 'Only repeat brings in new axes.';
    fail(`unknown output axis "${added.name}": the input does not have it`, [added.span], remedy);
  }

  const [open, openOutput] = [input, output].map((factors) => factors.find(({ kind }) => kind === 'ellipsis'));
  const grouped = pattern.input.find(({ isGroup, factors }) => isGroup && factors.some((f) => f.kind === 'ellipsis'));
  if (grouped !== undefined) {
    fail(
      '"..." stands in parentheses of the input',
      [grouped.span],
      'How one axis divides into "..." cannot be known.',
    );
  }
  if (openOutput !== undefined && open === undefined) {
    fail('the output has "..." but the input has none', [openOutput.span], 'Write "..." in the input too.');
  }
  if (open !== undefined && openOutput === undefined && !dropsAxes(operation)) {
    fail('the input has "..." but the output has none', [open.span], 'Write "..." in the output too.');
  }
}

/** The first axis that the other side lacks. */
const firstAlone = (items: readonly AxisItem[], others: readonly string[]): AxisItem | undefined =>
  items.find(({ name }) => !others.includes(name));

/** The name that was probably meant: a similar one that this side does not have yet. */
function hint(name: string, candidates: readonly string[], taken: readonly string[]): string | undefined {
  const meant = suggest(
    name,
    candidates.filter((candidate) => !taken.includes(candidate)),
  );
  return meant === undefined ? undefined : `Did you mean "${meant}"?`;
}
