import { EinlabError } from '@einlab/einsum-core';

/** A JSON object. */
export type Json = Readonly<Record<string, unknown>>;

/** True for an object that is no list. */
export const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Reads fields of one JSON object and names them in errors. */
export interface Fields {
  /** A whole number ≥ 1; without a default it must be there. */
  count(name: string, fallback?: number): number;
  /** A finite number. */
  number(name: string, fallback?: number): number;
  flag(name: string, fallback: boolean): boolean;
  /** One of the names. */
  choice<Name extends string>(name: string, names: readonly Name[], fallback: Name): Name;
  /** Rising levels inside (0, 1). */
  levels(name: string): readonly number[];
}

const shown = (value: unknown): string => (value === undefined ? 'missing' : JSON.stringify(value));

/**
 * A reader of a configuration.
 *
 * @param source - what the object is called in errors, such as `config.json`
 */
export function fieldsOf(json: Json, source: string): Fields {
  const wrong = (name: string, expected: string): EinlabError =>
    new EinlabError('file', `${source}: ${name} is ${shown(json[name])}; expected ${expected}`, {
      source,
      field: name,
      value: json[name],
    });
  const read = <Value>(
    name: string,
    fallback: Value | undefined,
    is: (value: unknown) => value is Value,
    expected: string,
  ): Value => {
    const value = json[name] ?? fallback;
    if (is(value)) return value;
    throw wrong(name, expected);
  };
  const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 1;
  const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
  const isFlag = (value: unknown): value is boolean => typeof value === 'boolean';
  const isLevels = (value: unknown): value is readonly number[] =>
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((level, i) => isNumber(level) && level > (i === 0 ? 0 : Number(value[i - 1])) && level < 1);
  return {
    count: (name, fallback) => read(name, fallback, isCount, 'a whole number ≥ 1'),
    number: (name, fallback) => read(name, fallback, isNumber, 'a number'),
    flag: (name, fallback) => read(name, fallback, isFlag, 'true or false'),
    choice: (name, names, fallback) =>
      read(
        name,
        fallback,
        (value): value is (typeof names)[number] => names.some((each) => each === value),
        `one of ${names.join(', ')}`,
      ),
    levels: (name) => read(name, undefined, isLevels, 'a list of rising numbers between 0 and 1'),
  };
}
