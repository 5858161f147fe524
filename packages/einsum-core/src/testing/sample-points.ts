import { foldIn, keyFromSeed, normal, type Rng, rngFromKey, uniform, uniformInteger } from '@einlab/numerics';
import { isFloat, type LaneType, roundTo } from '../base/dtype.ts';
import { sizeOf } from '../base/shape.ts';
import { tensor } from '../tensor/create.ts';
import type { Example, DefinedPrimitive, TensorType } from '../tensor/primitive.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** Where integers wrap around and signs differ. */
const AWKWARD_INTEGERS: Readonly<Record<Exclude<LaneType, 'f32'>, readonly number[]>> = {
  i32: [0, 1, -1, 5, 2 ** 31 - 1, -(2 ** 31)],
  u32: [0, 1, 7, 2 ** 31, 2 ** 32 - 1],
  bool: [0, 1],
};

/** Values that every operation meets: signed zeros, magnitudes whose squares are still normal, and what is no number. */
const AWKWARD_FLOATS: readonly number[] = [
  0,
  -0,
  1,
  -1,
  1e-18,
  1e18,
  -1e18,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
];

/** A stream of its own for each use of a seed. */
export const streamOf = (seed: number, use: number): Rng => rngFromKey(foldIn(keyFromSeed(seed), use));

/** An f32 tensor of standard normal numbers, rounded to f32. */
export const normalTensor = (rng: Rng, shape: readonly number[]): Tensor =>
  hostTensor({ shape, dtype: 'f32' }, () => normal(rng));

function hostTensor({ shape, dtype }: TensorType, draw: (at: number) => number): Tensor {
  // Rounded first, so that every backend starts from the same numbers.
  const values = Float64Array.from({ length: sizeOf(shape) }, (_, at) => roundTo(dtype, draw(at)));
  return tensor(values, { shape, dtype });
}

/** Inputs of an example at ordinary values: floating ones from its domain, integers below its limit, on both sides of 0 without one. */
export function ordinaryPoint<P>(example: Example<P>, rng: Rng): Tensor[] {
  const [low, high] = example.domain ?? [-2, 2];
  const limit = example.integerLimit;
  return example.inputs.map((input) =>
    hostTensor(input, () => {
      if (isFloat(input.dtype)) return low + (high - low) * uniform(rng);
      if (input.dtype === 'bool') return uniformInteger(rng, 2);
      if (limit !== undefined) return uniformInteger(rng, limit);
      return uniformInteger(rng, 11) - (input.dtype === 'i32' ? 5 : 0);
    }),
  );
}

/** Each once, zeros with both signs; beyond the largest of which something is promised only infinities, and NaN where it is. */
function awkwardFloats<P>(example: Example<P>, ownOnly: boolean): number[] {
  const { awkward = [], largest = Infinity, isNumbersOnly = false } = example;
  const candidates = [...awkward, ...(ownOnly ? [] : AWKWARD_FLOATS)].map(Math.fround);
  return candidates.filter(
    (value, i) =>
      candidates.findIndex((other) => Object.is(other, value)) === i &&
      (Math.abs(value) <= largest || !Number.isFinite(value)) &&
      !(isNumbersOnly && Number.isNaN(value)),
  );
}

/**
 * Inputs of an example at awkward values. For elementwise primitives, every combination of them, along one axis; for the
 * others, the example's own shapes filled with draws. `undefined` where there is nothing to fill.
 *
 * @param keep - which values to use; all by default. The example's own are always among the candidates, those that every
 *   operation meets unless `ownOnly`
 */
export function awkwardPoint<P>(
  primitive: Pick<DefinedPrimitive<P>, 'lowering'>,
  example: Example<P>,
  rng: Rng,
  keep: (value: number) => boolean = () => true,
  ownOnly = false,
): Tensor[] | undefined {
  const palettes = example.inputs.map(({ dtype }) => {
    if (dtype === 'i32' || dtype === 'u32' || dtype === 'bool') return AWKWARD_INTEGERS[dtype];
    return awkwardFloats(example, ownOnly)
      .map((value) => roundTo(dtype, value))
      .filter(keep);
  });
  if (palettes.length === 0 || palettes.some((palette) => palette.length === 0)) return undefined;
  if (primitive.lowering.kind !== 'elementwise') {
    return example.inputs.map((input, i) =>
      hostTensor(input, () =>
        !isFloat(input.dtype) && example.integerLimit !== undefined
          ? uniformInteger(rng, example.integerLimit)
          : palettes[i][uniformInteger(rng, palettes[i].length)],
      ),
    );
  }
  const count = palettes.reduce((product, palette) => product * palette.length, 1);
  let step = 1;
  return palettes.map((palette, i) => {
    const stride = step;
    step *= palette.length;
    return hostTensor(
      { shape: [count], dtype: example.inputs[i].dtype },
      (at) => palette[Math.floor(at / stride) % palette.length],
    );
  });
}
