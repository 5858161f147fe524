import { describeOnBackends } from '@einlab/testkit';
import { describe, expect, it } from 'vitest';
import { EinlabError } from '../base/errors.ts';
import { tensor, zeros } from '../tensor/create.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checkGradients } from '../testing/check-gradients.ts';
import { useDevice } from '../testing/device.test-helper.ts';
import { rearrange, reduce, repeat } from './rearrange.ts';

const counting = (...shape: number[]): Tensor =>
  tensor(
    Float32Array.from({ length: shape.reduce((n, size) => n * size, 1) }, (_, i) => i),
    { shape },
  );

describeOnBackends('patterns with parentheses', (backend) => {
  useDevice(backend);

  it('rearrange infers the one size that is not given', async () => {
    expect(rearrange('batch (head dim) time -> batch head time dim', zeros([2, 12, 5]), { head: 3 }).shape).toEqual([
      2, 3, 5, 4,
    ]);
    expect(await rearrange('(row column) -> column row', counting(6), { column: 3 }).toArray()).toEqual([
      [0, 3],
      [1, 4],
      [2, 5],
    ]);
  });

  it('rearrange passes dimensions under "..." through, or merges them', async () => {
    expect(rearrange('... in -> in ...', zeros([2, 3, 4])).shape).toEqual([4, 2, 3]);
    expect(rearrange('batch ... -> batch (...)', zeros([2, 3, 4])).shape).toEqual([2, 12]);
    expect(rearrange('batch ... -> (batch ...)', zeros([2])).shape).toEqual([2]);
    expect(await rearrange('a ... -> (...) a', counting(2, 1, 2)).toArray()).toEqual([
      [0, 2],
      [1, 3],
    ]);
  });

  it('"1" and "()" are dimensions of size 1, added and dropped', () => {
    expect(rearrange('batch -> 1 batch ()', zeros([4])).shape).toEqual([1, 4, 1]);
    expect(rearrange('1 batch () -> batch', zeros([1, 4, 1])).shape).toEqual([4]);
    expect(rearrange('(batch 1) -> (1 batch) 1', zeros([4])).shape).toEqual([4, 1]);
    expect(rearrange(' -> 1', zeros([])).shape).toEqual([1]);
    expect(reduce('row column -> 1 column', zeros([3, 2]), 'sum').shape).toEqual([1, 2]);
    expect(reduce('row column ->', zeros([3, 2]), 'sum').shape).toEqual([]);
  });

  it('reduce pools over sizes without a name, and over "..."', async () => {
    expect(await reduce('(height 2) (width 2) -> height width', counting(4, 4), 'max').toArray()).toEqual([
      [5, 7],
      [13, 15],
    ]);
    expect(await reduce('batch ... -> batch', counting(2, 2, 2), 'mean').toArray()).toEqual([1.5, 5.5]);
    expect(
      await reduce(
        'a b -> b',
        tensor([
          [true, false],
          [true, true],
        ]),
        'all',
      ).toArray(),
    ).toEqual([1, 0]);
  });

  it('repeat enlarges, tiles, and adds axes', async () => {
    expect(await repeat('column -> (column 2)', counting(2)).toArray()).toEqual([0, 0, 1, 1]);
    expect(await repeat('column -> (2 column)', counting(2)).toArray()).toEqual([0, 1, 0, 1]);
    expect(repeat('... -> batch ... 3', zeros([2, 5]), { batch: 4 }).shape).toEqual([4, 2, 5, 3]);
    expect(repeat('dim -> batch dim', zeros([2], 'i32'), { batch: 0 })).toMatchObject({ shape: [0, 2], dtype: 'i32' });
  });
});

describe('patterns with parentheses', () => {
  it.each<[string, (x: Tensor) => Tensor]>([
    ['rearrange', (x) => rearrange('(a b) c -> c b a', x, { a: 2 })],
    ['reduce', (x) => reduce('(a b) c -> c a', x, 'prod', { a: 2 })],
    ['repeat', (x) => repeat('(a b) c -> c (b 2) a', x, { a: 2 })],
  ])('%s has derivatives that match finite differences, to second order', async (_name, f) => {
    const point = tensor([
      [0.2, -1.1, 1.7],
      [0.9, 0.4, -0.3],
      [1, 0, -1],
      [2, 0.5, 0.1],
    ]);
    await expect(checkGradients((x: Tensor) => f(x), [point])).resolves.toBeUndefined();
  });

  const x = zeros([4, 6]);
  it.each<[string, () => unknown, string]>([
    [
      'an axis of size that does not divide',
      () => rearrange('a (b c) -> a b c', x, { b: 4 }),
      `rearrange: a dimension of size 6 does not divide by 4, so "c" has no size
  operand  [4, 6]
  a (b c) -> a b c
    ^^^^^  Sizes multiply to that of the dimension.`,
    ],
    ['two unknown sizes', () => rearrange('a (b c) -> a b c', x), 'the sizes of "b" and "c" are not known: 6 divides'],
    ['sizes that contradict', () => rearrange('a b -> b a', x, { a: 5 }), 'has size 5 in the pattern but 4 in the'],
    ['a unit that is none', () => rearrange('1 b -> b', x), 'has size 1 in the pattern but 4 in the operand'],
    ['a missing dimension', () => rearrange('ab -> ab', x), 'the operand has rank 2 but the input has 1 dimension'],
    [
      'too many dimensions',
      () => rearrange('a b c ... -> a b c ...', x),
      'the operand has rank 2 but the input has at least 3 dimensions',
    ],
    ['a size of no axis', () => rearrange('head b -> b head', x, { heads: 2 }), 'does not have; did you mean "head"?'],
    ['a broken size', () => rearrange('a b -> b a', x, { a: 1.5 }), 'the size of axis "a" is 1.5; expected a whole'],
    ['a new axis without size', () => repeat('a b -> a b c', x), 'the size of the new axis "c" is not known'],
    [
      'an axis lost',
      () => rearrange('batch head -> batch heads', x),
      `rearrange: axis "head" of the input is not in the output
  batch head -> batch heads
        ^^^^  Did you mean "heads"?`,
    ],
    ['an axis from nowhere', () => reduce('a b -> a c', x, 'sum'), 'unknown output axis "c": the input does not have'],
    ['an axis repeat loses', () => repeat('a b -> a 2', x), 'repeat: axis "b" of the input is not in the output'],
    ['a repeated axis', () => rearrange('a a -> a', x), 'axis "a" is repeated in the input'],
    ['a repeated output', () => rearrange('a b -> a b a', x), 'axis "a" is repeated in the output'],
    ['a size without partner', () => rearrange('a (3 b) -> a b', x), 'the size "3" in the input belongs to no axis'],
    ['a size in reduce', () => reduce('a b -> a 2', x, 'sum'), 'the size "2" in the output belongs to no axis'],
    ['dots in parentheses', () => rearrange('(a ...) -> a ...', x), '"..." stands in parentheses of the input'],
    ['dots that vanish', () => rearrange('a ... -> a', x), 'the input has "..." but the output has none'],
    ['dots from nowhere', () => rearrange('a b -> a b ...', x), 'the output has "..." but the input has none'],
    ['two of the dots', () => rearrange('... a ... -> a ...', x), 'the input has a second "..."'],
    ['two dots', () => rearrange('a .. -> a ..', x), '".." is not an ellipsis'],
    ['an open parenthesis', () => rearrange('(a b -> a b', x), 'a "(" is not closed'],
    ['a stray parenthesis', () => rearrange('a b) -> a b', x), 'a ")" closes nothing'],
    ['nesting', () => rearrange('((a) b) -> a b', x), 'parentheses inside parentheses'],
    ['no arrow', () => rearrange('a b', x), 'the pattern has no "->"'],
    ['two arrows', () => rearrange('a b -> a -> b', x), 'the pattern has a second "->"'],
    ['two operands', () => rearrange('a, b -> a b', x), 'unknown character "," in the pattern'],
    ['a name from a digit', () => rearrange('a 2b -> a 2b', x), '"2b" is not an axis name'],
    ['size zero', () => repeat('a b -> a b 0', x), '"0" is not a size'],
    ['no pattern', () => rearrange(undefined as never, x), 'the pattern is undefined, not a string'],
    ['an unknown reduction', () => reduce('a b -> a', x, 'median' as never), 'expected one of sum, mean, max, min'],
    [
      'a mean of integers',
      () => reduce('a b -> a', zeros([4, 6], 'i32'), 'mean'),
      'mean: the operand is i32[4, 6]; expected f32',
    ],
  ])('refuse %s, in words that show it', (_name, call, message) => {
    expect(call).toThrow(message);
    expect(call).toThrow(EinlabError);
  });
});
