import type { FactoredMap } from '../factored-map.ts';
import { product } from '../product.ts';
import { projectChain } from './chain-projection.ts';

/**
 * Factors of a butterfly near a matrix: it is a block tensor train of digits as large as its radix, whose outputs come in the opposite order.
 * A matrix that is a butterfly is found exactly.
 *
 * @param padded - `f64[n, n]`
 */
export function projectButterfly(map: FactoredMap, padded: Float64Array): Float64Array[] {
  const digits = map.inputDigits;
  const [levels, size] = [digits.length, product(digits)];
  const radix = digits[0] ?? 1;
  const turned = new Float64Array(size * size);
  for (let column = 0; column < size; column++) {
    const to = reversed(column, radix, levels);
    for (let row = 0; row < size; row++) turned[row * size + to] = padded[row * size + column] ?? 0;
  }
  const bonds = digits.slice(1).map(() => 1);
  const chain = { in: size, out: size, input: digits, output: digits, bonds, shared: false };
  const cores = projectChain(chain, turned);
  const block = radix * radix;
  // core i of the chain: [m₁ … m_(i−1), n_N … n_(i+1), n_i, m_i]; of the butterfly: [n_N … n_(i+1), m_(i−1) … m₁, n_i, m_i]
  return cores.map((core, i) => {
    const [done, waiting] = [radix ** i, radix ** (levels - 1 - i)];
    const moved = new Float64Array(core.length);
    for (let d = 0; d < done; d++) {
      for (let w = 0; w < waiting; w++) {
        const from = (d * waiting + w) * block;
        moved.set(core.subarray(from, from + block), (w * done + reversed(d, radix, i)) * block);
      }
    }
    return moved;
  });
}

/** A number with its digits in the opposite order. */
function reversed(value: number, radix: number, levels: number): number {
  let [rest, result] = [value, 0];
  for (let level = 0; level < levels; level++) {
    result = result * radix + (rest % radix);
    rest = Math.floor(rest / radix);
  }
  return result;
}
