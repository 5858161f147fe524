import { jvp } from '../autodiff/jvp.ts';
import { vjp } from '../autodiff/vjp.ts';
import { EinlabError } from '../base/errors.ts';
import { sizeOf } from '../base/shape.ts';
import { tensor } from '../tensor/create.ts';
import type { Example, DefinedPrimitive } from '../tensor/primitive.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checkGradients } from './check-gradients.ts';
import { assertHolds, type Law } from './law.ts';
import { lawExamples } from './law-examples.ts';
import { checkOneSidedDerivatives } from './one-sided-derivatives.ts';
import { callPrimitive, describeCall } from './primitive-call.ts';
import { awkwardPoint, normalTensor, ordinaryPoint, streamOf } from './sample-points.ts';
import { readOn } from './shared-device.ts';

/** Options of `primitiveLaws`. */
export interface PrimitiveLawOptions {
  /** Seed of points and directions; default 0. */
  readonly seed?: number;
  /**
   * Groups of inputs in which the primitive claims to be linear while the others stay fixed: `[[0, 1]]` for a sum,
   * `[[0], [1]]` for a product. Default none.
   */
  readonly linearIn?: readonly (readonly number[])[];
  /** `zero` for steps and barriers, whose derivative is zero by definition, whatever differences say; default `exact`. */
  readonly derivative?: 'exact' | 'zero';
}

/** What a law is about: one example of one primitive. */
interface Subject {
  readonly primitive: DefinedPrimitive;
  readonly example: Example<unknown>;
  readonly seed: number;
  readonly title: string;
}

/** In f64, what differs by more than this, relative to the terms, differs. */
const F64_CLOSE = 2 ** -44;

/**
 * The laws of one primitive that hold on no backend in particular, at each of its examples: derivatives against finite
 * differences to second order at ordinary points, against one-sided differences at awkward ones, forward against
 * reverse accumulation everywhere, linearity where claimed, and errors that name the primitive.
 *
 * @example `for (const law of primitiveLaws(primitives.tanh)) it(law.name, law.run);`
 */
export function primitiveLaws(primitive: DefinedPrimitive, options: PrimitiveLawOptions = {}): Law[] {
  const { seed = 0, linearIn = [], derivative = 'exact' } = options;
  const laws = lawExamples(primitive).flatMap((example) => {
    const subject: Subject = { primitive, example, seed, title: describeCall(primitive, example) };
    if (!isDifferentiable(subject)) return [];
    if (derivative === 'zero') return [zeroDerivativeLaw(subject)];
    const linear = linearIn.map((group) => linearLaw(subject, group));
    return [...finiteDifferenceLaws(subject), adjointLaw(subject), ...awkwardLaws(subject), ...linear];
  });
  return [...laws, ...errorLaws(primitive)].map((law) => ({ ...law, subject: primitive.name }));
}

const floatInputs = ({ example }: Subject): number[] =>
  example.inputs.flatMap(({ dtype }, i) => (dtype === 'f32' ? [i] : []));

const isDifferentiable = (subject: Subject): boolean =>
  floatInputs(subject).length > 0 &&
  subject.primitive.shapeRule(subject.example.inputs, subject.example.parameters).dtype === 'f32';

/** The primitive as a function of its f32 inputs, the others fixed. */
function inFloats({ primitive, example }: Subject, point: readonly Tensor[]): (...floats: readonly Tensor[]) => Tensor {
  return (...floats) => {
    let next = 0;
    return callPrimitive(
      primitive,
      point.map((input) => (input.dtype === 'f32' ? floats[next++] : input)),
      example.parameters,
    );
  };
}

const floatsOf = (point: readonly Tensor[]): Tensor[] => point.filter(({ dtype }) => dtype === 'f32');

function finiteDifferenceLaws(subject: Subject): Law[] {
  // Nothing can be moved where all inputs are empty.
  if (floatInputs(subject).every((i) => sizeOf(subject.example.inputs[i].shape) === 0)) return [];
  return [
    {
      name: `${subject.title}: vjp and jvp match finite differences, and values inside them are the values outside`,
      async run() {
        const point = ordinaryPoint(subject.example, streamOf(subject.seed, 1));
        const f = inFloats(subject, point);
        const floats = floatsOf(point);
        await checkGradients(f, floats, { seed: subject.seed });
        if (floats.length === 1) return;
        // Each alone: rules must also hold where the other inputs have no derivative at all.
        for (const i of floats.keys()) {
          await checkGradients((x: Tensor) => f(...floats.with(i, x)), [floats[i]], { seed: subject.seed, order: 1 });
        }
      },
    },
  ];
}

function zeroDerivativeLaw(subject: Subject): Law {
  return {
    name: `${subject.title}: vjp and jvp are zero`,
    async run() {
      const rng = streamOf(subject.seed, 1);
      const point = floatsOf(ordinaryPoint(subject.example, rng));
      const f = inFloats(subject, point);
      const [value, tangent] = jvp(
        f,
        point,
        point.map(({ shape }) => normalTensor(rng, shape)),
      );
      const gradients = vjp(f, ...point)[1](normalTensor(rng, value.shape));
      for (const values of await readOn('reference', [tangent, ...gradients])) {
        assertHolds(
          values.every((derivative) => derivative === 0),
          () => `${subject.title}: expected the derivative 0, got ${values.join(', ')}`,
        );
      }
    },
  };
}

/** ⟨ȳ, J·ẋ⟩ = ⟨Jᵀ·ȳ, ẋ⟩ */
function adjointLaw(subject: Subject): Law {
  return {
    name: `${subject.title}: vjp is the transpose of jvp, at awkward points too`,
    async run() {
      const rng = streamOf(subject.seed, 2);
      const isTame = (value: number): boolean => Number.isFinite(value) && Math.abs(value) < 1e20;
      const awkward = awkwardPoint(subject.primitive, subject.example, rng, isTame);
      const points = [ordinaryPoint(subject.example, rng), ...(awkward === undefined ? [] : [awkward])];
      for (const point of points) {
        const f = inFloats(subject, point);
        const floats = floatsOf(point);
        const directions = floats.map(({ shape }) => normalTensor(rng, shape));
        const [value, tangent] = jvp(f, floats, directions);
        const cotangent = normalTensor(rng, value.shape);
        const gradients = vjp(f, ...floats)[1](cotangent);
        const read = await readOn('reference', [tangent, cotangent, ...gradients, ...directions]);
        const forward = terms([read[0]], [read[1]]);
        const reverse = terms(read.slice(2, 2 + floats.length), read.slice(2 + floats.length));
        // An infinite derivative has no products to compare, but it must be infinite in both.
        const isFinite = Number.isFinite(forward.sum) && Number.isFinite(reverse.sum);
        const close = Math.abs(forward.sum - reverse.sum) <= F64_CLOSE * Math.max(forward.size, reverse.size);
        assertHolds(
          isFinite ? close : !Number.isFinite(forward.sum) && !Number.isFinite(reverse.sum),
          () => `${subject.title}: ⟨ȳ, J·ẋ⟩ is ${forward.sum}, but ⟨Jᵀ·ȳ, ẋ⟩ is ${reverse.sum}`,
        );
      }
    },
  };
}

function terms(a: readonly ArrayLike<number>[], b: readonly ArrayLike<number>[]): { sum: number; size: number } {
  let sum = 0;
  let size = 0;
  a.forEach((list, k) => {
    for (let i = 0; i < list.length; i++) {
      sum += list[i] * b[k][i];
      size += Math.abs(list[i] * b[k][i]);
    }
  });
  return { sum, size };
}

function awkwardLaws(subject: Subject): Law[] {
  const { primitive, example, title } = subject;
  if (primitive.lowering.kind !== 'elementwise' || example.awkward === undefined) return [];
  return [
    {
      name: `${title}: derivatives at awkward points are the means of the one-sided derivatives, to second order`,
      async run() {
        const point = awkwardPoint(primitive, example, streamOf(subject.seed, 3), Number.isFinite, true);
        if (point === undefined) throw new Error(`${title}: no finite awkward values`);
        const floats = floatsOf(point);
        const checked = await checkOneSidedDerivatives(inFloats(subject, point), floats, 2, primitive.name);
        assertHolds(checked > 0, () => `${title}: no awkward point has one-sided derivatives, so nothing was checked`);
      },
    },
  ];
}

/** f(αx + βz) = α·f(x) + β·f(z) in a group of inputs, the others fixed. */
function linearLaw(subject: Subject, group: readonly number[]): Law {
  const { primitive, example, title } = subject;
  return {
    name: `${title}: linear in ${group.map((i) => `input ${i}`).join(' and ')}`,
    async run() {
      const rng = streamOf(subject.seed, 4);
      const [alpha, beta] = [0.75, -1.5];
      const [x, z] = [ordinaryPoint(example, rng), ordinaryPoint(example, rng)];
      const values = await readOn('reference', [...x, ...z]);
      const mixed = x.map((input, i) =>
        group.includes(i)
          ? tensor(
              values[i].map((value, k) => alpha * value + beta * values[x.length + i][k]),
              { shape: input.shape },
            )
          : input,
      );
      const other = x.map((input, i) => (group.includes(i) ? z[i] : input));
      const calls = [mixed, x, other].map((inputs) => callPrimitive(primitive, inputs, example.parameters));
      const [got, first, second] = await readOn('reference', calls);
      got.forEach((value, i) => {
        const expected = alpha * first[i] + beta * second[i];
        const size = Math.abs(alpha * first[i]) + Math.abs(beta * second[i]) + 1;
        assertHolds(
          Math.abs(value - expected) <= F64_CLOSE * size,
          () =>
            `${title}: element ${i} of f(${alpha}x + ${beta}z) is ${value}; ${alpha}f(x) + ${beta}f(z) is ${expected}`,
        );
      });
    },
  };
}

/** Inputs that do not fit are refused at once, in words that name the primitive. */
function errorLaws(primitive: DefinedPrimitive): Law[] {
  const [example] = primitive.examples;
  const isStrict = ['elementwise', 'boxes', 'einsum'].includes(primitive.lowering.kind);
  if (!isStrict || example.inputs.length < 2) return [];
  return [
    {
      name: `${primitive.name}: refuses inputs of different rank, naming itself and both shapes`,
      async run() {
        const inputs = example.inputs.map(({ shape, dtype }, i) =>
          i === example.inputs.length - 1 ? { shape: [...shape, 3], dtype } : { shape, dtype },
        );
        let message = '';
        try {
          primitive.shapeRule(inputs, example.parameters);
        } catch (error) {
          if (!(error instanceof EinlabError)) throw error;
          message = error.message;
        }
        const [first, last] = [inputs[0], inputs[inputs.length - 1]].map(({ shape }) => `[${shape.join(', ')}]`);
        assertHolds(
          message.startsWith(`${primitive.name}: `) && message.includes(last),
          () => `${primitive.name}: for inputs ${first} and ${last} the error says ${JSON.stringify(message)}`,
        );
      },
    },
  ];
}
