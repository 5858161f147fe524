import type { OptionTable } from '../options/option.ts';

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
  /**
   * Does it.
   *
   * @returns the exit status.
   * @throws {CommandError} with one message for the user.
   */
  readonly run: (argv: readonly string[]) => Promise<number>;
}
