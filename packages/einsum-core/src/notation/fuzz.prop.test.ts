import { einsumCase, property, shape } from '@einlab/testkit';
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import '../primitives/index.ts';
import { EinlabError, type EinlabErrorCode } from '../base/errors.ts';
import { einsum } from '../operations/einsum.ts';
import { rearrange, reduce, repeat } from '../operations/rearrange.ts';
import { zeros } from '../tensor/create.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { parsePattern } from './parse.ts';
import { printPattern } from './print.ts';

const pieces =
  'a b i j ij ab α _x 1 0 -> , ... ( ) - > . .. → ; é ə \u0301 \n \t \u0000 \ud800 \u{1f600} [ * constructor __proto__'
    .split(' ')
    .concat(' ', ' ', ' ');

/** Text of pieces that patterns are made of, of any characters, and of well-formed patterns with one place changed. */
const patternText: fc.Arbitrary<string> = fc.oneof(
  fc.array(fc.constantFrom(...pieces), { maxLength: 14 }).map((list) => list.join('')),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc
    .tuple(einsumCase(), fc.nat(), fc.nat(2), fc.constantFrom(...pieces))
    .map(([{ text }, place, removed, inserted]) => {
      const at = place % (text.length + 1);
      return text.slice(0, at) + inserted + text.slice(at + removed);
    }),
);

/** A result, or an error of one of these codes whose message is not empty; anything else is thrown on. */
function resultOf<Result>(codes: readonly EinlabErrorCode[], work: () => Result): Result | undefined {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof EinlabError)) throw error;
    expect(codes).toContain(error.code);
    expect(error.message).not.toBe('');
    return undefined;
  }
}

const isTensorOfShape = (tensor: Tensor): boolean =>
  tensor.shape.every((size) => Number.isInteger(size) && size >= 0) &&
  tensor.size === tensor.shape.reduce((product, size) => product * size, 1);

describe('any text as a pattern', () => {
  property(
    'is parsed, and then prints as text that means the same, or is refused with a caret under the culprit',
    patternText,
    (text) => {
      try {
        const printed = printPattern(parsePattern(text));
        expect(printPattern(parsePattern(printed))).toBe(printed);
      } catch (error) {
        if (!(error instanceof EinlabError)) throw error;
        expect(error.code).toBe('pattern');
        expect(error.message).toContain('^');
      }
    },
    { runs: 2000 },
  );

  property(
    'of an einsum over any shapes gives a tensor or an error of code pattern or shape',
    fc.tuple(patternText, fc.array(shape(), { maxLength: 4 })),
    ([text, shapes]) => {
      const result = resultOf(['pattern', 'shape'], () => einsum(text, ...shapes.map((each) => zeros(each))));
      return result === undefined || isTensorOfShape(result);
    },
    { runs: 1000 },
  );

  property(
    'of an einsum over its own shapes, one axis changed, gives a tensor or an error of code shape',
    fc.tuple(einsumCase(), fc.nat(), fc.nat(9)),
    ([{ text, shapes }, place, size]) => {
      const axes = shapes.flatMap((each, operand) => each.map((_, axis) => [operand, axis] as const));
      const [operand, axis] = axes[place % Math.max(1, axes.length)] ?? [-1, -1];
      const changed = shapes.map((each, i) => (i === operand ? each.with(axis, size) : each));
      const result = resultOf(['shape'], () => einsum(text, ...changed.map((each) => zeros(each))));
      return result === undefined || isTensorOfShape(result);
    },
    { runs: 500 },
  );

  property(
    'of rearrange, reduce and repeat gives a tensor or an error of code pattern, shape or option',
    fc.tuple(
      patternText,
      fc.array(fc.constantFrom(...pieces), { maxLength: 8 }).map((list) => list.join('')),
      shape(),
      fc.dictionary(fc.constantFrom('a', 'b', 'i', 'α', '__proto__'), fc.oneof(fc.nat(5), fc.double()), { maxKeys: 2 }),
    ),
    ([left, right, size, sizes]) => {
      const x = zeros(size);
      const pattern = left.includes('->') ? left : `${left} -> ${right}`;
      for (const work of [
        () => rearrange(pattern, x, sizes),
        () => reduce(pattern, x, 'sum', sizes),
        () => repeat(pattern, x, sizes),
      ]) {
        const result = resultOf(['pattern', 'shape', 'option'], work);
        if (result !== undefined) expect(isTensorOfShape(result)).toBe(true);
      }
      return true;
    },
    { runs: 1000 },
  );
});
