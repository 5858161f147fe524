import {
  consistentExtension,
  type Discovery,
  type InterventionScores,
  type Interventions,
  interventionScores,
  type SearchProgress,
  type Table,
  takeRows,
} from '@einlab/causal';
import type { RandomKey } from '@einlab/numerics';
import { inputError } from '../command-error.ts';

/** A table with conditions that the search does not see. */
export interface HeldOut {
  readonly table: Table;
  readonly interventions: Interventions;
  /** Names of the conditions, such as `do(pkc)`. */
  readonly conditions: readonly string[];
}

/** What is left for the search. */
export interface Remaining {
  readonly table: Table;
  readonly interventions: Interventions;
}

/**
 * Takes conditions out of a table.
 *
 * @param names - targets as the column of interventions has them.
 * @throws {CommandError} status 2, for a condition that the column does not name.
 */
export function holdOut(
  table: Table,
  interventions: Interventions,
  names: readonly string[],
): { readonly held: HeldOut; readonly rest: Remaining } {
  const known = interventions.regimes.map(({ name }) => name);
  const conditions = names.map((name) => {
    const condition = `do(${name})`;
    if (!known.includes(condition))
      throw inputError(
        `einlab discover: --hold-out ${JSON.stringify(name)} is no condition of the table; expected one of ${known
          .slice(1)
          .map((each) => each.slice(3, -1))
          .join(', ')}`,
      );
    return condition;
  });
  const isHeld = interventions.regimes.map(({ name }) => conditions.includes(name));
  const rows = Array.from(interventions.regimeOfRow.keys()).filter(
    (row) => isHeld[interventions.regimeOfRow[row] ?? 0] !== true,
  );
  return {
    held: { table, interventions, conditions },
    rest: {
      table: takeRows(table, rows),
      interventions: {
        // Positions stay as they are; conditions without rows do not matter to a search.
        regimes: interventions.regimes.map((regime, at) => (isHeld[at] === true ? { ...regime, targets: [] } : regime)),
        regimeOfRow: Int32Array.from(rows, (row) => interventions.regimeOfRow[row] ?? 0),
      },
    },
  };
}

/** How well the found graph predicts what was held out; undefined where it has no DAG. */
export async function scoreHeldOut(
  found: Discovery,
  { table, interventions, conditions }: HeldOut,
  key: RandomKey,
  control: { readonly signal: AbortSignal; readonly onProgress: (progress: SearchProgress) => void },
): Promise<InterventionScores | undefined> {
  const graph = consistentExtension(found.graph);
  if (graph === undefined) return undefined;
  return interventionScores(table, graph, { key, interventions, heldOut: conditions, ...control });
}

/** The scores as lines for the terminal. */
export const heldOutLines = ({ byCondition, ...all }: InterventionScores): string[] =>
  Object.entries({ ...byCondition, 'all held out': all }).map(
    ([name, { negativeLogLikelihood, meanAbsoluteError, rows }]) =>
      `${name}: I-NLL ${negativeLogLikelihood.toFixed(3)} nats, I-MAE ${meanAbsoluteError.toFixed(3)}, ${rows} rows (z-scored)`,
  );
