import { jvp } from '../autodiff/jvp.ts';
import { vjp } from '../autodiff/vjp.ts';
import { primitives } from '../primitives/index.ts';
import type { DeviceKind } from '../program/backend.ts';
import type { Example, Primitive } from '../tensor/primitive.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { bufferLaws } from './buffer-laws.ts';
import type { AssertClose, Law } from './law.ts';
import { callPrimitive, describeCall, largestMagnitude, referenceValues } from './primitive-call.ts';
import { awkwardPoint, normalTensor, ordinaryPoint, streamOf } from './sample-points.ts';
import { readOn } from './shared-device.ts';

/** Options of `backendLaws`. */
export interface BackendLawOptions {
  readonly assertClose: AssertClose;
  /** Seed of the points; default 0. */
  readonly seed?: number;
}

/** One example of one primitive on one backend. */
interface Subject extends BackendLawOptions {
  readonly backend: DeviceKind;
  readonly primitive: Primitive;
  readonly example: Example<unknown>;
  readonly title: string;
}

/** Smaller results may be flushed to zero: twice the smallest normal f32 (docs/concepts/elementary-functions.md). */
const FLUSHED_BELOW = 2 ** -125;

/** Draws of ordinary values per example. */
const DRAWS = 3;

/**
 * The laws of a backend: every primitive's values equal its definition, at ordinary and at awkward points; its
 * derivatives equal those of the reference; and buffers behave as the engine expects.
 *
 * @example `for (const law of backendLaws('wasm', { assertClose })) it(law.name, law.run);`
 */
export function backendLaws(backend: DeviceKind, options: BackendLawOptions): Law[] {
  const table: readonly Primitive[] = Object.values(primitives);
  const perPrimitive = table.flatMap((primitive) =>
    primitive.examples.flatMap((example) => {
      const subject: Subject = { ...options, backend, primitive, example, title: describeCall(primitive, example) };
      return [ordinaryLaw(subject), ...awkwardLaw(subject), ...derivativeLaw(subject)];
    }),
  );
  return [...perPrimitive, ...bufferLaws(backend)];
}

const precisionOf = (backend: DeviceKind): 'f32' | 'f64' => (backend === 'reference' ? 'f64' : 'f32');

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
  const dtype = result.dtype === 'f32' ? precisionOf(backend) : result.dtype;
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

function derivativeLaw(subject: Subject): Law[] {
  const { backend, primitive, example, title, assertClose } = subject;
  const isFloat = example.inputs.map(({ dtype }) => dtype === 'f32');
  if (
    backend === 'reference' ||
    !isFloat.includes(true) ||
    primitive.shapeRule(example.inputs, example.parameters).dtype !== 'f32'
  )
    return [];
  return [
    {
      name: `${title}: vjp and jvp equal the reference's`,
      async run() {
        const rng = streamOf(subject.seed ?? 0, DRAWS + 1);
        const point = ordinaryPoint(example, rng);
        const f = (floats: readonly Tensor[]): Tensor => {
          let next = 0;
          return callPrimitive(
            primitive,
            point.map((input, i) => (isFloat[i] ? floats[next++] : input)),
            example.parameters,
          );
        };
        const floats = point.filter((_, i) => isFloat[i]);
        const [value, tangent] = jvp(f, [floats], [floats.map(({ shape }) => normalTensor(rng, shape))]);
        const [gradients] = vjp(f, floats)[1](normalTensor(rng, value.shape));
        const asked = [value, tangent, ...gradients];
        const got = await readOn(backend, asked);
        const expected = await readOn('reference', asked);
        const reductionLength =
          16 + Math.max(...example.inputs.map(({ shape }) => shape.reduce((n, size) => n * size, 1)));
        const names = ['value inside', 'jvp', ...gradients.map((_, i) => `vjp in f32 input ${i}`)];
        names.forEach((what, k) => {
          const scale = Math.max(1, largestMagnitude(expected[k]));
          assertClose(got[k], expected[k], { dtype: 'f32', reductionLength, scale, message: `${title}: ${what}` });
        });
      },
    },
  ];
}
