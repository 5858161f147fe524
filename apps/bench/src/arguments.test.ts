import { describe, expect, it } from 'vitest';
import { ArgumentError, parseArguments, usage } from './arguments.ts';

const parse = (...words: string[]) => parseArguments(words, ['contraction', 'training']);

describe('parseArguments', () => {
  it('reads a suite and its options, in any order', () => {
    expect(parse('contraction')).toEqual({ suite: 'contraction', json: false, quick: false });
    expect(parse('--json', '--filter', 'product', 'contraction', '--repeat=3', '--quick')).toEqual({
      suite: 'contraction',
      json: true,
      quick: true,
      filter: 'product',
      repeat: 3,
    });
  });

  it('reads the name of a group', () => {
    expect(parse('contraction', '--only', 'products')).toMatchObject({ only: 'products' });
    expect(() => parse('contraction', '--only')).toThrow('bench: --only needs a value');
  });

  it('gives help for --help, whatever else there is', () => {
    expect(parse('--help')).toBe('help');
    expect(parse('contraction', '-h')).toBe('help');
    expect(usage(['contraction'])).toContain('--repeat N');
  });

  it.each([
    [
      ['contraction', '--jsn'],
      'bench: unknown option "--jsn"; the options are --json, --quick, --only NAME, --filter TEXT, --repeat N, --record, --help',
    ],
    [['contraction', '--json=yes'], 'bench: unknown option "--json=yes"'],
    [[], 'bench: no suite named; expected one of: contraction, training'],
    [['contractions'], 'bench: unknown suite "contractions"; expected one of: contraction, training'],
    [['contraction', 'training'], 'bench: one suite at a time, but got "contraction" and "training"'],
    [['contraction', '--repeat', '0'], 'bench: --repeat is "0"; expected a whole number from 1 to 10000'],
    [['contraction', '--repeat', '2.5'], 'bench: --repeat is "2.5"'],
    [['contraction', '--repeat'], 'bench: --repeat needs a value'],
    [['contraction', '--filter='], 'bench: --filter needs a value'],
  ])('refuses %j in one sentence that shows the word', (words, message) => {
    expect(() => parse(...words)).toThrow(ArgumentError);
    expect(() => parse(...words)).toThrow(message);
  });
});
