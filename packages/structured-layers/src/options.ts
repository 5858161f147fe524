import { EinlabError } from '@einlab/einsum-core';

/**
 * The value of an option that must be a whole number.
 * @throws {EinlabError} `option`, naming the structure and the option
 */
export function wholeNumber(where: string, name: string, value: number, least: number): number {
  if (!Number.isInteger(value) || value < least) {
    const shown = typeof value === 'number' ? `${value}` : JSON.stringify(value);
    throw new EinlabError('option', `${where}: ${name} is ${shown}; expected a whole number ≥ ${least}`, {
      [name]: value,
    });
  }
  return value;
}
