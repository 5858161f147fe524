import { vmap } from '../autodiff/vmap.ts';
import { formatShape, sameShape } from '../base/shape.ts';
import { stack } from '../operations/shape.ts';
import type { DeviceKind } from '../program/backend.ts';
import type { Example, DefinedPrimitive } from '../tensor/primitive.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type AssertClose, assertHolds, comparedIn, type Law } from './law.ts';
import { callPrimitive, describeCall, largestMagnitude } from './primitive-call.ts';
import { ordinaryPoint, streamOf } from './sample-points.ts';
import { readOn } from './shared-device.ts';

/** Options of `batchingLaws`. */
export interface BatchingLawOptions {
  readonly assertClose: AssertClose;
  /** Where batches are computed; the loop over their examples runs on the reference. */
  readonly backend: DeviceKind;
  /** Seed of the points; default 0. */
  readonly seed?: number;
}

/** Examples along the outer and along the inner axis of a batch of batches. */
const SIZES = [2, 3];

/** Ordinary values are up to 2, so their products are up to 4: what the error of a sum that cancels is measured against. */
const LEAST_SCALE = 4;

/** The same computation twice. */
interface Case {
  /** Which inputs are mapped along the outer and along the inner axis. */
  readonly levels: readonly (readonly number[])[];
  readonly mapped: Tensor;
  readonly looped: Tensor;
}

/**
 * The batching rule of one primitive, at each of its examples: mapped over any of its inputs, and that mapped over any of
 * them once more, it is a loop over the examples.
 *
 * @example `for (const law of batchingLaws(primitives.gather, { assertClose, backend: 'wasm' })) it(law.name, law.run);`
 */
export function batchingLaws(primitive: DefinedPrimitive, options: BatchingLawOptions): Law[] {
  const { assertClose, backend, seed = 0 } = options;
  // a source has no inputs: no batch reaches it
  const examples = primitive.examples.filter(({ inputs }) => inputs.length > 0);
  return examples.map((example) => {
    const title = describeCall(primitive, example);
    return {
      name: `${title}: mapped over a batch is a loop over its examples`,
      async run() {
        const cases = casesOf(primitive, example, seed);
        const got = await readOn(
          backend,
          cases.map(({ mapped }) => mapped),
        );
        const expected = await readOn(
          'reference',
          cases.map(({ looped }) => looped),
        );
        cases.forEach(({ levels, mapped, looped }, i) => {
          const message = `${title} mapped over inputs ${levels.map((inputs) => `[${inputs.join(', ')}]`).join(' and ')}`;
          assertHolds(
            mapped.dtype === looped.dtype && sameShape(mapped.shape, looped.shape),
            () => `${message}: got ${formatShape(mapped.shape)}, a loop gives ${formatShape(looped.shape)}`,
          );
          const dtype = comparedIn(mapped.dtype, backend);
          const scale = Math.max(LEAST_SCALE, largestMagnitude(expected[i]));
          assertClose(got[i], expected[i], { dtype, reductionLength: 16, scale, message });
        });
      },
    };
  });
}

/** Every choice of inputs for one axis alone, and for both. */
function casesOf(primitive: DefinedPrimitive, example: Example<unknown>, seed: number): Case[] {
  const points = Array.from({ length: SIZES[0] * SIZES[1] }, (_, n) => ordinaryPoint(example, streamOf(seed, n)));
  const apply = (...inputs: readonly Tensor[]): Tensor => callPrimitive(primitive, inputs, example.parameters);
  const all = example.inputs.map((_, i) => i);
  const choices = Array.from({ length: 2 ** all.length - 1 }, (_, n) => all.filter((i) => (((n + 1) >> i) & 1) === 1));
  const choicesOfBoth = choices.flatMap((outer) => choices.map((inner) => [outer, inner]));

  return [...choices.map((only) => [only]), ...choicesOfBoth].map((levels) => {
    /** Input i of the examples at and below a place of the batch. */
    const inputAt = (i: number, place: readonly number[]): Tensor => {
      const depth = place.length;
      if (depth === levels.length) return points[place.reduce((n, at, level) => n * SIZES[level] + at, 0)][i];
      if (!levels[depth].includes(i)) return inputAt(i, [...place, 0]);
      return stack(Array.from({ length: SIZES[depth] }, (_, at) => inputAt(i, [...place, at])));
    };
    const loopFrom = (place: readonly number[]): Tensor => {
      const depth = place.length;
      if (depth < levels.length)
        return stack(Array.from({ length: SIZES[depth] }, (_, at) => loopFrom([...place, at])));
      return apply(
        ...all.map((i) =>
          inputAt(
            i,
            place.map((at, level) => (levels[level].includes(i) ? at : 0)),
          ),
        ),
      );
    };
    const mapped = levels.reduceRight(
      (f, inputs) => vmap(f, { inAxes: all.map((i) => (inputs.includes(i) ? 0 : null)) }),
      apply,
    );
    return { levels, mapped: mapped(...all.map((i) => inputAt(i, []))), looped: loopFrom([]) };
  });
}
