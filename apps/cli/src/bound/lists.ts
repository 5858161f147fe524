import { type CompressionName, compressionNames } from '@einlab/bounds';
import { inputError } from '../command-error.ts';
import type { Option } from '../options/option.ts';

/** Words or numbers with commas between them, each checked. */
export const list = <Value>(
  metavar: string,
  help: string,
  expected: string,
  read: (text: string) => Value | undefined,
): Option<readonly Value[]> => ({
  metavar,
  help,
  expected: `${expected}, with commas between them`,
  read: (text) => {
    const values = text.split(',').map((part) => read(part.trim()));
    const good = values.filter((value): value is Value & {} => value !== undefined);
    return good.length === values.length && new Set(good).size === good.length ? good : undefined;
  },
});

/** Compressions by their names. */
export const compressionList = (help: string): Option<readonly CompressionName[]> =>
  list('LIST', help, `some of ${compressionNames.join(', ')}`, (text) =>
    compressionNames.find((name) => name === text),
  );

/** Whole numbers ≥ 1. */
export const countList = (help: string): Option<readonly number[]> =>
  list('LIST', help, 'whole numbers ≥ 1', (text) => (/^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined));

/** Whole numbers ≥ 0. */
export const orderList = (help: string): Option<readonly number[]> =>
  list('LIST', help, 'whole numbers from 0 to 99', (text) => (/^\d{1,2}$/.test(text) ? Number(text) : undefined));

/** Numbers in (0, 1]. */
export const weightList = (help: string): Option<readonly number[]> =>
  list('LIST', help, 'different numbers in (0, 1]', (text) => {
    const value = text === '' ? Number.NaN : Number(text);
    return value > 0 && value <= 1 ? value : undefined;
  });

/** A number above 0, also as 1.2e12. */
export const amount = (help: string, least: number = 0): Option<number> => ({
  metavar: 'X',
  help,
  expected: `a number ${least === 0 ? '≥ 0' : `≥ ${least}`}`,
  read: (text) => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    return value >= least && Number.isFinite(value) ? value : undefined;
  },
});

/** A value that the command cannot do without. @throws {CommandError} status 2 */
export function needed<Value>(command: string, option: string, value: Value | undefined): Value {
  if (value === undefined) throw inputError(`einlab ${command}: ${option} is missing`);
  return value;
}
