import { einsum, multiply, relu, type Tensor, tensor, where } from '@einlab/einsum-core';
import { foldIn, normal, type RandomKey, rngFromKey } from '@einlab/numerics';

/** One layer of every pair of networks of a family. */
export interface FamilyLayer {
  /** `f32[test, in, net=2, out]` of the first layer, `f32[test, net=2, in, out]` of the others. */
  readonly weight: Tensor;
  /** `f32[test, net=2, out, 1]`; the first layer has none, its inputs end with a one. */
  readonly bias?: Tensor;
}

/**
 * Two small networks for each test, one that does not see x and one that does, `in → hidden … → statistics` with ReLU. Both read the same
 * inputs (the blanket, x and a one); the first one's weights from x are 0 and stay so. A family is one einsum for each layer, and the rows of a batch are
 * innermost everywhere, so that the processor's vectors run along them and nothing has to be transposed for another layer or for a gradient.
 */
export type NetworkFamily = readonly FamilyLayer[];

/** Sizes of a family, the same for all of its networks. */
export interface FamilySize {
  /** Inputs: the blanket with padding, x, and a one. */
  readonly width: number;
  /** Units of a hidden layer of one network. */
  readonly hidden: number;
  /** Hidden layers. */
  readonly layers: number;
}

/** Statistics of y that a network predicts: its mean and its squared residual. */
export const statistics = 2;

/** Inputs and units of the layers of one network. */
const sizesOf = ({ width, hidden, layers }: FamilySize): (readonly [number, number])[] =>
  Array.from({ length: layers + 1 }, (_, layer) => [
    layer === 0 ? width : hidden,
    layer === layers ? statistics : hidden,
  ]);

/**
 * Networks before training: each test draws from its own keys, so that its numbers do not depend on what it is batched with.
 *
 * @param keys - of the network without x and of the one with it, for each test.
 * @param members - how many inputs each blanket really has; further ones are padding.
 */
export function drawFamily(
  keys: readonly (readonly [RandomKey, RandomKey])[],
  members: readonly number[],
  size: FamilySize,
): NetworkFamily {
  const tests = keys.length;
  const { layers, hidden } = size;
  return sizesOf(size).map(([rows, columns], layer): FamilyLayer => {
    const values = new Float32Array(tests * 2 * rows * columns);
    keys.forEach((pair, t) => {
      for (const net of [0, 1] as const) {
        const inputs = layer === 0 ? Math.max(1, members[t] + net) : hidden;
        // What a network says at first is small, so that nothing seems to be explained yet.
        const deviation = Math.sqrt((layer === layers ? 0.1 : 2) / inputs);
        const rng = rngFromKey(foldIn(pair[net], layer));
        for (let row = 0; row < rows; row++) {
          if (layer === 0 && row >= members[t] && (row !== rows - 2 || net === 0)) continue;
          const [outer, inner] = layer === 0 ? [t * rows + row, net] : [2 * t + net, row];
          const from = (outer * (layer === 0 ? 2 : rows) + inner) * columns;
          for (let column = 0; column < columns; column++) values[from + column] = deviation * normal(rng);
        }
      }
    });
    if (layer === 0) return { weight: tensor(values, { shape: [tests, rows, 2, columns] }) };
    return {
      weight: tensor(values, { shape: [tests, 2, rows, columns] }),
      bias: tensor(new Float32Array(tests * 2 * columns), { shape: [tests, 2, columns, 1] }),
    };
  });
}

/** What a family computes. */
export interface Said {
  /** What each layer behind the first reads, `f32[test, net, unit, batch]`. */
  readonly units: readonly Tensor[];
  /** What each network says: mean and squared residual, `f32[test, net, statistic, batch]`. */
  readonly said: Tensor;
}

/** @param inputs - `f32[test, in, batch]` */
export function applyFamily(family: NetworkFamily, inputs: Tensor): Said {
  const [first, ...rest] = family;
  const units: Tensor[] = [];
  let said = einsum('test in batch, test in net out -> test net out batch', inputs, first.weight);
  for (const { weight, bias } of rest) {
    const read = relu(said);
    units.push(read);
    const product = einsum('test net in batch, test net in out -> test net out batch', read, weight);
    said = bias === undefined ? product : product.add(bias);
  }
  return { units, said };
}

/** Where the first layer has weights: the network without x has none from it, `f32[in, net, 1]`. */
const seen = (width: number): Tensor =>
  tensor(
    Float32Array.from({ length: 2 * width }, (_, at) => (at === 2 * (width - 2) ? 0 : 1)),
    { shape: [width, 2, 1] },
  );

/** The derivatives of a number by all that lies behind the first layer, and by what that layer gives, `f32[test, net, out, batch]`. */
function slopesBehindFirst(
  family: NetworkFamily,
  { units }: Said,
  slope: Tensor,
): { readonly layers: readonly FamilyLayer[]; readonly out: Tensor } {
  const layers: FamilyLayer[] = [];
  let out = slope;
  for (let layer = family.length - 1; layer > 0; layer--) {
    const [read, { weight }] = [units[layer - 1], family[layer]];
    layers.unshift({
      weight: einsum('test net in batch, test net out batch -> test net in out', read, out),
      bias: out.sum(3, { keepDims: true }),
    });
    out = where(read.greater(0), throughLayer(weight, out), 0);
  }
  return { layers, out };
}

/** The derivative by the weights of the first layer, whatever it sees. */
const firstSlope = (inputs: Tensor, out: Tensor): Tensor =>
  einsum('test in batch, test net out batch -> test in net out', inputs, out);

/**
 * The derivatives of a number by the weights of a family.
 *
 * @param inputs - `f32[test, in, batch]`
 * @param slope - the derivative by what the networks say, `f32[test, net, statistic, batch]`.
 * @returns of each layer as the layer itself.
 * @remarks Written out, since a derivative of parts of `said` would be as many arrays with zeros to be added.
 */
export function familySlopes(family: NetworkFamily, inputs: Tensor, found: Said, slope: Tensor): NetworkFamily {
  const { layers, out } = slopesBehindFirst(family, found, slope);
  return [{ weight: multiply(firstSlope(inputs, out), seen(inputs.shape[1])) }, ...layers];
}

/**
 * The derivative of a number by the factors of what the first inputs of a family were multiplied with.
 *
 * @param factors - `f32[test, member, batch]`: what each of the first inputs changes by.
 * @returns `f32[test, member]`
 */
export function gateSlopes(family: NetworkFamily, factors: Tensor, found: Said, slope: Tensor): Tensor {
  const [{ weight }] = family;
  const [tests, members] = factors.shape;
  const own = weight.slice([0, 0, 0, 0], [tests, members, 2, weight.shape[3]]);
  return multiply(own, firstSlope(factors, slopesBehindFirst(family, found, slope).out)).sum([2, 3]);
}

/** The derivative by what a layer reads. Few terms are added one by one, in the loop that masks them. */
function throughLayer(weight: Tensor, out: Tensor): Tensor {
  const [tests, , rows, columns] = weight.shape;
  if (columns > statistics) return einsum('test net out batch, test net in out -> test net in batch', out, weight);
  const term = (at: number): Tensor =>
    multiply(
      weight.slice([0, 0, 0, at], [tests, 2, rows, at + 1]),
      out.slice([0, 0, at, 0], [tests, 2, at + 1, out.shape[3]]),
    );
  return Array.from({ length: columns }, (_, at) => term(at)).reduce((sum, each) => sum.add(each));
}
