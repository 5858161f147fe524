import { type BytesSource, chunksOf, createHasher, sourceName } from '../base/bytes.ts';
import { fileFailure } from '../base/check.ts';
import { type Certificate, parseCertificate } from './certificate.ts';
import { assemble } from './certify.ts';
import { type MeasuredFiles, measure } from './measure.ts';
import { formatOf } from '../score/read-log-probabilities.ts';

/** The files of a certificate, as far as the verifier has them. */
export interface VerifyFiles extends Partial<MeasuredFiles> {
  readonly code?: BytesSource;
}

/** What was checked. */
export interface Verification {
  readonly certificate: Certificate;
  /** Files whose hashes agree and, for the log-probabilities, whose statistics came out the same. */
  readonly checked: readonly string[];
  /** Files that were not given: what the certificate says of them was believed. */
  readonly believed: readonly string[];
}

/** Numbers that came out of the same sums on another machine. */
const agrees = (a: number, b: number): boolean => a === b || Math.abs(a - b) <= 1e-9 * (1 + Math.abs(b));

/** The first place where two trees of JSON differ, or undefined. */
export function difference(got: unknown, expected: unknown, path: string = ''): string | undefined {
  if (typeof got === 'number' && typeof expected === 'number')
    return agrees(got, expected)
      ? undefined
      : `${path} is ${expected} in the certificate and ${got} when computed again`;
  if (typeof got !== 'object' || typeof expected !== 'object' || got === null || expected === null)
    return got === expected
      ? undefined
      : `${path} is ${JSON.stringify(expected)} in the certificate and ${JSON.stringify(got)} when computed again`;
  const [mine, theirs] = [new Map(Object.entries(got)), new Map(Object.entries(expected))];
  for (const key of new Set([...mine.keys(), ...theirs.keys()])) {
    const found = difference(mine.get(key), theirs.get(key), path === '' ? key : `${path}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * Checks a certificate: its own bytes, every bound anew from what it says was measured, and, for the files that are given, their hashes and
 * the measurements themselves.
 *
 * @throws {EinlabError} `file` or `data`, naming what does not agree
 */
export async function verify(
  text: string,
  files: VerifyFiles = {},
  source: string = 'certificate',
): Promise<Verification> {
  const certificate = await parseCertificate(text, source);
  const { settings, statistics, inputs, complexity } = certificate;
  const again = recompute(certificate, source);
  const { digest: _, ...claimed } = certificate;
  const found = difference(again, claimed);
  if (found !== undefined) throw fileFailure(source, `the bounds do not follow from the measurements: ${found}`);
  const checked: string[] = [];
  const { code, logProbabilities, ...others } = files;
  if (code !== undefined) {
    if (inputs.code === undefined)
      throw fileFailure(source, `the certificate names no code file, but ${sourceName(code)} was given`);
    await assertSame(code, inputs.code, source);
    if (8 * inputs.code.bytes !== complexity.codeBits)
      throw fileFailure(
        source,
        `the code is charged ${complexity.codeBits} bits, but its file has ${8 * inputs.code.bytes}`,
      );
    checked.push('code');
  }
  if (logProbabilities !== undefined) {
    await assertSame(logProbabilities, inputs.logProbabilities, source);
    const format = formatOf(`x.${inputs.logProbabilities.format}`);
    const measured = await measure({ ...others, logProbabilities, format }, settings);
    // Ranks and documents that were not given were not measured.
    const expected = {
      tokens: statistics.tokens,
      ...(measured.statistics.topK === undefined ? {} : { topK: statistics.topK }),
      ...(measured.statistics.documents === undefined ? {} : { documents: statistics.documents }),
    };
    const off = difference(measured.statistics, expected, 'statistics');
    if (off !== undefined) throw fileFailure(source, off);
    for (const name of ['ranks', 'documents', 'positions'] as const) {
      const file = others[name];
      if (file === undefined) continue;
      const named = inputs[name];
      if (named === undefined)
        throw fileFailure(source, `the certificate names no ${name}, but ${sourceName(file)} was given`);
      await assertSame(file, named, source);
      checked.push(name);
    }
    checked.push('logProbabilities');
  }
  const believed = Object.keys(inputs).filter((name) => !checked.includes(name));
  return { certificate, checked, believed };
}

/** The certificate's bounds computed again; settings that make none are the certificate's fault. */
function recompute({ settings, statistics, inputs, complexity }: Certificate, source: string): object {
  try {
    const { code, ...rest } = inputs;
    return assemble(settings, { statistics, inputs: rest }, complexity.codeBits, code);
  } catch (error) {
    throw fileFailure(
      source,
      `the bounds cannot be computed again: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

async function assertSame(
  from: BytesSource,
  expected: { readonly bytes: number; readonly sha256: string; readonly name: string },
  source: string,
): Promise<void> {
  const hasher = await createHasher();
  let bytes = 0;
  for await (const chunk of chunksOf(from)) {
    hasher.update(chunk);
    bytes += chunk.length;
  }
  const sha256 = await hasher.hex();
  if (bytes !== expected.bytes || sha256 !== expected.sha256)
    throw fileFailure(
      source,
      `${sourceName(from)} has ${bytes} bytes and SHA-256 ${sha256.slice(0, 16)}…, but the certificate is about ${expected.name} with ${expected.bytes} bytes and ${expected.sha256.slice(0, 16)}…`,
    );
}
