import { einsum, evaluate, random, relu, type Tensor } from '@einlab/einsum-core';
import { meanSquaredError, type ResidualMlp, residualMlp, type Structure } from '@einlab/nn';
import { preparePerceptron } from './perceptron-run.ts';
import type { TeacherSpec } from './spec.ts';
import { structureOf } from './structures.ts';
import type { PreparedRun } from './task.ts';

/** Features of an example. */
const inputs = 8;

/** Sizes between the teacher's layers. */
const teacherSizes = [inputs, 128, 128, 128, 128, 1];

/** Test points. */
const testPoints = 8192;

/** Points and the function's values there: `f32[batch, in=8]`, `f32[batch]`. */
export interface TeacherBatch {
  readonly x: Tensor;
  readonly y: Tensor;
}

/** The sizes that a student is made of. */
export type StudentSizes = Pick<TeacherSpec, 'width' | 'layers'>;

/** The student: a residual perceptron, expansion 4, whose intermediate maps are structured. */
export const createStudent = (structure: Structure, { width, layers }: StudentSizes, key: Tensor): ResidualMlp =>
  residualMlp.init(key, { in: inputs, out: 1, width, depth: layers, structure });

/** A function to learn, `f32[batch, in=8]` to `f32[batch]`. */
export type Teacher = (x: Tensor) => Tensor;

/**
 * A random network with five layers of width 128 and √2·ReLU between them, weights N(0, 1/fanIn), shifted and scaled to
 * mean 0 and variance 1 over standard normal inputs.
 *
 * @see Potapczynski, Qiu et al. 2024, Searching for Efficient Linear Layers: the regression experiment, made smaller.
 */
export async function createTeacher(seed: number): Promise<Teacher> {
  const [weightKey, sampleKey] = random.split(random.key(seed), 2);
  if (weightKey === undefined || sampleKey === undefined) throw new Error('unreachable: two keys were asked for');
  const keys = random.split(weightKey, teacherSizes.length - 1);
  const weights = await evaluate(
    keys.map((key, i) => {
      const [fanIn = 1, fanOut = 1] = teacherSizes.slice(i, i + 2);
      return random.normal(key, [fanIn, fanOut]).multiply(1 / Math.sqrt(fanIn));
    }),
  );
  const raw = (x: Tensor): Tensor =>
    weights
      .reduce<Tensor>((hidden, weight, i) => {
        const fed = i === 0 ? hidden : relu(hidden).multiply(Math.SQRT2);
        return einsum('batch in, in out -> batch out', fed, weight);
      }, x)
      .squeeze(-1);
  const sample = Array.from(await raw(random.normal(sampleKey, [testPoints, inputs])).data());
  const mean = sample.reduce((total, each) => total + each, 0) / sample.length;
  const variance = sample.reduce((total, each) => total + (each - mean) ** 2, 0) / sample.length;
  return (x) =>
    raw(x)
      .subtract(mean)
      .multiply(1 / Math.sqrt(variance));
}

/** A teacher run made ready: fresh points at every step, and the same test points for every run of a comparison. */
export async function prepareTeacher(spec: TeacherSpec): Promise<PreparedRun<ResidualMlp, TeacherBatch>> {
  const teacher = await createTeacher(spec.teacherSeed);
  return preparePerceptron<TeacherBatch>(spec, {
    model: createStudent(structureOf(spec.structure), spec, random.foldIn(random.key(spec.seed), 0)),
    taskSeed: spec.teacherSeed,
    draw: (key, count) => {
      const x = random.normal(key, [count, inputs]);
      return { x, y: teacher(x) };
    },
    heldOut: { examples: testPoints, batch: 1024 },
    loss: (output, { y }) => meanSquaredError(output.squeeze(-1), y),
    score: (output, { y }) => output.squeeze(-1).subtract(y).square(),
  });
}
