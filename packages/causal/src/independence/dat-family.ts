import { evaluate, isTensor, type Tensor, tensor, treeLeaves } from '@einlab/einsum-core';
import type { OptimizerState } from '@einlab/nn';
import { foldIn, type RandomKey, splitKey } from '@einlab/numerics';
import type { DatRun } from './dat-batches.ts';
import { drawFamily } from './dat-network.ts';
import type { DatTask } from './dat-options.ts';
import type { Batch, Indices, Nets, Programs } from './dat-programs.ts';

/** What changes while a family is trained. */
interface Playing {
  readonly nets: Nets;
  readonly state: OptimizerState;
  readonly theta: Tensor;
  readonly gateState: OptimizerState;
}

/** Tests whose networks are trained by the same programs. */
export interface Family {
  readonly tasks: readonly DatTask[];
  /** Members of the blankets, padding included. */
  readonly width: number;
  readonly indices: Indices;
  /** `f32[test, width]`, see `Gates`. */
  readonly fixed: Tensor;
  now: Playing;
}

/** Blankets are padded to multiples of this, so that few programs have to be built. */
const widthStep = 4;

/** Padded positions of the tests' variables, and where ψ is fixed. */
function indicesOf(
  tasks: readonly DatTask[],
  width: number,
  padding: number,
): { indices: Indices; fixed: Float32Array } {
  const count = tasks.length;
  const z = new Int32Array(count * width).fill(padding);
  const fixed = new Float32Array(count * width);
  tasks.forEach((task, t) => {
    task.z.forEach((node, m) => {
      z[t * width + m] = node;
      fixed[t * width + m] = task.always?.includes(node) === true ? 1 : -1;
    });
  });
  const column = (pick: (task: DatTask) => number): Tensor =>
    tensor(Int32Array.from(tasks, pick), { shape: [count, 1], dtype: 'i32' });
  return {
    indices: {
      z: tensor(z, { shape: [count, width], dtype: 'i32' }),
      x: column(({ x }) => x),
      y: column(({ y }) => y),
    },
    fixed,
  };
}

/** Networks, ψ = ½ and the optimizers' memories before the first step, all kept. */
export async function startFamily(programs: Programs, tasks: readonly DatTask[], run: DatRun): Promise<Family> {
  const { hidden, layers } = run.training;
  const tests = tasks.length;
  const sizes = tasks.map(({ z }) => z.length);
  const width = widthStep * Math.ceil(Math.max(1, ...sizes) / widthStep);
  const { indices: lazy, fixed: values } = indicesOf(tasks, width, run.columns.length);
  const [drawKey] = splitKey(run.key, 4);
  const keysOf = (which: number): RandomKey[] => tasks.map(({ x, y }) => foldIn(foldIn(foldIn(drawKey, which), x), y));
  const family = (which: number, more: number): ReturnType<typeof drawFamily> =>
    drawFamily(
      keysOf(which),
      sizes.map((size) => size + more),
      { width: width + more, hidden, layers, outputs: 2 },
    );
  const indices = await evaluate(lazy);
  const fixed = await evaluate(tensor(values, { shape: [tests, width] }));
  const nets = await evaluate({ without: family(0, 0), with: family(1, 1) });
  const state = await evaluate(programs.networks.init(nets));
  const theta = await evaluate(tensor(new Float32Array(tests * width), { shape: [tests, width] }));
  const gateState = await evaluate(programs.gates.init(theta));
  return { tasks, width, indices, fixed, now: { nets, state, theta, gateState } };
}

/** One step of the networks. @param fixed - ψ where it is not free; the family's own by default. */
export async function fitFamily(programs: Programs, family: Family, batch: Batch, fixed: Tensor = family.fixed): Promise<void> {
  const { nets, state, theta } = family.now;
  const fitted = await programs.fit(nets, state, { theta, fixed }, family.indices, batch);
  family.now = { ...family.now, nets: fitted.params, state: fitted.state };
}

/** One step of ψ. @returns what x explains in this batch, `f32[test]`, kept: its caller frees it. */
export async function chooseFamily(programs: Programs, family: Family, batch: Batch, ramp: Tensor): Promise<Tensor> {
  const { nets, theta, gateState } = family.now;
  const chosen = await programs.choose(theta, gateState, nets, family.fixed, ramp, family.indices, batch);
  family.now = { ...family.now, theta: chosen.params, gateState: chosen.state };
  return chosen.explained;
}

/** Frees all that the family keeps. */
export function disposeFamily({ indices, fixed, now }: Family): void {
  for (const leaf of treeLeaves([indices, fixed, now])) if (isTensor(leaf)) leaf.dispose();
}
