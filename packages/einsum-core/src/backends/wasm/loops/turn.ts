import type { Expression } from '../../../kernels/expression.ts';
import { internNodes } from '../../../kernels/expression-graph.ts';

/** How many vectors one turn of a loop computes, and whether operation by operation or one vector after the other. */
export interface Turn {
  readonly vectors: number;
  readonly isTogether: boolean;
  /** How many chains its folds take turns in. */
  readonly chains: number;
}

/** A vector by itself. */
export const ONE_VECTOR: Turn = { vectors: 1, isTogether: false, chains: 1 };

const MOST_VECTORS = 4;
/** Operations of one turn, beyond which more vectors in it do not help, or make too much code. */
const LONGEST = { apart: 64, together: 400 };
/** Chains of folds in turns of vectors together. */
const FEW_CHAINS = 2;
/** Constants from which on they do not fit the registers, sixteen on x86. Elementary functions have as many. */
const MANY_CONSTANTS = 10;

/**
 * How the loop of a pass over `vectors` vectors turns. Short work is done for several vectors one after the other, so that
 * folds do not wait for themselves. Work with many constants is done for several operation by operation, so that a
 * constant is fetched once for all.
 */
export function turnOf(roots: readonly Expression[], vectors: number): Turn {
  const { nodes } = internNodes(roots);
  const constants = nodes.filter(({ op }) => op === 'constant').length;
  const isTogether = constants >= MANY_CONSTANTS;
  const most = (isTogether ? LONGEST.together : LONGEST.apart) / (nodes.length - constants);
  let together = 1;
  while (2 * together <= Math.min(MOST_VECTORS, vectors, most)) together *= 2;
  // a long turn leaves a chain time to end, and registers are short
  const chains = isTogether ? Math.min(together, FEW_CHAINS) : together;
  return { vectors: together, isTogether: isTogether && together > 1, chains };
}
