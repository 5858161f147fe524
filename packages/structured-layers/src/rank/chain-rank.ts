import type { ChainShape } from '../chain-shape.ts';
import { product } from '../product.ts';
import { type FlowEdge, maximumFlow } from './maximum-flow.ts';

/**
 * The rank of a chain's dense equivalent for cores in general position, padding taken into account.
 *
 * A blocked chain is a product of matrices whose entries are different variables. By the Cauchy–Binet formula its
 * minors are then sums of different monomials, so its rank is the number of disjoint paths from inputs to outputs: a maximum flow.
 *
 * In a shared chain entries repeat. With bonds of 1 it is a Kronecker product and has the rank of its weaker side
 * (`prefixRank`). Larger bonds cannot lower that, so the splits that `tensorTrain` chooses have rank min(in, out). For
 * others the smallest cut between inputs and outputs stands: an upper bound that all but a few shapes reach. Digits
 * (3, 5) → (5, 3) with bond 2 are one of these: rank 14, smallest cut 15.
 */
export function chainRank(chain: ChainShape): number {
  return chain.shared ? sharedRank(chain) : blockedRank(chain);
}

/**
 * The flow through a blocked chain. A node is a block of a stage, which joins all its inputs with all its outputs; the
 * blocks of stage i are numbered by (n_N … n_(i+1), m₁ … m_(i−1)).
 */
function blockedRank(chain: ChainShape): number {
  const { input, output, bonds, in: inSize, out } = chain;
  const count = input.length;
  const blocks = input.map((_, i) => product(input.slice(i + 1)) * product(output.slice(0, i)));
  const first = blocks.map((_, i) => blocks.slice(0, i).reduce((total, size) => total + size, 0));
  const source = blocks.reduce((total, size) => total + size, 0);
  const sink = source + 1;
  const edges: FlowEdge[] = [];

  // Inputs are numbered (block, n₁), outputs (block, m_N): a block's share is what lies below the true size.
  const share = (block: number, size: number, total: number): number =>
    Math.min(size, Math.max(0, total - block * size));
  for (let block = 0; block < (blocks[0] ?? 0); block++) {
    edges.push({ from: source, to: block, capacity: share(block, input[0] ?? 1, inSize) });
  }
  for (let i = 0; i + 1 < count; i++) {
    const [waiting, done] = [product(input.slice(i + 2)), product(output.slice(0, i))];
    const [next, made] = [input[i + 1] ?? 1, output[i] ?? 1];
    for (let w = 0; w < waiting; w++) {
      for (let n = 0; n < next; n++) {
        for (let d = 0; d < done; d++) {
          for (let m = 0; m < made; m++) {
            const from = (first[i] ?? 0) + (w * next + n) * done + d;
            const to = (first[i + 1] ?? 0) + w * done * made + d * made + m;
            edges.push({ from, to, capacity: bonds?.[i] ?? 1 });
          }
        }
      }
    }
  }
  for (let block = 0; block < (blocks.at(-1) ?? 0); block++) {
    edges.push({ from: (first.at(-1) ?? 0) + block, to: sink, capacity: share(block, output.at(-1) ?? 1, out) });
  }
  return maximumFlow(sink + 1, edges, source, sink);
}

/** A sum of Kronecker products through bonds, or a single one. */
function sharedRank(chain: ChainShape): number {
  const ranks = chain.input.map((digit, i) => Math.min(digit, chain.output[i] ?? 1));
  const single = chain.bonds === undefined || product(chain.bonds) === 1;
  return single
    ? Math.min(prefixRank(chain.in, chain.input, ranks), prefixRank(chain.out, chain.output, ranks))
    : Math.min(chain.in, chain.out, smallestCut(chain));
}

/**
 * The rank of the first `size` rows of C_N ⊗ … ⊗ C₁, where C_i has `digits[i]` rows and rank `ranks[i]`: whole blocks of
 * C_N's rows count up to its rank, and a block that is cut off adds what its part of the rest is worth.
 */
function prefixRank(size: number, digits: readonly number[], ranks: readonly number[]): number {
  const [rank, ...inner] = ranks.toReversed();
  if (rank === undefined) return Math.min(size, 1);
  const below = product(digits.slice(0, -1));
  const whole = Math.floor(size / below);
  if (whole >= rank) return rank * product(inner);
  return whole * product(inner) + prefixRank(size - whole * below, digits.slice(0, -1), ranks.slice(0, -1));
}

/**
 * min over the 2^N ways to put each core on the side of the inputs or of the outputs. A core on the input side has its
 * output digit cut, one on the output side its input digit, and neighbors on different sides their bond.
 */
function smallestCut({ input, output, bonds }: ChainShape): number {
  const count = input.length;
  let least = Infinity;
  for (let sides = 0; sides < 2 ** count; sides++) {
    const onInputSide = (i: number): boolean => ((sides >> i) & 1) === 1;
    let cut = 1;
    for (let i = 0; i < count; i++) {
      cut *= (onInputSide(i) ? output[i] : input[i]) ?? 1;
      if (i + 1 < count && onInputSide(i) !== onInputSide(i + 1)) cut *= bonds?.[i] ?? 1;
    }
    least = Math.min(least, cut);
  }
  return least;
}
