import { optionError, shapeError } from '../base/errors.ts';
import { formatShape, type Shape, sizeOf } from '../base/shape.ts';
import { caret } from './caret.ts';
import { type Dimension, type Factor, factorsOf, type GroupedPattern } from './grouped-pattern.ts';
import type { Span } from './pattern.ts';
import { suggest } from './suggest.ts';

/** Sizes of axes by name, where the shape does not tell them. */
export type AxisSizes = Readonly<Record<string, number>>;

/**
 * A pattern whose axes have sizes. Axes are names; those of `...` are `...0`, `...1`, and those without a name are
 * `(0)`, `(1)` in the order of the text, so that no two are alike.
 */
export interface BoundGrouped {
  /** The input's axes once merged ones are taken apart. */
  readonly input: readonly string[];
  /** The output's axes before they are merged. */
  readonly output: readonly string[];
  readonly sizes: ReadonlyMap<string, number>;
  readonly outputShape: Shape;
}

/** The names that a factor stands for. */
type Naming = (factor: Factor) => readonly string[];

/**
 * Gives each axis of a pattern its size: from the shape, from `given`, or as the one unknown of a merged dimension.
 *
 * @throws {EinlabError} `shape` for a wrong rank, a size that differs or does not divide, or a size that is not known;
 *   `option` for a size of an axis that the pattern does not have, or that is not a whole number
 */
export function bindGrouped(pattern: GroupedPattern, shape: Shape, given: AxisSizes = {}): BoundGrouped {
  const { operation, text, input, output } = pattern;
  const fail = (message: string, span: Span, remedy: string): never => {
    const lines = `  operand  ${formatShape(shape)}\n${caret(text, [span], remedy)}`;
    throw shapeError(`${operation}: ${message}\n${lines}`, { pattern: text, shape, sizes: given });
  };
  const closed = input.filter((dimension) => !isOpen(dimension)).length;
  const hidden = shape.length - closed;
  if (hidden < 0 || (closed === input.length && hidden > 0)) {
    const count = `${closed < input.length ? 'at least ' : ''}${closed} ${closed === 1 ? 'dimension' : 'dimensions'}`;
    const span = { start: input[0]?.span.start ?? 0, end: input.at(-1)?.span.end ?? 0 };
    fail(
      `the operand has rank ${shape.length} but the input has ${count}`,
      span,
      hidden < 0
        ? 'Parentheses merge axes into one dimension.'
        : 'Names are separated by spaces; "..." stands for dimensions that only pass through.',
    );
  }

  const sizes = new Map<string, number>();
  const anonymous = [...factorsOf(input), ...factorsOf(output)].filter((factor) => factor.kind === 'anonymous');
  const namesOf: Naming = (factor) => {
    if (factor.kind === 'axis') return [factor.name];
    if (factor.kind === 'ellipsis') return Array.from({ length: hidden }, (_, i) => `...${i}`);
    return [`(${anonymous.indexOf(factor)})`];
  };
  for (const factor of anonymous) sizes.set(namesOf(factor)[0], factor.size);
  const known = [...factorsOf(input), ...factorsOf(output)].flatMap((f) => (f.kind === 'axis' ? [f.name] : []));
  for (const [name, size] of Object.entries(given)) {
    if (!known.includes(name)) {
      const meant = suggest(name, known);
      const remedy = meant === undefined ? `it has ${[...new Set(known)].join(', ')}` : `did you mean "${meant}"?`;
      throw optionError(`${operation}: a size is given for axis "${name}", which "${text}" does not have; ${remedy}`, {
        axis: name,
        pattern: text,
      });
    }
    if (!Number.isSafeInteger(size) || size < 0) {
      throw optionError(`${operation}: the size of axis "${name}" is ${size}; expected a whole number ≥ 0`, {
        axis: name,
        size,
      });
    }
    sizes.set(name, size);
  }

  let axis = 0;
  for (const dimension of input) {
    if (isOpen(dimension)) {
      for (let i = 0; i < hidden; i++) sizes.set(`...${i}`, shape[axis++]);
    } else bindDimension(dimension, shape[axis++], sizes, namesOf, fail);
  }
  for (const factor of factorsOf(output)) {
    if (factor.kind === 'axis' && !sizes.has(factor.name)) {
      const remedy = `Give it in the last argument: { ${factor.name}: … }.`;
      fail(`the size of the new axis "${factor.name}" is not known`, factor.span, remedy);
    }
  }
  const sizeAt = (name: string): number => sizes.get(name) ?? 1;
  return {
    input: factorsOf(input).flatMap(namesOf),
    output: factorsOf(output).flatMap(namesOf),
    sizes,
    outputShape: output.flatMap((dimension) =>
      isOpen(dimension)
        ? dimension.factors.flatMap(namesOf).map(sizeAt)
        : [sizeOf(dimension.factors.flatMap(namesOf).map(sizeAt))],
    ),
  };
}

/** `...` outside parentheses: as many dimensions as it covers. */
const isOpen = ({ isGroup, factors }: Dimension): boolean => !isGroup && factors[0]?.kind === 'ellipsis';

/** Sizes of the factors of one dimension of the input; one of them may be unknown, and is then what is left. */
function bindDimension(
  { factors, span }: Dimension,
  extent: number,
  sizes: Map<string, number>,
  namesOf: Naming,
  fail: (message: string, span: Span, remedy: string) => never,
): void {
  const unknown = factors.filter((factor) => !sizes.has(namesOf(factor)[0]));
  const product = sizeOf(factors.flatMap(namesOf).map((name) => sizes.get(name) ?? 1));
  if (unknown.length > 1) {
    const names = unknown.map((factor) => `"${namesOf(factor)[0]}"`).join(' and ');
    fail(`the sizes of ${names} are not known: ${extent} divides in many ways`, span, 'Give all of them but one.');
  }
  if (unknown.length === 0) {
    if (product !== extent) {
      const [written, remedy] =
        factors.length === 0
          ? ['has size 1', '"1" and "()" stand for dimensions of size 1.']
          : [`has size ${product}`, 'Sizes that are given and the shape must agree.'];
      fail(`the dimension ${written} in the pattern but ${extent} in the operand`, span, remedy);
    }
    return;
  }
  if (product === 0 || extent % product !== 0) {
    const [name] = namesOf(unknown[0]);
    fail(
      `a dimension of size ${extent} does not divide by ${product}, so "${name}" has no size`,
      span,
      'Sizes multiply to that of the dimension.',
    );
  }
  sizes.set(namesOf(unknown[0])[0], extent / product);
}
