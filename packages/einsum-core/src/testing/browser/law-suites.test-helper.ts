import { mismatch } from '@einlab/testkit/mismatch';
import { lawsOfPrimitive } from '../../primitives/laws-of-primitive.test-helper.ts';
import { primitives } from '../defined-primitives.ts';
import { backendLaws } from '../backend-laws.ts';
import type { AssertClose, Law } from '../law.ts';

/** The groups of laws that a browser runs. */
export type LawSuite = 'primitives' | 'wasm' | 'webgpu';

const assertClose: AssertClose = (got, expected, options) => {
  const found = mismatch(got, expected, options);
  if (found !== undefined) throw new Error(found);
};

/** A group's laws, the same and in the same order wherever they are asked for. */
export function lawSuite(suite: LawSuite, seed: number): Law[] {
  if (suite !== 'primitives') return backendLaws(suite, { assertClose, seed });
  return Object.values(primitives).flatMap((primitive) =>
    lawsOfPrimitive(primitive, seed).map(({ name, run }) => ({ name: `${primitive.name}: ${name}`, run })),
  );
}
