import type { EinlabError } from '../base/errors.ts';
import { patternError, shapeError } from '../base/errors.ts';
import { caret } from './caret.ts';
import type { Pattern, Span } from './pattern.ts';

type Shape = readonly number[];
type Labels = readonly (readonly string[])[];

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** `operand 1  [batch=32, in=64]` */
const showOperand = (operand: number, shape: Shape, names?: readonly string[]): string =>
  `operand ${operand + 1}  [${shape.map((size, i) => (names ? `${names[i]}=${size}` : `${size}`)).join(', ')}]`;

/** The pattern has another number of operands than there are shapes. */
export function operandCount(pattern: Pattern, shapes: readonly Shape[]): EinlabError {
  const wanted = pattern.operands.length;
  const given = shapes.length === 1 ? '1 was given' : `${shapes.length} were given`;
  const lines = [`einsum: the pattern has ${plural(wanted, 'operand')} but ${given}`];
  if (shapes.length > 0) lines.push(`  ${shapes.map((shape, i) => showOperand(i, shape)).join('     ')}`);
  const missing = pattern.operands.slice(shapes.length).map((term) => term.span);
  const spans = missing.length > 0 ? missing : [pattern.operands[wanted - 1].span];
  const remedy =
    missing.length > 0 ? 'Give one operand for each term.' : 'Write one term for each operand, separated by ",".';
  lines.push(caret(pattern.text, spans, remedy));
  return shapeError(lines.join('\n'), { pattern: pattern.text, expected: wanted, got: shapes.length, shapes });
}

/** An operand has more or fewer dimensions than its term has axes. */
export function rankMismatch(pattern: Pattern, operand: number, shape: Shape, named: number): EinlabError {
  const term = pattern.operands[operand];
  const open = named < term.items.length;
  const names = `${open ? 'at least ' : ''}${named === 1 ? '1 axis' : `${named} axes`}`;
  let remedy = 'Name each axis of the operand.';
  if (pattern.style === 'compact' && named > shape.length) {
    remedy = 'Without a space between two names each letter is an axis.';
  } else if (named < shape.length) remedy = 'Name each axis, or write "..." for those that only pass through.';
  const lines = [
    `einsum: operand ${operand + 1} has rank ${shape.length} but its term names ${names}`,
    `  ${showOperand(operand, shape)}`,
    caret(pattern.text, [term.span], remedy),
  ];
  return shapeError(lines.join('\n'), { pattern: pattern.text, operand, shape, rank: shape.length, named });
}

/** Whether reading a shape backwards makes it agree with the sizes of its axes elsewhere. */
function transposeHelps(labels: Labels, shapes: readonly Shape[], operand: number): boolean {
  if (shapes[operand].length !== 2) return false;
  const reversed = shapes[operand].toReversed();
  return labels.every((names, other) =>
    names.every((name, i) => {
      const at = labels[operand].indexOf(name);
      return other === operand || at < 0 || reversed[at] === shapes[other][i];
    }),
  );
}

function mismatchRemedy(labels: Labels, shapes: readonly Shape[], sizes: [number, number], operand: number): string {
  if (transposeHelps(labels, shapes, operand)) return `Did you mean to transpose operand ${operand + 1}?`;
  if (sizes.includes(1)) return 'Only axes under "..." broadcast: leave the axis out where its size is 1.';
  return 'An axis has one size everywhere: give different axes different names.';
}

/** Where an axis stands: dimension `dimension` of operand `operand`, written at `span`. */
export interface Place {
  readonly operand: number;
  readonly dimension: number;
  readonly span: Span;
}

/** A named axis has two sizes. */
export function sizeMismatch(
  pattern: Pattern,
  labels: Labels,
  shapes: readonly Shape[],
  first: Place,
  second: Place,
): EinlabError {
  const axis = labels[first.operand][first.dimension];
  const sizes: [number, number] = [shapes[first.operand][first.dimension], shapes[second.operand][second.dimension]];
  const same = first.operand === second.operand;
  const head = same
    ? `axis "${axis}" is ${sizes[0]} and ${sizes[1]} in operand ${first.operand + 1}`
    : `axis "${axis}" is ${sizes[0]} in operand ${first.operand + 1} but ${sizes[1]} in operand ${second.operand + 1}`;
  const remedy = same
    ? 'A repeated name takes the diagonal, which needs equal sizes.'
    : mismatchRemedy(labels, shapes, sizes, second.operand);
  const operands = [...new Set([first.operand, second.operand])];
  const lines = [
    `einsum: ${head}`,
    `  ${operands.map((operand) => showOperand(operand, shapes[operand], labels[operand])).join('     ')}`,
    caret(pattern.text, [first.span, second.span], remedy),
  ];
  return shapeError(lines.join('\n'), { pattern: pattern.text, axis, operands, sizes, shapes });
}

/** An axis under `...` has two sizes, neither of them 1. */
export function broadcastMismatch(
  pattern: Pattern,
  labels: Labels,
  shapes: readonly Shape[],
  axis: number,
  first: number,
  second: number,
): EinlabError {
  const name = `...${axis}`;
  const sizeIn = (operand: number): number => shapes[operand][labels[operand].indexOf(name)];
  const sizes = [sizeIn(first), sizeIn(second)];
  const spans = [first, second].flatMap((operand) =>
    pattern.operands[operand].items.filter((item) => item.kind === 'ellipsis').map((item) => item.span),
  );
  const lines = [
    `einsum: axis ${axis} of "..." is ${sizes[0]} in operand ${first + 1} but ${sizes[1]} in operand ${second + 1}`,
    `  ${showOperand(first, shapes[first], labels[first])}     ${showOperand(second, shapes[second], labels[second])}`,
    caret(pattern.text, spans, 'Axes under "..." are aligned at the right; only size 1 stretches.'),
  ];
  const details = { pattern: pattern.text, axis: name, operands: [first, second], sizes, shapes };
  return shapeError(lines.join('\n'), details);
}

/** `...` covers axes, but the output has no place for them. NumPy refuses this too. */
export function ellipsisDropped(pattern: Pattern, shapes: readonly Shape[], rank: number): EinlabError {
  const lines = [
    `einsum: "..." covers ${rank === 1 ? '1 axis' : `${rank} axes`} but the output has no "..."`,
    `  ${shapes.map((shape, i) => showOperand(i, shape)).join('     ')}`,
    caret(pattern.text, [pattern.output.span], 'Add "..." to the output; to sum axes, name them.'),
  ];
  return patternError(lines.join('\n'), { pattern: pattern.text, rank, shapes });
}
