import { random } from '@einlab/einsum-core';
import { property } from '@einlab/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeText } from './decode-text.ts';
import { characterVocabulary, vocabularyOf } from './vocabulary.ts';
import { randomWindows, sequentialWindows, splitByPosition } from './windows.ts';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const count = (n: number): Int32Array => Int32Array.from({ length: n }, (_, i) => i);

describe('characterVocabulary(text)', () => {
  it('has the distinct code points in ascending order', () => {
    const vocabulary = characterVocabulary('banana 🍌 cab');
    expect(vocabulary.characters).toEqual([' ', 'a', 'b', 'c', 'n', '🍌']);
    expect([...vocabulary.encode('nab🍌')]).toEqual([4, 1, 2, 5]);
    expect(vocabulary.decode([4, 1, 2, 5])).toBe('nab🍌');
  });

  property('decode(encode(text)) is the text', fc.string({ minLength: 1, unit: 'grapheme' }), (text) => {
    const vocabulary = characterVocabulary(text);
    const ids = vocabulary.encode(text);
    return vocabulary.decode(ids) === text && ids.every((id) => id >= 0 && id < vocabulary.size);
  });

  it.each([
    ['an empty text', () => characterVocabulary(''), 'vocabulary: the text is empty'],
    [
      'too many characters',
      () => characterVocabulary('abc', { limit: 2 }),
      'the text has 3 distinct characters; the limit is 2',
    ],
    [
      'a character that is not known',
      () => characterVocabulary('ab').encode('aXb'),
      'the character "X" at position 1 is not among the 2 known ones',
    ],
    ['an id out of range', () => characterVocabulary('ab').decode([0, 2]), 'the id 2 at position 1 is not in [0, 2)'],
    ['a character twice', () => vocabularyOf(['a', 'a']), 'a character occurs twice'],
  ])('refuses %s', (_, attempt, message) => {
    expect(attempt).toThrow(message);
  });
});

describe('decodeText(bytes)', () => {
  it('drops the byte-order mark and makes line ends plain', () => {
    expect(decodeText(encode('\ufeffone\r\ntwo\n'))).toBe('one\ntwo\n');
  });

  it.each<[string, Uint8Array, string]>([
    ['an empty file', new Uint8Array(), 'book.txt: the file is empty; expected text'],
    ['a binary file', Uint8Array.of(80, 75, 3, 4, 0, 1), 'book.txt: byte 4 is 0, so this is a binary file (or UTF-16)'],
    ['Latin-1', Uint8Array.of(99, 97, 102, 0xe9, 33), 'book.txt: the bytes from 3 on are not UTF-8 (0xe9)'],
    [
      'a character cut in half at the end',
      encode('né').subarray(0, 2),
      'book.txt: the bytes from 1 on are not UTF-8 (0xc3)',
    ],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => decodeText(bytes, 'book.txt')).toThrow(message);
  });
});

describe('windows', () => {
  it('randomWindows gives sequences and what follows them, the same for the same step', async () => {
    const data = randomWindows(count(100), random.key(1), { batch: 4, time: 5 });
    const [first, again, next] = await Promise.all(
      [data(0), data(0), data(1)].map(async (batch) => [...(await (await batch).inputs.data())]),
    );
    expect(again).toEqual(first);
    expect(next).not.toEqual(first);
    const { inputs, targets } = await data(7);
    expect(inputs.shape).toEqual([4, 5]);
    expect(targets.dtype).toBe('i32');
    const [before, after] = [[...(await inputs.data())], [...(await targets.data())]];
    expect(after).toEqual(before.map((id) => id + 1));
    expect([0, 5, 10, 15].every((row) => before[row + 4] === (before[row] ?? 0) + 4)).toBe(true);
  });

  it('randomWindows reaches the first and the last window of a short text, and nothing outside', async () => {
    const data = randomWindows(count(8), random.key(2), { batch: 64, time: 5 });
    const starts = [...(await (await data(0)).inputs.data())].filter((_, i) => i % 5 === 0);
    expect([...new Set(starts)].sort()).toEqual([0, 1, 2]);
  });

  it('randomWindows differs between keys', async () => {
    const read = async (seed: number): Promise<number[]> => [
      ...(await (await randomWindows(count(1000), random.key(seed), { batch: 4, time: 2 })(0)).inputs.data()),
    ];
    expect(await read(1)).not.toEqual(await read(2));
  });

  it('sequentialWindows makes every id but the first a target once', async () => {
    const batches = sequentialWindows(count(25), { batch: 2, time: 4 });
    const targets = (await Promise.all(batches.map(async (batch) => [...(await batch.targets.data())]))).flat();
    expect(targets).toEqual([...count(25).subarray(1)]);
  });

  it('sequentialWindows with a limit spreads over the whole text', async () => {
    const batches = sequentialWindows(count(401), { batch: 2, time: 4, limit: 2 });
    const starts = (
      await Promise.all(batches.map(async (batch) => [...(await batch.inputs.data())].filter((_, i) => i % 4 === 0)))
    ).flat();
    expect(starts).toEqual([0, 100, 200, 300]);
  });

  it('splitByPosition keeps the order and shares nothing', () => {
    const { train, heldOut } = splitByPosition(count(10), { heldOut: 0.3 });
    expect([...train]).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect([...heldOut]).toEqual([7, 8, 9]);
  });

  it.each([
    [
      'a text shorter than a window',
      () => randomWindows(count(5), random.key(1), { batch: 1, time: 5 }),
      'randomWindows: the text has 5 ids, too few for one window of 5 and the id after it',
    ],
    [
      'a text shorter than a batch',
      () => sequentialWindows(count(9), { batch: 4, time: 4 }),
      'sequentialWindows: 9 ids make 2 windows of 4; expected at least one batch of 4',
    ],
    [
      'an empty batch',
      () => randomWindows(count(9), random.key(1), { batch: 0, time: 4 }),
      'randomWindows: batch is 0; expected a whole number ≥ 1',
    ],
    [
      'a fraction of everything',
      () => splitByPosition(count(9), { heldOut: 1 }),
      'splitByPosition: heldOut is 1; expected a fraction in (0, 1)',
    ],
  ])('refuse %s', (_, attempt, message) => {
    expect(attempt).toThrow(message);
  });
});
