import {
  abs,
  einsum,
  evaluate,
  eye,
  grad,
  mapTree,
  multiply,
  ones,
  random,
  square,
  stack,
  sum,
  type Tensor,
  vjp,
} from '@einlab/einsum-core';
import { type Cores, coreNamed, type StructuredMap } from '@einlab/nn';
import { matrix, matrixRank } from '@einlab/numerics';
import { type Comparison, exactly, largestSize } from './comparison.ts';
import type { FactoredMap } from '../factored-map.ts';
import { rankByElimination } from '../rank/generic-rank.ts';
import type { SumMap } from '../sum-of.ts';
import { countMacs } from './count-macs.ts';

/** Something that is true of every structured map: it computes what should be equal, and the test compares. */
export interface StructureLaw {
  readonly name: string;
  /** @param key - randomness for cores and inputs, `u32[2]` */
  check(map: StructuredMap, key: Tensor): Promise<readonly Comparison[]>;
}

/** Terms behind one element of a result, over all stages. */
const terms = (map: StructuredMap): number => map.cores.reduce((total, { fanIn }) => total + fanIn, 0);

const absolute = (cores: Cores): Cores => mapTree<Cores>(cores, (core) => abs(core as Tensor));
const scaledBy = (cores: Cores, factor: number): Cores =>
  mapTree<Cores>(cores, (core) => multiply(core as Tensor, factor));

/** The values of tensors, computed together. */
async function valuesOf<Names extends string>(
  tensors: Readonly<Record<Names, Tensor>>,
): Promise<Record<Names, ArrayLike<number>>> {
  const kept = await evaluate(tensors);
  const entries = Object.entries<Tensor>(kept).map(async ([name, tensor]) => [name, await tensor.data()] as const);
  return Object.fromEntries(await Promise.all(entries)) as unknown as Record<Names, ArrayLike<number>>;
}

/** `[cores, further keys…]` */
async function draw(
  map: StructuredMap,
  key: Tensor,
): Promise<readonly [cores: Cores, forInput: Tensor, forOutput: Tensor]> {
  const [forCores, forInput, forOutput] = random.split(key, 3) as [Tensor, Tensor, Tensor];
  return [await evaluate(map.init(forCores)), forInput, forOutput];
}

const equivalence: StructureLaw = {
  name: 'apply(cores, x) equals x · toDense(cores) for any leading axes',
  async check(map, key) {
    const [cores, forInput] = await draw(map, key);
    const dense = map.toDense(cores);
    const bound = map.toDense(absolute(cores));
    const comparisons: Comparison[] = [exactly('shape of toDense', dense.shape, [map.in, map.out])];
    for (const batch of [[], [2, 3], [2, 0, 3]]) {
      const x = random.normal(forInput, [...batch, map.in]);
      const y = map.apply(cores, x);
      const values = await valuesOf({
        got: y,
        expected: einsum('... in, in out -> ... out', x, dense),
        bound: einsum('... in, in out -> ... out', abs(x), bound),
      });
      comparisons.push(exactly(`shape for batch [${batch.join(', ')}]`, y.shape, [...batch, map.out]), {
        message: `values for batch [${batch.join(', ')}]`,
        got: values.got,
        expected: values.expected,
        reductionLength: terms(map) + map.in,
        scale: largestSize(values.bound),
      });
    }
    return comparisons;
  },
};

const adjoint: StructureLaw = {
  name: '⟨A x, y⟩ = ⟨x, Aᵀ y⟩, and Aᵀ y equals y · toDenseᵀ',
  async check(map, key) {
    const [cores, forInput, forOutput] = await draw(map, key);
    const x = random.normal(forInput, [4, map.in]);
    const y = random.normal(forOutput, [4, map.out]);
    const [image, pull] = vjp((input: Tensor) => map.apply(cores, input), x);
    const [pulled] = pull(y);
    const bound = einsum('batch out, in out -> batch in', abs(y), map.toDense(absolute(cores)));
    const values = await valuesOf({
      left: sum(multiply(image, y)),
      right: sum(multiply(x, pulled)),
      size: sum(multiply(abs(x), bound)),
      pulled,
      expected: einsum('batch out, in out -> batch in', y, map.toDense(cores)),
      bound,
    });
    const reductionLength = terms(map) + map.in + map.out;
    return [
      {
        message: '⟨A x, y⟩ = ⟨x, Aᵀ y⟩',
        got: values.left,
        expected: values.right,
        reductionLength: reductionLength * 4,
        scale: largestSize(values.size),
      },
      {
        message: 'Aᵀ y',
        got: values.pulled,
        expected: values.expected,
        reductionLength,
        scale: largestSize(values.bound),
      },
    ];
  },
};

const coreGradients: StructureLaw = {
  name: 'gradients of the cores are those of the dense equivalent',
  async check(map, key) {
    const [cores, forInput, forOutput] = await draw(map, key);
    const x = random.normal(forInput, [3, map.in]);
    const y = random.normal(forOutput, [3, map.out]);
    const through = (image: (tensors: Cores) => Tensor) =>
      grad((tensors: Cores) => sum(multiply(image(tensors), y)))(cores);
    const [got, expected, bounds] = await evaluate([
      through((tensors) => map.apply(tensors, x)),
      through((tensors) => einsum('batch in, in out -> batch out', x, map.toDense(tensors))),
      grad((tensors: Cores) =>
        sum(multiply(einsum('batch in, in out -> batch out', abs(x), map.toDense(tensors)), abs(y))),
      )(absolute(cores)),
    ] as const);
    return Promise.all(
      map.cores.map(
        async ({ name }): Promise<Comparison> => ({
          message: `gradient of ${name}`,
          got: await coreNamed(got, name, 'the gradient').data(),
          expected: await coreNamed(expected, name, 'the gradient').data(),
          reductionLength: terms(map) + 3 * (map.in + map.out),
          scale: largestSize(await coreNamed(bounds, name, 'the gradient').data()),
        }),
      ),
    );
  },
};

const counts: StructureLaw = {
  name: 'parameterCount and macs are what is stored and what is computed',
  async check(map, key) {
    const [cores, forInput] = await draw(map, key);
    const stored = Object.values(cores).reduce((total, core) => total + core.size, 0);
    const ofOne = map.apply(cores, random.normal(forInput, [map.in]));
    const ofMany = map.apply(cores, random.normal(forInput, [7, map.in]));
    return [
      exactly(
        'names of cores',
        map.cores.map(({ name }) => Number(name in cores)),
        map.cores.map(() => 1),
      ),
      ...map.cores.map(({ name, shape }) => exactly(`shape of ${name}`, cores[name]?.shape ?? [], shape)),
      exactly('parameters', [map.parameterCount], [stored]),
      exactly('macs of one vector', [map.macs], [countMacs(ofOne)]),
      exactly('macs of seven vectors', [map.macs * 7], [countMacs(ofMany)]),
    ];
  },
};

const rank: StructureLaw = {
  name: 'the dense equivalent of random cores has rank `rank`',
  async check(map, key) {
    // The smallest singular values of a long product of random blocks lie below the rounding of f32: these are counted exactly.
    const exact = isFactored(map) && map.stages.length > 3 ? rankByElimination(map) : undefined;
    return [exactly('rank', [map.rank], [exact ?? (await numericRank(map, key))])];
  },
};

const isFactored = (map: StructuredMap): map is FactoredMap => 'stages' in map;

async function numericRank(map: StructuredMap, key: Tensor): Promise<number> {
  const [cores] = await draw(map, key);
  const dense = matrix(map.in, map.out, await map.toDense(cores).data());
  // Cores are given in f32 and the product may be computed in f32; genuine singular values are far above this.
  const tolerance = largestSize(dense.values) * Math.max(map.in, map.out) * 2 ** -23;
  return matrixRank(dense, { tolerance });
}

const noFeatureLost: StructureLaw = {
  name: 'every input feature changes the output, and every output feature depends on the input',
  async check(map, key) {
    const [cores] = await draw(map, key);
    const response = await map.apply(cores, eye(map.in)).data();
    const reached = (row: (i: number, j: number) => number, rows: number, columns: number): number[] =>
      Array.from({ length: rows }, (_, i) =>
        Number(Array.from({ length: columns }, (_, j) => response[row(i, j)]).some((value) => value !== 0)),
      );
    return [
      exactly(
        'inputs that matter',
        reached((i, j) => i * map.out + j, map.in, map.out),
        Array.from({ length: map.in }, () => 1),
      ),
      exactly(
        'outputs that depend',
        reached((j, i) => i * map.out + j, map.out, map.in),
        Array.from({ length: map.out }, () => 1),
      ),
    ];
  },
};

const zeroStart: StructureLaw = {
  name: 'init with zero gives output 0, and the last core still gets a gradient',
  async check(map, key) {
    const [forCores, forInput, forOutput] = random.split(key, 3) as [Tensor, Tensor, Tensor];
    const cores = await evaluate(map.init(forCores, { zero: true }));
    const x = random.normal(forInput, [4, map.in]);
    const y = random.normal(forOutput, [4, map.out]);
    const gradients = grad((tensors: Cores) => sum(multiply(map.apply(map.normalize(tensors), x), y)))(cores);
    const last = coreNamed(gradients, map.cores.at(-1)?.name ?? '', 'the gradient');
    const { output, gradient } = await valuesOf({ output: map.apply(cores, x), gradient: last });
    const isUseful = largestSize(gradient) > 0 && Array.from(gradient).every(Number.isFinite);
    return [
      { message: 'output', got: output, expected: new Float64Array(4 * map.out), reductionLength: 0 },
      exactly('the last core has a finite gradient that is not 0', [Number(isUseful)], [1]),
    ];
  },
};

const normalization: StructureLaw = {
  name: 'normalize leaves cores below their σ as they are and makes larger ones independent of their size',
  async check(map, key) {
    const [cores, forInput, forOutput] = await draw(map, key);
    const x = random.normal(forInput, [3, map.in]);
    const y = random.normal(forOutput, [3, map.out]);
    const small = scaledBy(cores, 0.25);
    // so large that the eps inside the root is below the rounding error
    const large = scaledBy(cores, 1e6);
    const normalized = (tensors: Cores): Tensor => map.apply(map.normalize(tensors), x);
    const gradients = grad((tensors: Cores) => sum(multiply(normalized(tensors), y)))(large);
    const radial = map.cores.map(({ name }) =>
      sum(multiply(coreNamed(gradients, name, 'the gradient'), coreNamed(large, name, 'normalize'))),
    );
    const values = await valuesOf({
      free: map.apply(small, x),
      capped: normalized(small),
      once: normalized(large),
      again: normalized(scaledBy(large, 8)),
      radial: stack(radial),
      // what the derivative along a core would be without the cap
      size: sum(
        multiply(einsum('batch in, in out -> batch out', abs(x), map.toDense(absolute(map.normalize(large)))), abs(y)),
      ),
    });
    const reductionLength = terms(map) + map.parameterCount;
    return [
      { message: 'below the cap', got: values.capped, expected: values.free, reductionLength },
      { message: 'above the cap, twice', got: values.again, expected: values.once, reductionLength },
      {
        message: 'gradients along the cores above the cap',
        got: values.radial,
        expected: map.cores.map(() => 0),
        reductionLength,
        scale: largestSize(values.size),
      },
    ];
  },
};

/** Every law of the family. */
export const structureLaws: readonly StructureLaw[] = [
  equivalence,
  adjoint,
  coreGradients,
  counts,
  rank,
  noFeatureLost,
  zeroStart,
  normalization,
];

/**
 * The mean square of outputs at initialization for inputs of mean square 1: what it should be, and estimates from several keys.
 *
 *   E ‖x W‖²/out = Π σ_c² · (paths from an input to an output) / out
 *
 * The paths are counted with cores of ones. Without padding the result is Π_c min(1, fanOut_c/fanIn_c).
 *
 * @returns the expected value and one estimate ‖W‖²/out per key
 */
export async function initialScale(
  map: StructuredMap,
  keys: readonly Tensor[],
): Promise<{ expected: number; estimates: number[] }> {
  const estimates: number[] = [];
  for (const key of keys) estimates.push((await sum(square(map.toDense(map.init(key)))).item()) / map.out);
  return { expected: (await expectedSquares(map)) / map.out, estimates };
}

/** E ‖W‖² at initialization: of one chain of cores, or of the independent terms of a sum. */
async function expectedSquares(map: StructuredMap): Promise<number> {
  if (!isSum(map)) {
    const unit = Object.fromEntries(map.cores.map(({ name, shape }) => [name, ones(shape)]));
    const variance = map.cores.reduce((total, { initialDeviation }) => total * initialDeviation ** 2, 1);
    return variance * (await sum(map.toDense(unit)).item());
  }
  // each term starts at 1/√T of its own size
  const own = await Promise.all(map.terms.map(expectedSquares));
  return own.reduce((total, squares) => total + squares, 0) / map.terms.length;
}

const isSum = (map: StructuredMap): map is SumMap => 'terms' in map;
