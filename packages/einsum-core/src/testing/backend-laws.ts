import { jvp } from '../autodiff/jvp.ts';
import { vjp } from '../autodiff/vjp.ts';
import { primitives } from './defined-primitives.ts';
import type { DeviceKind } from '../program/backend.ts';
import type { Example, DefinedPrimitive } from '../tensor/primitive.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { bufferLaws } from './buffer-laws.ts';
import { type AssertClose, comparedIn, type Law } from './law.ts';
import { lawExamples } from './law-examples.ts';
import { callPrimitive, describeCall, largestMagnitude, referenceValues } from './primitive-call.ts';
import { awkwardPoint, normalTensor, ordinaryPoint, streamOf } from './sample-points.ts';
import { readOn } from './shared-device.ts';
import { storageLaws } from './storage-laws.ts';

/** Options of `backendLaws`. */
export interface BackendLawOptions {
  readonly assertClose: AssertClose;
  /** Seed of the points; default 0. */
  readonly seed?: number;
}

/** One example of one primitive on one backend. */
interface Subject extends BackendLawOptions {
  readonly backend: DeviceKind;
  readonly primitive: DefinedPrimitive;
  readonly example: Example<unknown>;
  readonly title: string;
}

/** Smaller results may be flushed to zero: twice the smallest normal f32 (docs/concepts/elementary-functions.md). */
const FLUSHED_BELOW = 2 ** -125;

/** Draws of ordinary values per example. */
const DRAWS = 3;

/**
 * The laws of a backend: every primitive's values equal its definition, at ordinary and at awkward points; its
 * derivatives equal those of the reference; inputs stored in 16 bits give what the same values in f32 give; and buffers
 * behave as the engine expects.
 *
 * @example `for (const law of backendLaws('wasm', { assertClose })) it(law.name, law.run);`
 */
export function backendLaws(backend: DeviceKind, options: BackendLawOptions): Law[] {
  const table: readonly DefinedPrimitive[] = Object.values(primitives);
  const perPrimitive = table.flatMap((primitive) =>
    lawExamples(primitive).flatMap((example) => {
      const subject: Subject = { ...options, backend, primitive, example, title: describeCall(primitive, example) };
      const laws = [ordinaryLaw(subject), ...awkwardLaw(subject), ...derivativeLaw(subject), ...storageLaws(subject)];
      return laws.map((law) => ({ ...law, subject: primitive.name }));
    }),
  );
  return [...perPrimitive, ...bufferLaws(backend)];
}

function ordinaryLaw(subject: Subject): Law {
  const { example, title } = subject;
  return {
    name: `${title}: equals its definition`,
    async run() {
      for (let draw = 0; draw < DRAWS; draw++) {
        await checkValues(subject, ordinaryPoint(example, streamOf(subject.seed ?? 0, draw)));
      }
    },
  };
}

function awkwardLaw(subject: Subject): Law[] {
  const { primitive, example, title } = subject;
  const rng = streamOf(subject.seed ?? 0, DRAWS);
  const point = awkwardPoint(primitive, example, rng);
  if (point === undefined) return [];
  return [{ name: `${title}: equals its definition at awkward points`, run: () => checkValues(subject, point) }];
}

async function checkValues(subject: Subject, point: readonly Tensor[]): Promise<void> {
  const { backend, primitive, example, title, assertClose } = subject;
  const result = callPrimitive(primitive, point, example.parameters);
  const [got] = await readOn(backend, [result]);
  const definition = await referenceValues(primitive, point, example.parameters);
  const dtype = comparedIn(result.dtype, backend);
  const expected = dtype === 'f32' ? definition.map(Math.fround) : definition;
  if (dtype === 'f32' && primitive.lowering.kind === 'elementwise') {
    await checkEach(subject, point, got, expected);
    return;
  }
  const scale = largestMagnitude(await referenceValues(primitive, point, example.parameters, Math.abs)) || 1;
  const reductionLength = Math.max(1, ...example.inputs.map(({ shape }) => shape.reduce((n, size) => n * size, 1)));
  assertClose(got, expected, { dtype, reductionLength, scale, message: title });
}

/** Element by element, each relative to itself, because awkward values differ by sixty orders of magnitude. */
async function checkEach(
  subject: Subject,
  point: readonly Tensor[],
  got: ArrayLike<number>,
  expected: Float64Array,
): Promise<void> {
  const inputs = await readOn('reference', point);
  const flush = (value: number): number => (Math.abs(value) < FLUSHED_BELOW ? 0 : value);
  expected.forEach((value, i) => {
    const at = inputs.map((input) => input[i]).join(', ');
    const scale = !Number.isFinite(value) ? 1 : Math.abs(flush(value));
    subject.assertClose([flush(got[i])], [flush(value)], {
      dtype: 'f32',
      reductionLength: 1,
      scale,
      message: `${subject.title} at (${at})`,
    });
  });
}

/** Where f32 computes derivatives without overflow or total cancellation, and beside that what is no number. */
const isTame = (value: number): boolean =>
  value === 0 || !Number.isFinite(value) || (Math.abs(value) >= 1e-3 && Math.abs(value) <= 1e3);

function derivativeLaw(subject: Subject): Law[] {
  const { backend, primitive, example, title } = subject;
  if (
    backend === 'reference' ||
    !example.inputs.some(({ dtype }) => dtype === 'f32') ||
    primitive.shapeRule(example.inputs, example.parameters).dtype !== 'f32'
  )
    return [];
  const seed = subject.seed ?? 0;
  const awkward = awkwardPoint(primitive, example, streamOf(seed, DRAWS + 2), isTame);
  const law = (where: string, point: () => readonly Tensor[]): Law => ({
    name: `${title}: vjp, jvp and jvp over vjp equal the reference's${where}`,
    run: () => checkDerivatives(subject, point()),
  });
  return [
    law('', () => ordinaryPoint(example, streamOf(seed, DRAWS + 1))),
    ...(awkward === undefined ? [] : [law(' at awkward points', () => awkward)]),
  ];
}

async function checkDerivatives(subject: Subject, point: readonly Tensor[]): Promise<void> {
  const { backend, primitive, example, title, assertClose } = subject;
  const rng = streamOf(subject.seed ?? 0, DRAWS + 3);
  const f = (floats: readonly Tensor[]): Tensor => {
    let next = 0;
    const inputs = point.map((input) => (input.dtype === 'f32' ? floats[next++] : input));
    return callPrimitive(primitive, inputs, example.parameters);
  };
  const floats = point.filter(({ dtype }) => dtype === 'f32');
  const directions = floats.map(({ shape }) => normalTensor(rng, shape));
  const [value, tangent] = jvp(f, [floats], [directions]);
  const cotangent = normalTensor(rng, value.shape);
  const pull = (at: readonly Tensor[]): readonly Tensor[] => vjp(f, at)[1](cotangent)[0];
  const [gradients, seconds] = jvp(pull, [floats], [directions]);
  const asked = [value, tangent, ...gradients, ...seconds];
  const names = ['value inside', 'jvp', ...gradients.map((_, i) => `vjp in f32 input ${i}`)];
  names.push(...seconds.map((_, i) => `jvp over vjp in f32 input ${i}`));
  const got = await readOn(backend, asked);
  const expected = (await readOn('reference', asked)).map((values) => values.map(Math.fround));
  const reductionLength = 16 + Math.max(...example.inputs.map(({ shape }) => shape.reduce((n, size) => n * size, 1)));
  names.forEach((what, k) => {
    const scale = Math.max(1, largestMagnitude(expected[k]));
    assertClose(got[k], expected[k], { dtype: 'f32', reductionLength, scale, message: `${title}: ${what}` });
  });
}
