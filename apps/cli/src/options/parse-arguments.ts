import { inputError } from '../command-error.ts';
import { didYouMean } from './closest.ts';
import type { OptionTable, OptionValues } from './option.ts';

/** A command line taken apart. */
export interface ParsedArguments<Table extends OptionTable> {
  readonly values: OptionValues<Table>;
  /** Arguments that belong to no option, in order. */
  readonly positionals: readonly string[];
}

/**
 * Reads `--name value`, `--name=value`, flags and positional arguments; everything after `--` is positional.
 *
 * @param command - the command's name, for the messages.
 * @throws {CommandError} status 2, for an unknown or repeated option, a missing value, or one that cannot be read.
 */
export function parseArguments<Table extends OptionTable>(
  command: string,
  table: Table,
  argv: readonly string[],
): ParsedArguments<Table> {
  const values: Record<string, unknown> = {};
  const positionals: string[] = [];
  const rest = [...argv];
  while (rest.length > 0) {
    const argument = rest.shift() ?? '';
    if (argument === '--') {
      positionals.push(...rest.splice(0));
    } else if (argument === '-h' && Object.hasOwn(table, 'help')) {
      values['help'] = true;
    } else if (argument.startsWith('-') && argument !== '-') {
      const [name, value] = readOption(command, table, argument, rest);
      if (Object.hasOwn(values, name)) throw inputError(`einlab ${command}: --${name} is given twice; give it once`);
      values[name] = value;
    } else {
      positionals.push(argument);
    }
  }
  // The table's readers made these values; only their record is not known to the types.
  return { values: values as OptionValues<Table>, positionals };
}

/** One option with its value, which may be the next argument. */
function readOption(
  command: string,
  table: OptionTable,
  argument: string,
  rest: string[],
): [name: string, value: unknown] {
  const at = argument.indexOf('=');
  const written = at < 0 ? argument : argument.slice(0, at);
  const name = written.replace(/^--?/, '');
  const option = written.startsWith('--') && Object.hasOwn(table, name) ? table[name] : undefined;
  if (option === undefined) {
    const known = Object.keys(table).map((each) => `--${each}`);
    const hint = didYouMean(`--${name}`, known) || `; einlab ${command} --help lists the options`;
    throw inputError(`einlab ${command}: unknown option ${written}${hint}`);
  }
  if (option.metavar === '') {
    if (at >= 0)
      throw inputError(`einlab ${command}: --${name} takes no value, got ${JSON.stringify(argument.slice(at + 1))}`);
    return [name, true];
  }
  const text = at >= 0 ? argument.slice(at + 1) : rest.shift();
  if (text === undefined || (at < 0 && text.startsWith('--'))) {
    const found = text === undefined ? 'the end of the command' : JSON.stringify(text);
    throw inputError(`einlab ${command}: --${name} needs a value: expected ${option.expected}, found ${found}`);
  }
  const value = option.read(text);
  if (value === undefined) {
    throw inputError(`einlab ${command}: --${name} is ${JSON.stringify(text)}; expected ${option.expected}`);
  }
  return [name, value];
}
