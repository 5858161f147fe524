import { jvp } from '../autodiff/jvp.ts';
import { vjp } from '../autodiff/vjp.ts';
import { isFloat, roundTo, type StorageType } from '../base/dtype.ts';
import { dtypeError } from '../base/errors.ts';
import type { DeviceKind } from '../program/backend.ts';
import { apply, widened } from '../tensor/apply.ts';
import type { Example, DefinedPrimitive } from '../tensor/primitive.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type AssertClose, assertHolds, type Law } from './law.ts';
import { describeCall, isPrimitiveName } from './primitive-call.ts';
import { awkwardPoint, normalTensor, ordinaryPoint, streamOf } from './sample-points.ts';
import { readOn } from './shared-device.ts';

/** One example of one primitive on one backend. */
interface Subject {
  readonly backend: DeviceKind;
  readonly primitive: DefinedPrimitive;
  readonly example: Example<unknown>;
  readonly assertClose: AssertClose;
  readonly seed?: number;
}

/**
 * What holds of an example when its f32 inputs are stored in 16 bits: what moves values keeps the type and every value;
 * what computes gives, to the last bit, what it gives for the same values in f32. Derivatives are the same, and f32.
 */
export function storageLaws(subject: Subject): Law[] {
  if (!subject.example.inputs.some(({ dtype }) => dtype === 'f32')) return [];
  return (['f16', 'bf16'] as const).map((type) => storageLaw(subject, type));
}

function storageLaw({ backend, primitive, example, assertClose, seed = 0 }: Subject, type: StorageType): Law {
  const { name } = primitive;
  const stored: Example<unknown> = {
    ...example,
    inputs: example.inputs.map(({ shape, dtype }) => ({ shape, dtype: dtype === 'f32' ? type : dtype })),
  };
  const title = describeCall(primitive, stored);
  const call = (inputs: readonly Tensor[]): Tensor => {
    if (!isPrimitiveName(name)) throw dtypeError(`no primitive is called "${name}"`, { name });
    // The parameters' type is known only to the primitive's own file.
    return apply(name, inputs, example.parameters as never);
  };
  const same = (got: ArrayLike<number>, expected: ArrayLike<number>, what: string): void =>
    assertClose(got, expected, { dtype: 'i32', reductionLength: 1, scale: 1, message: `${title}: ${what}` });

  const checkValues = async (point: readonly Tensor[]): Promise<void> => {
    const [got, plain] = [call(point), call(point.map(widened))];
    const moves = primitive.moves?.(example.parameters) === true;
    const { dtype } = primitive.shapeRule(moves ? stored.inputs : example.inputs, example.parameters);
    assertHolds(got.dtype === dtype, () => `${title}: the result is ${got.dtype}; expected ${dtype}`);
    const [values] = await readOn(backend, [got]);
    const [expected] = await readOn(moves ? 'reference' : backend, [plain]);
    same(values, moves ? expected.map((value) => roundTo(dtype, value)) : expected, 'its values');
  };
  const checkDerivatives = async (point: readonly Tensor[]): Promise<void> => {
    const floats = point.filter(({ dtype }) => isFloat(dtype));
    const f = (given: readonly Tensor[]): Tensor => {
      let next = 0;
      return call(point.map((input) => (isFloat(input.dtype) ? given[next++] : input)));
    };
    if (!isFloat(call(point).dtype)) return;
    const derivatives = (primals: readonly Tensor[]): Tensor[] => {
      const rng = streamOf(seed, 2);
      const [value, tangent] = jvp(f, [primals], [primals.map(({ shape }) => normalTensor(rng, shape))]);
      return [tangent, ...vjp(f, primals)[1](normalTensor(rng, value.shape))[0]];
    };
    const [got, expected] = [derivatives(floats), derivatives(floats.map(widened))];
    assertHolds(
      got.every(({ dtype }) => dtype === 'f32'),
      () => `${title}: derivatives are ${got.map(({ dtype }) => dtype).join(', ')}; expected f32`,
    );
    const values = await readOn(backend, [...got, ...expected]);
    got.forEach((_, i) => {
      same(values[i], values[got.length + i], i === 0 ? 'jvp' : `vjp in floating input ${i - 1}`);
    });
  };
  return {
    name: `${title}: is that of the same values in f32`,
    async run() {
      const ordinary = ordinaryPoint(stored, streamOf(seed, 0));
      await checkValues(ordinary);
      await checkDerivatives(ordinary);
      const awkward = awkwardPoint(primitive, stored, streamOf(seed, 1));
      if (awkward !== undefined) await checkValues(awkward);
    },
  };
}
