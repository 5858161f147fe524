import { EinlabError } from '@einlab/einsum-core';
import type { Table } from './table.ts';

/** One experimental condition and the variables it sets or changes; none of them for plain observation. */
export interface Regime {
  readonly name: string;
  /** Positions of columns. */
  readonly targets: readonly number[];
}

/** Which rows of a table come from which condition. */
export interface Interventions {
  readonly regimes: readonly Regime[];
  /** `i32[sample]`, positions in `regimes`. */
  readonly regimeOfRow: Int32Array;
}

/** Positions of the variables that any condition targets, ascending. */
export const targetedNodes = ({ regimes }: Interventions): number[] =>
  [...new Set(regimes.flatMap(({ targets }) => targets))].sort((a, b) => a - b);

/** 1 where a row comes from a condition that targets the variable, `u8[sample]`. */
export function isTargeted({ regimes, regimeOfRow }: Interventions, node: number): Uint8Array {
  const hit = regimes.map(({ targets }) => (targets.includes(node) ? 1 : 0));
  return Uint8Array.from(regimeOfRow, (regime) => hit[regime]);
}

/**
 * Checks that conditions fit a table.
 *
 * @throws {EinlabError} `data`, for another number of rows, a row of no condition, or a target that is no column.
 */
export function assertInterventions({ regimes, regimeOfRow }: Interventions, { columns, rows }: Table): void {
  if (regimeOfRow.length !== rows)
    throw new EinlabError(
      'data',
      `interventions: ${regimeOfRow.length} rows have a condition and the table has ${rows}; expected as many`,
    );
  const lost = regimeOfRow.findIndex((regime) => !(regime >= 0 && regime < regimes.length));
  if (lost >= 0)
    throw new EinlabError(
      'data',
      `interventions: row ${lost + 1} has the condition ${regimeOfRow[lost]}; expected 0 to ${regimes.length - 1}`,
    );
  for (const { name, targets } of regimes) {
    const bad = targets.find((target) => !(Number.isInteger(target) && target >= 0 && target < columns.length));
    if (bad !== undefined)
      throw new EinlabError(
        'data',
        `interventions: the condition ${JSON.stringify(name)} targets column ${bad}; expected 0 to ${columns.length - 1}`,
      );
  }
}

/** The table's rows from conditions without a target. */
export function observationalRows({ regimes, regimeOfRow }: Interventions): number[] {
  const found: number[] = [];
  regimeOfRow.forEach((regime, row) => {
    if (regimes[regime].targets.length === 0) found.push(row);
  });
  return found;
}
