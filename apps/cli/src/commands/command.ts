import type { OptionTable } from '../options/option.ts';

/** A part of a command, `einlab COMMAND PART …`. */
export interface CommandPart {
  readonly name: string;
  readonly summary: string;
  readonly usage: string;
  readonly options: OptionTable;
  readonly run: (argv: readonly string[]) => Promise<number>;
}

/** A command of `einlab`. */
export interface Command {
  readonly name: string;
  /** One line, for the list of commands. */
  readonly summary: string;
  /** What follows the name: `PATTERN SHAPES… [options]`. */
  readonly usage: string;
  readonly options: OptionTable;
  /** What help says after the options: examples and notes. */
  readonly notes: string;
  /** What it is made of, where its first argument chooses a part: each has a help of its own. */
  readonly parts?: readonly CommandPart[];
  /**
   * Does it.
   *
   * @returns the exit status.
   * @throws {CommandError} with one message for the user.
   */
  readonly run: (argv: readonly string[]) => Promise<number>;
}
