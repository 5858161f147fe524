import fc from 'fast-check';
import { axisLetter, axisName } from './axis-name.ts';
import { axisSize, limitSize } from './shape.ts';

/** A well-formed einsum pattern with shapes that fit it, and what a correct parser and binder should find. */
export interface EinsumCase {
  /** The pattern as a user would write it. */
  readonly text: string;
  /** One shape per operand. */
  readonly shapes: readonly (readonly number[])[];
  /** Names per operand, in order, repeated for diagonals; `...` stands for an ellipsis. */
  readonly operands: readonly (readonly string[])[];
  /** Names of the output; for an implicit output, those that NumPy's rule gives. */
  readonly output: readonly string[];
  /** Whether the text has an arrow. */
  readonly explicit: boolean;
  /** Size of every named axis. */
  readonly sizes: Readonly<Record<string, number>>;
  /** The axes that the ellipses broadcast to; empty without an ellipsis. */
  readonly ellipsis: readonly number[];
  /** The shape of the result. */
  readonly outputShape: readonly number[];
}

/** Options of `einsumCase`. */
export interface EinsumCaseOptions {
  /** Most operands; 5 by default. */
  readonly maxOperands?: number;
  /** Largest axis; 7 by default. */
  readonly maxAxis?: number;
  /** Most cells in the space of all axes together, zero axes not counted; 2048 by default. */
  readonly maxCells?: number;
  /** Whether ellipses occur; true by default. */
  readonly ellipsis?: boolean;
}

const mostNames = 6;
const mostAxesPerOperand = 4;

/** The random choices behind a case; `buildCase` turns them into one. */
interface Choices {
  readonly names: readonly string[];
  readonly letters: readonly string[];
  readonly rawSizes: readonly number[];
  /** Per operand: which names, by index. */
  readonly picks: readonly (readonly number[])[];
  /** Per operand: its ellipsis, if any. */
  readonly dots: readonly EllipsisChoice[];
  readonly rawEllipsis: readonly number[];
  readonly spaced: boolean;
  readonly roomy: boolean;
  readonly explicit: boolean;
  /** Per name: a sort key for the output, negative to leave the name out. */
  readonly outputKeys: readonly number[];
  readonly outputDotsAt: number;
}

interface EllipsisChoice {
  readonly present: boolean;
  /** Where among the names. */
  readonly at: number;
  /** How many of the broadcast axes this operand has. */
  readonly rank: number;
  /** Which of those are written as size 1. */
  readonly ones: readonly boolean[];
}

/**
 * Random well-formed patterns with matching shapes: 1 to 5 operands, scalars, diagonals, names repeated across operands
 * and names summed away, axes of size 0 and 1, ellipses with broadcasting, explicit and implicit output, both notations.
 */
export function einsumCase(options: EinsumCaseOptions = {}): fc.Arbitrary<EinsumCase> {
  const { maxOperands = 5, maxAxis = 7, maxCells = 2048, ellipsis = true } = options;
  const count = { minLength: mostNames, maxLength: mostNames };
  const perOperand = { minLength: maxOperands, maxLength: maxOperands };
  const dots: fc.Arbitrary<EllipsisChoice> = fc.record({
    present: fc.boolean(),
    at: fc.nat({ max: mostAxesPerOperand }),
    rank: fc.nat({ max: 2 }),
    ones: fc.array(fc.boolean(), { minLength: 2, maxLength: 2 }),
  });
  const withDots = ellipsis ? fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, fc.boolean()) : fc.constant(false);
  return fc
    .record({
      names: fc.uniqueArray(axisName(), count),
      letters: fc.uniqueArray(axisLetter(), count),
      rawSizes: fc.array(axisSize({ max: maxAxis }), count),
      picks: fc.array(fc.array(fc.nat({ max: mostNames - 1 }), { minLength: 0, maxLength: mostAxesPerOperand }), {
        minLength: 1,
        maxLength: maxOperands,
      }),
      dots: fc.array(dots, perOperand),
      withDots,
      rawEllipsis: fc.array(axisSize({ max: Math.min(3, maxAxis) }), { minLength: 2, maxLength: 2 }),
      spaced: fc.boolean(),
      roomy: fc.boolean(),
      explicit: fc.oneof({ weight: 2, arbitrary: fc.constant(true) }, fc.constant(false)),
      outputKeys: fc.array(fc.integer({ min: -6, max: 10 }), count),
      outputDotsAt: fc.nat({ max: mostNames }),
    })
    .map(({ withDots: useDots, ...choices }) =>
      buildCase(
        { ...choices, dots: useDots ? choices.dots : choices.dots.map((d) => ({ ...d, present: false })) },
        maxCells,
      ),
    );
}

function buildCase(choices: Choices, maxCells: number): EinsumCase {
  // The spaced notation shows itself only where two names stand side by side; other patterns use the compact one.
  const spaced = choices.spaced && choices.picks.some((pick) => pick.length >= 2);
  const names = spaced ? choices.names : choices.letters;
  const nameAt = (index: number): string => names[index] ?? '';

  const used = [...new Set(choices.picks.flat())];
  const cut = limitSize([...used.map((index) => choices.rawSizes[index] ?? 1), ...choices.rawEllipsis], maxCells, 0, 8);
  const sizes = Object.fromEntries(used.map((index, k) => [nameAt(index), cut[k] ?? 1]));
  const fullEllipsis = cut.slice(used.length);

  const operands: string[][] = [];
  const shapes: number[][] = [];
  const ellipsisShapes: number[][] = [];
  choices.picks.forEach((pick, position) => {
    const term = pick.map(nameAt);
    const termShape = term.map((name) => sizes[name] ?? 1);
    const dots = choices.dots[position];
    if (dots?.present) {
      const own = fullEllipsis.slice(fullEllipsis.length - dots.rank).map((size, k) => (dots.ones[k] ? 1 : size));
      const at = Math.min(dots.at, term.length);
      term.splice(at, 0, '...');
      termShape.splice(at, 0, ...own);
      ellipsisShapes.push(own);
    }
    operands.push(term);
    shapes.push(termShape);
  });

  const ellipsis = broadcast(ellipsisShapes);
  const hasDots = ellipsisShapes.length > 0;
  // The empty text is no pattern: a lone scalar is written with its arrow.
  const explicit = choices.explicit || operands.every((term) => term.length === 0);
  const output = explicit
    ? explicitOutput(used, nameAt, choices, hasDots)
    : implicitOutput(
        operands.flat().filter((name) => name !== '...'),
        hasDots,
      );
  return {
    text: writePattern(operands, explicit ? output : undefined, spaced, choices.roomy),
    shapes,
    operands,
    output,
    explicit,
    sizes,
    ellipsis,
    outputShape: output.flatMap((name) => (name === '...' ? ellipsis : [sizes[name] ?? 1])),
  };
}

function explicitOutput(
  used: readonly number[],
  nameAt: (index: number) => string,
  choices: Choices,
  hasDots: boolean,
): string[] {
  const keyOf = (index: number): number => choices.outputKeys[index] ?? -1;
  const kept = used.filter((index) => keyOf(index) >= 0).sort((a, b) => keyOf(a) - keyOf(b));
  const output = kept.map(nameAt);
  if (hasDots) output.splice(Math.min(choices.outputDotsAt, output.length), 0, '...');
  return output;
}

/** NumPy's rule: the ellipsis, then the names that occur exactly once, in code-point order. */
function implicitOutput(names: readonly string[], hasDots: boolean): string[] {
  const once = names.filter((name) => names.indexOf(name) === names.lastIndexOf(name));
  return [...(hasDots ? ['...'] : []), ...once.sort(byCodePoint)];
}

function byCodePoint(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function writePattern(
  operands: readonly (readonly string[])[],
  output: readonly string[] | undefined,
  spaced: boolean,
  roomy: boolean,
): string {
  const write = (term: readonly string[]): string => term.join(spaced ? ' ' : '');
  const [comma, arrow] = spaced || roomy ? [', ', ' -> '] : [',', '->'];
  const left = operands.map(write).join(comma);
  return (output === undefined ? left : `${left}${arrow}${write(output)}`).trim();
}

/** NumPy broadcasting of shapes that are known to be compatible. */
function broadcast(shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(0, ...shapes.map((sizes) => sizes.length));
  return Array.from({ length: rank }, (_, axis) => {
    const sizes = shapes.map((own) => own[own.length - rank + axis] ?? 1);
    return sizes.find((size) => size !== 1) ?? 1;
  });
}
