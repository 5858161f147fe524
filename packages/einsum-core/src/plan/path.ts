import { optionError } from '../base/errors.ts';

/**
 * An order of contraction in static single assignment: ids 0 … n−1 are the operands, step k makes id n+k.
 * Each step lists the one or two ids it uses up; the last step makes the result.
 */
export type ContractionPath = readonly (readonly number[])[];

/** ((0·1)·2)·3 …; for a single operand, the one step that takes it to the output. */
export function leftToRightPath(operandCount: number): ContractionPath {
  if (operandCount === 1) return [[0]];
  return Array.from({ length: operandCount - 1 }, (_, k) => (k === 0 ? [0, 1] : [operandCount + k - 1, k + 1]));
}

/**
 * Asserts that a path uses every operand and every intermediate exactly once and ends with one result.
 *
 * @throws {EinlabError} `option`, naming the step and the id at fault.
 */
export function checkPath(path: ContractionPath, operandCount: number): void {
  const fail = (message: string): never => {
    throw optionError(`einsum: option optimize: ${message}\n  path ${JSON.stringify(path)}`, { path, operandCount });
  };
  const live = new Set(Array.from({ length: operandCount }, (_, id) => id));
  if (path.length === 0) fail(`the path is empty; ${operandCount} operand(s) need at least one step`);
  path.forEach((step, k) => {
    if (!Array.isArray(step) || step.length < 1 || step.length > 2) {
      fail(`step ${k} is ${JSON.stringify(step)}; a step lists one or two ids`);
    }
    for (const id of step) {
      if (live.delete(id)) continue;
      const made = Number.isInteger(id) && id >= 0 && id < operandCount + k;
      const why = made ? 'was used before' : 'does not exist yet';
      fail(`step ${k} uses id ${id}, which ${why}; ids in reach are ${[...live].join(', ') || 'none'}`);
    }
    live.add(operandCount + k);
  });
  if (live.size > 1) fail(`ids ${[...live].join(', ')} remain at the end; a path ends with one result`);
}
