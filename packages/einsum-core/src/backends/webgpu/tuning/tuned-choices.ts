import { optionError } from '../../../base/errors.ts';
import type { TunedChoices } from '../../../program/backend.ts';

const show = (value: unknown): string => (JSON.stringify(value) ?? String(value)).slice(0, 80);

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Choices as they were read from JSON. @throws {EinlabError} `option` where they are none. */
export function checkedChoices(value: unknown): TunedChoices {
  const fail = (what: string, found: unknown, expected: string): never => {
    throw optionError(`openDevice: ${what} is ${show(found)}; expected ${expected}, as device.choices() gave it`, {
      found,
    });
  };
  if (!isRecord(value)) return fail('choices', value, 'an object with adapter and contractions');
  const { adapter, contractions } = value;
  if (typeof adapter !== 'string') return fail('choices.adapter', adapter, 'the name of an adapter');
  if (!isRecord(contractions)) return fail('choices.contractions', contractions, 'schedules by shape class');
  const entries = Object.entries(contractions).map(([name, schedule]): [string, string] =>
    typeof schedule === 'string'
      ? [name, schedule]
      : fail(`choices.contractions["${name}"]`, schedule, 'the name of a schedule'),
  );
  return { adapter, contractions: Object.fromEntries(entries) };
}
