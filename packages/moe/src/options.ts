import { EinlabError } from '@einlab/einsum-core';

/**
 * The value of an option that must be a whole number.
 * @throws {EinlabError} `option`, naming what was called and the option
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

/**
 * The number of experts, and how many of them a token goes to.
 * @throws {EinlabError} `option` where one of them is none, or k is above the number of experts
 */
export function assertExperts(where: string, experts: number, k: number): void {
  wholeNumber(where, 'experts', experts, 1);
  wholeNumber(where, 'k', k, 1);
  if (k > experts) {
    throw new EinlabError(
      'option',
      `${where}: k is ${k}, but there are ${experts} experts; expected at most one place per expert, k ≤ ${experts}`,
      { k, experts },
    );
  }
}

/**
 * The value of an option that must be a positive, finite number.
 * @throws {EinlabError} `option`, naming what was called and the option
 */
export function positiveNumber(where: string, name: string, value: number): number {
  if (!(typeof value === 'number' && value > 0 && Number.isFinite(value))) {
    throw new EinlabError('option', `${where}: ${name} is ${JSON.stringify(value)}; expected a number > 0`, {
      [name]: value,
    });
  }
  return value;
}
