/** What the command was asked to do. */
export interface Arguments {
  readonly suite: string;
  /** Only JSON on standard output. */
  readonly json: boolean;
  /** Few samples: a look, not a measurement. */
  readonly quick: boolean;
  /** Only works whose name contains this. */
  readonly filter?: string;
  /** Only rows of this group of the suite. */
  readonly only?: string;
  /** Samples of each engine at each work. */
  readonly repeat?: number;
  /** Writes the run to docs/reproductions. */
  readonly record?: boolean;
}

/** The command was called wrongly; the message says how. */
export class ArgumentError extends Error {
  override readonly name: string = 'ArgumentError';
}

/** The names of the options, for help and for suggestions. */
const options = ['--json', '--quick', '--only NAME', '--filter TEXT', '--repeat N', '--record', '--help'];

/** What `--help` prints. */
export function usage(suites: readonly string[]): string {
  return [
    'pnpm bench SUITE [--json] [--quick] [--only NAME] [--filter TEXT] [--repeat N] [--record]',
    '',
    `  SUITE           ${suites.join(', ')}`,
    '  --json          print the report as JSON and nothing else on standard output',
    '  --quick         few samples: a look, not a measurement',
    '  --only NAME     only one group of the suite engine; a wrong name lists them',
    '  --filter TEXT   only works whose name contains TEXT',
    '  --repeat N      samples of each engine at each work (default 20, in the suite engine 12; with --quick 6)',
    '  --record        of the suite webgpu: also write the run to docs/reproductions, named after the adapter',
  ].join('\n');
}

function repeatOf(text: string): number {
  const repeat = Number(text);
  if (!/^\d+$/.test(text) || repeat < 1 || repeat > 10_000) {
    throw new ArgumentError(`bench: --repeat is "${text}"; expected a whole number from 1 to 10000`);
  }
  return repeat;
}

/**
 * Reads the command line.
 *
 * @param words - what stands behind the name of the command
 * @returns what was asked for, or `help`
 * @throws {ArgumentError} for an unknown option or suite, a missing or wrong value, or one word too many.
 */
export function parseArguments(words: readonly string[], suites: readonly string[]): Arguments | 'help' {
  let suite: string | undefined;
  let json = false;
  let quick = false;
  let filter: string | undefined;
  let only: string | undefined;
  let repeat: number | undefined;
  let record = false;
  const rest = [...words];
  const valueOf = (option: string, inline: string | undefined): string => {
    const value = inline ?? rest.shift();
    if (value === undefined || value === '') throw new ArgumentError(`bench: ${option} needs a value`);
    return value;
  };
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const [, option = word, inline] = /^(--[^=]+)=(.*)$/s.exec(word) ?? [];
    const isSwitch = inline === undefined;
    if (isSwitch && (option === '--help' || option === '-h')) return 'help';
    if (isSwitch && option === '--json') json = true;
    else if (isSwitch && option === '--quick') quick = true;
    else if (isSwitch && option === '--record') record = true;
    else if (option === '--filter') filter = valueOf(option, inline);
    else if (option === '--only') only = valueOf(option, inline);
    else if (option === '--repeat') repeat = repeatOf(valueOf(option, inline));
    else if (word.startsWith('-'))
      throw new ArgumentError(`bench: unknown option "${word}"; the options are ${options.join(', ')}`);
    else if (suite !== undefined)
      throw new ArgumentError(`bench: one suite at a time, but got "${suite}" and "${word}"`);
    else suite = word;
  }
  if (suite === undefined) throw new ArgumentError(`bench: no suite named; expected one of: ${suites.join(', ')}`);
  if (!suites.includes(suite))
    throw new ArgumentError(`bench: unknown suite "${suite}"; expected one of: ${suites.join(', ')}`);
  if (record && suite !== 'webgpu')
    throw new ArgumentError(`bench: --record keeps runs of the suite webgpu; expected no such option for "${suite}"`);
  return {
    suite,
    ...(record ? { record } : {}),
    json,
    quick,
    ...(filter === undefined ? {} : { filter }),
    ...(only === undefined ? {} : { only }),
    ...(repeat === undefined ? {} : { repeat }),
  };
}
