import { shapeError } from '../base/errors.ts';
import * as failures from './bind-errors.ts';
import type { Pattern, Term, TermItem } from './pattern.ts';

/** Stands in an operand's axis list for an axis of size 1 that broadcasts under `...`: drop it, its stride is 0. */
export const squeezedAxis = -1;

/**
 * A pattern whose axes have sizes. Axes are numbered in the order in which the operands first show them at full size.
 *
 * `operands[k]` lists the axis id of each dimension of operand k: ids may repeat (a diagonal), and `squeezedAxis`
 * (−1) marks a size-1 dimension that is broadcast. `output` lists distinct ids.
 * Axes of `...` are named `...0`, `...1`, from the left of the broadcast shape.
 */
export interface BoundEinsum {
  readonly pattern: Pattern;
  readonly names: readonly string[];
  readonly sizes: readonly number[];
  readonly operands: readonly (readonly number[])[];
  readonly output: readonly number[];
}

/** How many dimensions `...` covers in an operand of this rank; 0 without `...`. */
function ellipsisRank(pattern: Pattern, operand: number, shape: readonly number[]): number {
  const { items } = pattern.operands[operand];
  const named = items.filter((item) => item.kind === 'axis').length;
  const hidden = shape.length - named;
  const open = named < items.length;
  if (hidden < 0 || (!open && hidden > 0)) throw failures.rankMismatch(pattern, operand, shape, named);
  return hidden;
}

/** The axis name of each dimension, `...` spelled out; `rank` is the widest `...` of all operands. */
function dimensionNames(term: Term, shape: readonly number[], rank: number): string[] {
  const covered = shape.length - term.items.filter((item) => item.kind === 'axis').length;
  return term.items.flatMap((item) =>
    item.kind === 'axis' ? [item.name] : Array.from({ length: covered }, (_, i) => `...${rank - covered + i}`),
  );
}

/** The broadcast size of each axis under `...`: 1 gives way to any size, all others must agree. */
function ellipsisSizes(
  pattern: Pattern,
  labels: readonly (readonly string[])[],
  shapes: readonly (readonly number[])[],
  rank: number,
): number[] {
  return Array.from({ length: rank }, (_, axis) => {
    let size = 1;
    let owner = -1;
    labels.forEach((names, operand) => {
      const dimension = names.indexOf(`...${axis}`);
      const own = dimension < 0 ? 1 : shapes[operand][dimension];
      if (own === 1 || own === size) return;
      if (size !== 1) throw failures.broadcastMismatch(pattern, labels, shapes, axis, owner, operand);
      size = own;
      owner = operand;
    });
    return size;
  });
}

/**
 * Gives each axis of a pattern its size.
 *
 * Named axes must have one size everywhere (1 does not stretch); axes under `...` broadcast as in NumPy: aligned at
 * the right, size 1 stretches. Sizes 0 and 1 are legal.
 *
 * @param shapes - one shape per operand of the pattern
 * @throws {EinlabError} `shape`, for a wrong operand count, rank or size; `pattern`, when `...` covers axes and the
 *   output has no `...`.
 * @example `bindPattern(parsePattern('bi,io->bo'), [[2, 3], [3, 4]]).sizes // [2, 3, 4]`
 */
export function bindPattern(pattern: Pattern, shapes: readonly (readonly number[])[]): BoundEinsum {
  if (shapes.length !== pattern.operands.length) throw failures.operandCount(pattern, shapes);
  shapes.forEach((shape, operand) => {
    const bad = shape.find((size) => !Number.isSafeInteger(size) || size < 0);
    if (bad === undefined) return;
    const message = `einsum: operand ${operand + 1} has the size ${bad} in its shape [${shape.join(', ')}]`;
    throw shapeError(`${message}\n  Sizes are integers from 0.`, { operand, shape });
  });
  const rank = Math.max(...shapes.map((shape, operand) => ellipsisRank(pattern, operand, shape)));
  const outputEllipsis = pattern.output.items.some((item) => item.kind === 'ellipsis');
  if (rank > 0 && !outputEllipsis) throw failures.ellipsisDropped(pattern, shapes, rank);

  const labels = pattern.operands.map((term, operand) => dimensionNames(term, shapes[operand], rank));
  const broadcast = ellipsisSizes(pattern, labels, shapes, rank);
  const names: string[] = [];
  const sizes: number[] = [];
  const ids = new Map<string, number>();
  const places: failures.Place[] = [];
  const operands = pattern.operands.map((term, operand) => {
    // The item that each dimension was written as; `...` stands for several.
    const covered = labels[operand].filter((name) => name.startsWith('...'));
    const items = term.items.flatMap((item): TermItem[] => (item.kind === 'axis' ? [item] : covered.map(() => item)));
    return items.map(({ kind, span }, dimension) => {
      const name = labels[operand][dimension];
      const size = shapes[operand][dimension];
      const full = kind === 'axis' ? size : broadcast[Number(name.slice(3))];
      if (size !== full) return squeezedAxis;
      const id = ids.get(name) ?? names.length;
      const place = { operand, dimension, span };
      if (id === names.length) {
        ids.set(name, id);
        names.push(name);
        sizes.push(size);
        places.push(place);
      } else if (sizes[id] !== size) throw failures.sizeMismatch(pattern, labels, shapes, places[id], place);
      return id;
    });
  });
  const idOf = (name: string): number => ids.get(name) ?? squeezedAxis;
  const output = pattern.output.items.flatMap((item) =>
    item.kind === 'axis' ? [idOf(item.name)] : broadcast.map((_, axis) => idOf(`...${axis}`)),
  );
  return { pattern, names, sizes, operands, output };
}
