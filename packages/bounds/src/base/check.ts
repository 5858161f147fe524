import { EinlabError } from '@einlab/einsum-core';

/** An option outside its range: names it, shows its value, says what was expected. */
export const optionFailure = (where: string, name: string, value: unknown, expected: string): EinlabError =>
  new EinlabError('option', `${where}: ${name} is ${String(value)}; expected ${expected}`, { [name]: value });

/** Values that cannot be certified. */
export const dataFailure = (message: string, details: Readonly<Record<string, unknown>> = {}): EinlabError =>
  new EinlabError('data', message, details);

/** A file that is not what it should be. */
export const fileFailure = (source: string, message: string): EinlabError =>
  new EinlabError('file', `${source}: ${message}`, { source });

/** Refuses what is no whole number ≥ `least`. Counts of tokens may be beyond 2³², but not beyond 2⁵³. */
export function assertCount(where: string, name: string, value: number, least: number = 1): void {
  if (!Number.isSafeInteger(value) || value < least)
    throw optionFailure(where, name, value, `a whole number ≥ ${least}`);
}

/** Refuses what is no finite number ≥ `least`. */
export function assertAtLeast(where: string, name: string, value: number, least: number): void {
  if (!(value >= least && Number.isFinite(value)))
    throw optionFailure(where, name, value, `a finite number ≥ ${least}`);
}

/** Refuses what is not strictly between 0 and 1. */
export function assertFraction(where: string, name: string, value: number): void {
  if (!(value > 0 && value < 1)) throw optionFailure(where, name, value, 'a number in (0, 1)');
}

/** Refuses a failure probability outside (0, 1]: 1 is allowed, and claims nothing. */
export function assertFailure(where: string, value: number): void {
  if (!(value > 0 && value <= 1)) throw optionFailure(where, 'failureProbability', value, 'a number in (0, 1]');
}
