import { evaluate, isTensor, type Tensor, tensor, treeLeaves } from '@einlab/einsum-core';
import { foldIn, type RandomKey, splitKey } from '@einlab/numerics';
import type { DatRun } from './dat-batches.ts';
import { drawFamily } from './dat-network.ts';
import type { DatTask } from './dat-options.ts';
import type { Batch, Indices, Playing, Programs } from './dat-programs.ts';

/** Tests whose networks are trained by the same programs. */
export interface Family {
  readonly tasks: readonly DatTask[];
  /** Inputs of a network: the blanket with padding, x, and a one. */
  readonly width: number;
  readonly indices: Indices;
  /** `f32[test, width]`, see `Gates`. */
  readonly fixed: Tensor;
  now: Playing;
}

/** The most tests of a family: many, since a step is a call with some twenty arrays; its program goes through them in parts (see `inParts`). */
const together = 256;
/** So many tests may be padded to any size, and more of them by so much. */
const padding = { tests: 32, most: 1.3 };

/**
 * Tests in families, in their order: of nearly equal sizes where all have networks of one width, and apart where those of some would be much wider than
 * they need.
 *
 * @param widthOf - inputs of a test's networks; sorted by it, few are padded much.
 */
export function inFamilies<Test>(tests: readonly Test[], widthOf: (test: Test) => number): Test[][] {
  const alike: Test[][] = [];
  let narrowest = 0;
  for (const test of tests) {
    const last = alike.at(-1);
    if (last !== undefined && (last.length < padding.tests || widthOf(test) <= padding.most * narrowest)) {
      last.push(test);
      narrowest = Math.min(narrowest, widthOf(test));
    } else {
      alike.push([test]);
      narrowest = widthOf(test);
    }
  }
  return alike.flatMap((own) => {
    const size = Math.ceil(own.length / Math.max(1, Math.round(own.length / together)));
    return Array.from({ length: Math.ceil(own.length / size) }, (_, at) => own.slice(at * size, (at + 1) * size));
  });
}

/** Inputs are padded to multiples of this, so that few programs have to be built and products fill the vectors. */
const widthStep = 4;

/** Inputs of the networks for a blanket of so many: with x and the one, padded. */
export const paddedWidth = (blanket: number): number => widthStep * Math.ceil((2 + blanket) / widthStep);

/** Positions of the tests' inputs, and where ψ is fixed. @param zeros - the row of zeros; the row of ones is behind it. */
function indicesOf(tasks: readonly DatTask[], width: number, zeros: number): { indices: Indices; fixed: Float32Array } {
  const count = tasks.length;
  const inputs = new Int32Array(count * width).fill(zeros);
  const fixed = new Float32Array(count * width).fill(1);
  tasks.forEach((task, t) => {
    task.z.forEach((node, m) => {
      inputs[t * width + m] = node;
      if (task.always?.includes(node) !== true) fixed[t * width + m] = -1;
    });
    inputs[(t + 1) * width - 2] = task.x;
    inputs[(t + 1) * width - 1] = zeros + 1;
  });
  return {
    indices: {
      inputs: tensor(inputs, { shape: [count, width], dtype: 'i32' }),
      y: tensor(
        Int32Array.from(tasks, ({ y }) => y),
        { shape: [count, 1], dtype: 'i32' },
      ),
    },
    fixed,
  };
}

/** Networks, ψ = ½ and the optimizers' memories before the first step, all kept. */
export async function startFamily(programs: Programs, tasks: readonly DatTask[], run: DatRun): Promise<Family> {
  const { hidden, layers } = run.training;
  const tests = tasks.length;
  const sizes = tasks.map(({ z }) => z.length);
  const width = paddedWidth(Math.max(0, ...sizes));
  const { indices: lazy, fixed: values } = indicesOf(tasks, width, run.columns.length);
  const [drawKey] = splitKey(run.key, 4);
  const keyOf = ({ x, y }: DatTask, which: number): RandomKey => foldIn(foldIn(foldIn(drawKey, which), x), y);
  const drawn = drawFamily(
    tasks.map((task) => [keyOf(task, 0), keyOf(task, 1)]),
    sizes,
    { width, hidden, layers },
  );
  const indices = await evaluate(lazy);
  const fixed = await evaluate(tensor(values, { shape: [tests, width] }));
  const nets = await evaluate(drawn);
  const state = await evaluate(programs.networks.init(nets));
  const theta = await evaluate(tensor(new Float32Array(tests * width), { shape: [tests, width] }));
  const gateState = await evaluate(programs.gates.init(theta));
  return { tasks, width, indices, fixed, now: { nets, state, theta, gateState } };
}

/** One step of the networks. @param fixed - ψ where it is not free; the family's own by default. */
export async function fitFamily(
  programs: Programs,
  family: Family,
  batch: Batch,
  fixed: Tensor = family.fixed,
): Promise<void> {
  const { nets, state, theta } = family.now;
  const fitted = await programs.fit(nets, state, { theta, fixed }, family.indices, batch);
  family.now = { ...family.now, nets: fitted.params, state: fitted.state };
}

/** A round of the game. @returns what x explains in the first batch, `f32[test]`, kept: its caller frees it. */
export async function playFamily(
  programs: Programs,
  family: Family,
  batches: readonly [Batch, Batch],
  ramp: Tensor,
): Promise<Tensor> {
  const { fixed, indices } = family;
  const { now, explained } = await programs.round(family.now, { fixed, ramp, indices, batches });
  family.now = now;
  return explained;
}

/** Frees all that the family keeps. */
export function disposeFamily({ indices, fixed, now }: Family): void {
  for (const leaf of treeLeaves([indices, fixed, now])) if (isTensor(leaf)) leaf.dispose();
}
