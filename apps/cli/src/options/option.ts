/** One option of a command: how its text is read, and what its help says. */
export interface Option<Value> {
  /** What stands for the value in help, such as `N`; empty for a flag, which takes none. */
  readonly metavar: string;
  readonly help: string;
  /** What was expected, for the error: `a whole number ≥ 1`. */
  readonly expected: string;
  /** The value of a text, or undefined where it cannot be read. May throw an error of its own that says more. */
  readonly read: (text: string) => Value | undefined;
}

/** The options of a command by name, without the dashes. */
export type OptionTable = Readonly<Record<string, Option<unknown>>>;

/** What the options of a table have been given; absent where they were not. */
export type OptionValues<Table extends OptionTable> = {
  readonly [Name in keyof Table]?: Table[Name] extends Option<infer Value> ? Value : never;
};

/** An option that is on when present. */
export const flag = (help: string): Option<boolean> => ({
  metavar: '',
  help,
  expected: 'no value',
  read: () => true,
});

/** Decimal digits and nothing else, so that `1e3`, `0x10` and an empty text are refused. */
const wholeNumber = (text: string): number => (/^\d+$/.test(text) ? Number(text) : Number.NaN);

/** A whole number within bounds. */
export function integer(help: string, least: number, most: number = Number.MAX_SAFE_INTEGER): Option<number> {
  const bounds =
    most === Number.MAX_SAFE_INTEGER ? `a whole number ≥ ${least}` : `a whole number from ${least} to ${most}`;
  const read = (text: string): number | undefined => {
    const value = wholeNumber(text);
    return value >= least && value <= most ? value : undefined;
  };
  return { metavar: 'N', help, expected: bounds, read };
}

/** A number above 0, such as a learning rate. */
export const positive = (help: string): Option<number> => ({
  metavar: 'X',
  help,
  expected: 'a number above 0',
  read: (text) => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    return value > 0 && Number.isFinite(value) ? value : undefined;
  },
});

/** A path. */
export const path = (metavar: string, help: string): Option<string> => ({
  metavar,
  help,
  expected: 'a path',
  read: (text) => (text === '' ? undefined : text),
});

/** One of a few words. */
export function choice<Word extends string>(words: readonly Word[], help: string): Option<Word> {
  const expected = `one of ${words.join(', ')}`;
  return { metavar: words.join('|'), help, expected, read: (text) => words.find((word) => word === text) };
}

const secondsPer: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, min: 60, h: 3600 };

/** A time in seconds: `90`, `90s`, `5m`, `1.5h`. */
export const duration = (help: string): Option<number> => ({
  metavar: 'TIME',
  help,
  expected: 'a time such as 90s, 5m or 1h',
  read: (text) => {
    const [, amount, unit] = /^(\d+(?:\.\d+)?)(s|min|m|h|)$/.exec(text) ?? [];
    const seconds = Number(amount) * (secondsPer[unit ?? ''] ?? Number.NaN);
    return seconds > 0 ? seconds : undefined;
  },
});
