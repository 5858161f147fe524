import { evaluate, isTensor, mapTree, type Tensor, tensor, treeEntries } from '@einlab/einsum-core';
import { foldIn, keyFromSeed, normal, rngFromKey, splitKey } from '@einlab/numerics';
import { disposeFamily, type Family, inFamilies, playFamily } from '../independence/dat-family.ts';
import { drawFamily } from '../independence/dat-network.ts';
import { type Batch, compilePrograms, disposePrograms } from '../independence/dat-programs.ts';
import { longTailedNoise } from '../independence/long-tailed-noise.ts';

/** Sizes of a family of adjacency tests. */
export interface DatStepSize {
  readonly tests: number;
  readonly blanket: number;
  readonly hidden: number;
  readonly layers: number;
  readonly batch: number;
  readonly variables: number;
}

/** One array that the step begins with. */
export interface DatStepInput {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array | Int32Array;
}

/** Two steps of the game on one batch, for measuring and for comparing with other engines. */
export interface DatStep {
  /** Networks, ψ before its sigmoid, data and indices, of all tests together. */
  readonly inputs: readonly DatStepInput[];
  /** One step of ψ and one of the networks. */
  run(): Promise<void>;
  /** What x explains in each test now, `f32[test]`. */
  explained(): Promise<Float32Array>;
  dispose(): void;
}

/** Random networks, data and indices of all tests. */
function drawStep({ tests, blanket, hidden, layers, batch, variables }: DatStepSize) {
  const [netKey, rowKey, noiseKey] = splitKey(keyFromSeed(1), 3);
  const width = blanket + 2;
  const nets = drawFamily(
    Array.from({ length: tests }, (_, t) => [foldIn(netKey, 2 * t), foldIn(netKey, 2 * t + 1)] as const),
    new Array<number>(tests).fill(blanket),
    { width, hidden, layers },
  );
  const rng = rngFromKey(rowKey);
  const columns = Float32Array.from({ length: (variables + 2) * batch }, (_, at) =>
    at < variables * batch ? normal(rng) : at < (variables + 1) * batch ? 0 : 1,
  );
  const inputs = Int32Array.from({ length: tests * width }, (_, at) => {
    const [t, m] = [Math.floor(at / width), at % width];
    if (m === width - 1) return variables + 1;
    return m === width - 2 ? t % variables : (t + 2 + m) % variables;
  });
  return {
    nets,
    theta: tensor(new Float32Array(tests * width), { shape: [tests, width] }),
    fixed: tensor(
      Float32Array.from({ length: tests * width }, (_, at) => (at % width < blanket ? -1 : 1)),
      { shape: [tests, width] },
    ),
    columns: tensor(columns, { shape: [variables + 2, batch] }),
    noise: tensor(longTailedNoise(noiseKey, width * batch), { shape: [width, batch] }),
    inputs: tensor(inputs, { shape: [tests, width], dtype: 'i32' }),
    y: tensor(
      Int32Array.from({ length: tests }, (_, t) => (t + 1) % variables),
      { shape: [tests, 1], dtype: 'i32' },
    ),
  };
}

/** Families with random networks and data, in parts as large as the search's own. */
export async function createDatStep(size: DatStepSize): Promise<DatStep> {
  const lazy = drawStep(size);
  const programs = compilePrograms(3e-3);
  const inputs = await Promise.all(
    treeEntries(lazy).map(async ([name, leaf]): Promise<DatStepInput> => {
      const each = leaf as Tensor;
      const values = await each.data();
      return {
        name,
        shape: each.shape,
        values: values instanceof Int32Array ? values : Float32Array.from(values as Float32Array),
      };
    }),
  );
  // Two steps of a search have two batches: equal ones here, but no one's own.
  const kept = (): Promise<Batch> => evaluate({ columns: lazy.columns, noise: lazy.noise });
  const [data, again] = [await kept(), await kept()];
  const ramp = await evaluate(tensor(0));
  const families: Family[] = [];
  for (const part of inFamilies(
    Array.from({ length: size.tests }, (_, test) => test),
    () => size.blanket + 2,
  )) {
    const [from, to] = [part[0], part[0] + part.length];
    const rows = (each: Tensor): Tensor =>
      each.slice([from, ...each.shape.slice(1).map(() => 0)], [to, ...each.shape.slice(1)]);
    const own = await evaluate(
      mapTree<Pick<typeof lazy, 'inputs' | 'y' | 'fixed' | 'theta' | 'nets'>>(
        { inputs: lazy.inputs, y: lazy.y, fixed: lazy.fixed, theta: lazy.theta, nets: lazy.nets },
        (leaf) => (isTensor(leaf) ? rows(leaf) : leaf),
      ),
    );
    families.push({
      tasks: [],
      width: size.blanket + 2,
      indices: { inputs: own.inputs, y: own.y },
      fixed: own.fixed,
      now: {
        nets: own.nets,
        state: await evaluate(programs.networks.init(own.nets)),
        theta: own.theta,
        gateState: await evaluate(programs.gates.init(own.theta)),
      },
    });
  }
  return {
    inputs,
    async explained() {
      const found: number[] = [];
      for (const { now, fixed, indices } of families) {
        const rows = programs.evaluate(now.nets, { theta: now.theta, fixed }, indices, data);
        found.push(...(await (await rows).mean(1).data()));
      }
      return Float32Array.from(found);
    },
    async run() {
      for (const family of families) {
        (await playFamily(programs, family, [data, again], ramp)).dispose();
      }
    },
    dispose() {
      disposePrograms(programs);
      for (const family of families) disposeFamily(family);
      for (const each of [data, again].flatMap(({ columns, noise }) => [columns, noise])) each.dispose();
      ramp.dispose();
    },
  };
}
