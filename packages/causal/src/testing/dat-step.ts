import { evaluate, isTensor, type Tensor, tensor, treeEntries, treeLeaves } from '@einlab/einsum-core';
import { foldIn, keyFromSeed, normal, rngFromKey, splitKey } from '@einlab/numerics';
import { drawFamily } from '../independence/dat-network.ts';
import { compilePrograms } from '../independence/dat-programs.ts';
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
  /** Networks, ψ before its sigmoid, data and indices. */
  readonly inputs: readonly DatStepInput[];
  /** One step of ψ and one of the networks. */
  run(): Promise<void>;
  /** What x explains in each test with the networks and ψ of the beginning, `f32[test]`. */
  explained(): Promise<Float32Array>;
  dispose(): void;
}

/** A family with random networks and data. */
export async function createDatStep({
  tests,
  blanket,
  hidden,
  layers,
  batch,
  variables,
}: DatStepSize): Promise<DatStep> {
  const [netKey, rowKey, noiseKey] = splitKey(keyFromSeed(1), 3);
  const family = (which: number, width: number): ReturnType<typeof drawFamily> =>
    drawFamily(splitKey(foldIn(netKey, which), tests), new Array<number>(tests).fill(width), {
      width,
      hidden,
      layers,
      outputs: 2,
    });
  const rng = rngFromKey(rowKey);
  const columns = Float32Array.from({ length: (variables + 1) * batch }, (_, at) =>
    at < variables * batch ? normal(rng) : 0,
  );
  const z = Int32Array.from(
    { length: tests * blanket },
    (_, at) => (Math.floor(at / blanket) + 2 + (at % blanket)) % variables,
  );
  const own = Int32Array.from({ length: tests }, (_, t) => t % variables);
  const target = Int32Array.from({ length: tests }, (_, t) => (t + 1) % variables);
  const lazy = {
    nets: { without: family(0, blanket), with: family(1, blanket + 1) },
    theta: tensor(new Float32Array(tests * blanket), { shape: [tests, blanket] }),
    fixed: tensor(new Float32Array(tests * blanket).fill(-1), { shape: [tests, blanket] }),
    columns: tensor(columns, { shape: [variables + 1, batch] }),
    noise: tensor(longTailedNoise(noiseKey, blanket * batch), { shape: [blanket, batch] }),
    z: tensor(z, { shape: [tests, blanket], dtype: 'i32' }),
    x: tensor(own, { shape: [tests, 1], dtype: 'i32' }),
    y: tensor(target, { shape: [tests, 1], dtype: 'i32' }),
  };
  const programs = compilePrograms(3e-3);
  const start = await evaluate(lazy);
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
  const { fixed } = start;
  const indices = { z: start.z, x: start.x, y: start.y };
  const data = { columns: start.columns, noise: start.noise };
  const copy = async <T>(tree: T): Promise<T> => evaluate(tree);
  const first = await programs.choose(
    await copy(lazy.theta.add(0)),
    await copy(programs.gates.init(lazy.theta)),
    start.nets,
    fixed,
    tensor(0),
    indices,
    data,
  );
  const before = Float32Array.from(await first.explained.data());
  first.explained.dispose();
  let { params: theta, state: gateState } = first;
  let nets = start.nets;
  let state = await copy(programs.networks.init(nets));
  return {
    inputs,
    explained: async () => before,
    async run() {
      const chosen = await programs.choose(theta, gateState, nets, fixed, tensor(0), indices, data);
      ({ params: theta, state: gateState } = chosen);
      chosen.explained.dispose();
      const psi = await evaluate(theta.sigmoid());
      ({ params: nets, state } = await programs.fit(nets, state, psi, indices, data));
      psi.dispose();
    },
    dispose() {
      for (const each of [programs.fit, programs.choose, programs.evaluate, programs.evaluateDrawn]) each.dispose();
      for (const leaf of treeLeaves([nets, state, theta, gateState, indices, data, fixed]))
        if (isTensor(leaf)) leaf.dispose();
    },
  };
}
