import { readFileSync } from 'node:fs';
import { sharedPath } from './shared.ts';

/** Frozen numbers with where they come from. */
export interface Golden<T> {
  readonly data: T;
  /** The generator, its versions and anything else that tells who computed the numbers. */
  readonly provenance: string;
}

/** Options of `loadGolden`. */
export interface GoldenOptions {
  /** States the source of a file that does not state it itself. */
  readonly provenance?: string;
}

/** Fields under which golden files state their source, best first. */
const provenanceFields = ['provenance', '_generator', 'generator', 'reference', 'algorithm', 'note'];

/**
 * Loads frozen numbers from `golden/` in the folder of reference data.
 *
 * The caller names the type; the file's contents are not checked against it.
 *
 * @param path - relative to `golden/`, such as `causal/dsep_cases.json`.
 * @throws {Error} when the file is missing, is not JSON, or neither it nor the caller says where the numbers come from.
 */
export function loadGolden<T>(path: string, options: GoldenOptions = {}): Golden<T> {
  const file = sharedPath('golden', ...path.split('/'));
  let data: T;
  try {
    data = JSON.parse(readFileSync(file, 'utf8')) as T;
  } catch (error) {
    throw new Error(`loadGolden: cannot read "${path}" (${file}): ${String(error)}`, { cause: error });
  }
  const provenance = options.provenance ?? provenanceOf(data);
  if (provenance === undefined) {
    throw new Error(
      `loadGolden: "${path}" does not say where its numbers come from; expected a text in one of ` +
        `${provenanceFields.join(', ')}, or the option { provenance }`,
    );
  }
  return { data, provenance };
}

/** The first text that states a source, or `undefined`. */
export function provenanceOf(data: unknown): string | undefined {
  if (typeof data !== 'object' || data === null) return undefined;
  const fields = new Map<string, unknown>(Object.entries(data));
  const texts = provenanceFields.map((name) => fields.get(name));
  return texts.find((text): text is string => typeof text === 'string' && text.trim() !== '');
}
