import type { OptionTable } from '../options/option.ts';

/** A part of `einlab bound`. */
export interface SubCommand {
  readonly name: string;
  readonly summary: string;
  readonly usage: string;
  readonly options: OptionTable;
  readonly run: (argv: readonly string[]) => Promise<number>;
}
