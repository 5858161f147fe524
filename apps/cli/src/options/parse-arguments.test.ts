import { describe, expect, it } from 'vitest';
import { choice, duration, flag, integer, path, positive } from './option.ts';
import { parseArguments } from './parse-arguments.ts';

const table = {
  steps: integer('steps', 1, 1000),
  rate: positive('rate'),
  budget: duration('time'),
  task: choice(['text', 'teacher'], 'task'),
  file: path('PATH', 'file'),
  force: flag('force'),
  help: flag('help'),
};
const parse = (...argv: string[]): unknown => parseArguments('compare', table, argv);

describe('parseArguments', () => {
  it('reads values after a space and after =, flags and positional arguments', () => {
    expect(parse('--steps', '20', 'a', '--rate=3e-3', '--force', '--', '--steps')).toEqual({
      values: { steps: 20, rate: 0.003, force: true },
      positionals: ['a', '--steps'],
    });
  });

  it('reads times in seconds, minutes and hours', () => {
    const seconds = ['90', '90s', '5m', '1.5h'].map(
      (text) => parseArguments('x', table, ['--budget', text]).values.budget,
    );
    expect(seconds).toEqual([90, 90, 300, 5400]);
  });

  it('names the nearest option for an unknown one', () => {
    expect(() => parse('--step', '3')).toThrow('einlab compare: unknown option --step; did you mean --steps?');
  });

  it('points to the help for an option that resembles nothing', () => {
    expect(() => parse('--zzzzzz')).toThrow('unknown option --zzzzzz; einlab compare --help lists the options');
  });

  it('says what was expected of a value, and shows it', () => {
    expect(() => parse('--steps', 'many')).toThrow('--steps is "many"; expected a whole number from 1 to 1000');
    expect(() => parse('--steps=0')).toThrow('--steps is "0"; expected a whole number from 1 to 1000');
    expect(() => parse('--steps', '-3')).toThrow('--steps is "-3"; expected a whole number from 1 to 1000');
    expect(() => parse('--steps', '1e2')).toThrow('--steps is "1e2"');
    expect(() => parse('--rate', '0')).toThrow('--rate is "0"; expected a number above 0');
    expect(() => parse('--budget', '5 weeks')).toThrow('--budget is "5 weeks"; expected a time such as 90s, 5m or 1h');
    expect(() => parse('--task', 'txt')).toThrow('--task is "txt"; expected one of text, teacher');
    expect(() => parse('--file', '')).toThrow('--file is ""; expected a path');
  });

  it('refuses a missing value, a value for a flag, and an option given twice', () => {
    expect(() => parse('--steps')).toThrow(
      '--steps needs a value: expected a whole number from 1 to 1000, found the end of the command',
    );
    expect(() => parse('--file', '--force')).toThrow('--file needs a value: expected a path, found "--force"');
    expect(() => parse('--force=yes')).toThrow('--force takes no value, got "yes"');
    expect(() => parse('--steps', '1', '--steps', '2')).toThrow('--steps is given twice');
  });

  it('does not take names that every object has for options', () => {
    expect(() => parse('--constructor', 'x')).toThrow('unknown option --constructor');
    expect(() => parse('-steps', '1')).toThrow('unknown option -steps; did you mean --steps?');
  });
});
