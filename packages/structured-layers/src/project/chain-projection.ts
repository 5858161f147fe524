import { matrix } from '@einlab/numerics';
import type { ChainShape } from '../chain-shape.ts';
import { product } from '../product.ts';
import { truncatedSvd } from './truncated-svd.ts';

/**
 * Cores of a chain near a matrix, one split after the other: each core is a truncated singular value decomposition of what is left, for
 * every block by itself in a block tensor train, for all blocks together in a tensor train.
 *
 * With two cores it is the best approximation: block SVD (block tensor train, low rank), or the rearrangement of Van Loan and Pitsianis
 * (Kronecker, tensor train). With N the error is at most √(N − 1) times that of the best one.
 *
 * @param chain - digits and bonds
 * @param padded - `f64[Π input, Π output]`, rows in the order n_N … n₁, columns m₁ … m_N of a block tensor train, m_N … m₁ of a tensor train
 * @returns the cores' values, in the layout of `chainPlan`
 * @see Van Loan, Pitsianis 1993, "Approximation with Kronecker products"; Oseledets 2011, "Tensor-train decomposition"
 */
export function projectChain(chain: ChainShape, padded: Float64Array): Float64Array[] {
  return chain.shared ? projectShared(chain, padded) : projectBlocked(chain, padded);
}

/** At stage i the rest is R[done m, waiting n, bond, own n, own m, later m]; rows (bond, own n), columns later m. */
function projectBlocked({ input, output, bonds }: ChainShape, padded: Float64Array): Float64Array[] {
  const count = input.length;
  const cores: Float64Array[] = [];
  let rest = padded;
  let bond = 1;
  for (let i = 0; i < count; i++) {
    const done = product(output.slice(0, i));
    const waiting = product(input.slice(i + 1));
    const [own, made, later] = [input[i] ?? 1, output[i] ?? 1, product(output.slice(i + 1))];
    if (i === count - 1) {
      cores.push(rest);
      break;
    }
    const next = bonds?.[i] ?? 1;
    const rows = bond * own;
    const core = new Float64Array(done * waiting * rows * next * made);
    const [following, beyond] = [input[i + 1] ?? 1, product(input.slice(i + 2))];
    const remaining = new Float64Array(done * made * beyond * next * following * later);
    for (let d = 0; d < done; d++) {
      for (let w = 0; w < waiting; w++) {
        for (let m = 0; m < made; m++) {
          const block = matrix(rows, later);
          for (let row = 0; row < rows; row++) {
            const from = ((d * waiting + w) * rows + row) * made + m;
            block.values.set(rest.subarray(from * later, (from + 1) * later), row * later);
          }
          const { u, singularValues, v } = truncatedSvd(block, next);
          for (let k = 0; k < singularValues.length; k++) {
            const sigma = singularValues[k] ?? 0;
            // a chain of two shares the size of its terms; a longer one keeps its first cores orthogonal
            const [first, second] = count === 2 ? [Math.sqrt(sigma), Math.sqrt(sigma)] : [1, sigma];
            for (let row = 0; row < rows; row++)
              core[(((d * waiting + w) * rows + row) * next + k) * made + m] =
                first * (u.values[row * u.columns + k] ?? 0);
            // w is (beyond, following), following fastest
            const [b, f] = [Math.floor(w / following), w % following];
            const to = ((((d * made + m) * beyond + b) * next + k) * following + f) * later;
            for (let column = 0; column < later; column++)
              remaining[to + column] = second * (v.values[column * v.columns + k] ?? 0);
          }
        }
      }
    }
    cores.push(core);
    rest = remaining;
    bond = next;
  }
  return cores;
}

/** At stage i the rest is R[bond, later n, own n, later m, own m]; rows (bond, own n, own m), columns (later n, later m). */
function projectShared({ input, output, bonds }: ChainShape, padded: Float64Array): Float64Array[] {
  const count = input.length;
  const cores: Float64Array[] = [];
  let rest = padded;
  let bond = 1;
  for (let i = 0; i < count; i++) {
    const [own, made] = [input[i] ?? 1, output[i] ?? 1];
    const [laterIn, laterOut] = [product(input.slice(i + 1)), product(output.slice(i + 1))];
    if (i === count - 1) {
      cores.push(rest);
      break;
    }
    const next = bonds?.[i] ?? 1;
    const block = matrix(bond * own * made, laterIn * laterOut);
    for (let r = 0; r < bond; r++) {
      for (let li = 0; li < laterIn; li++) {
        for (let n = 0; n < own; n++) {
          for (let lo = 0; lo < laterOut; lo++) {
            const from = (((r * laterIn + li) * own + n) * laterOut + lo) * made;
            for (let m = 0; m < made; m++)
              block.values[((r * own + n) * made + m) * block.columns + li * laterOut + lo] = rest[from + m] ?? 0;
          }
        }
      }
    }
    const { u, singularValues, v } = truncatedSvd(block, next);
    const core = new Float64Array(bond * own * next * made);
    const remaining = new Float64Array(next * laterIn * laterOut);
    for (let k = 0; k < singularValues.length; k++) {
      const sigma = singularValues[k] ?? 0;
      const [first, second] = count === 2 ? [Math.sqrt(sigma), Math.sqrt(sigma)] : [1, sigma];
      for (let row = 0; row < bond * own; row++)
        for (let m = 0; m < made; m++)
          core[(row * next + k) * made + m] = first * (u.values[(row * made + m) * u.columns + k] ?? 0);
      for (let column = 0; column < laterIn * laterOut; column++)
        remaining[k * laterIn * laterOut + column] = second * (v.values[column * v.columns + k] ?? 0);
    }
    cores.push(core);
    rest = remaining;
    bond = next;
  }
  return cores;
}
