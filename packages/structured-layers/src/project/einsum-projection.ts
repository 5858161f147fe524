import { matrix } from '@einlab/numerics';
import type { EinsumMap } from '../einsum/einsum-structure.ts';
import { product } from '../product.ts';
import { truncatedSvd } from './truncated-svd.ts';

/**
 * The best cores of a point of the einsum space for a matrix, without padding: for each (γ, φ) the entries, arranged with rows (α, δ) and
 * columns (β, ε), are approximated by a matrix of rank ρ.
 *
 * @param padded - `f64[γβα, φεδ]`
 * @returns the values of each core by its name, in its layout
 */
export function projectEinsum(map: EinsumMap, padded: Float64Array): Readonly<Record<string, Float64Array>> {
  const { alpha, beta, gamma, delta, epsilon, phi, rho } = map.sizes;
  const outputs = phi * epsilon * delta;
  const left = coreWriter(map, 'left');
  const right = coreWriter(map, 'right');
  for (let g = 0; g < gamma; g++) {
    for (let f = 0; f < phi; f++) {
      const block = matrix(alpha * delta, beta * epsilon);
      for (let a = 0; a < alpha; a++)
        for (let d = 0; d < delta; d++)
          for (let b = 0; b < beta; b++)
            for (let e = 0; e < epsilon; e++)
              block.values[(a * delta + d) * block.columns + b * epsilon + e] =
                padded[((g * beta + b) * alpha + a) * outputs + (f * epsilon + e) * delta + d] ?? 0;
      const { u, singularValues, v } = truncatedSvd(block, rho);
      for (let k = 0; k < singularValues.length; k++) {
        const share = Math.sqrt(singularValues[k] ?? 0);
        for (let a = 0; a < alpha; a++)
          for (let d = 0; d < delta; d++)
            left.write({ γ: g, φ: f, ρ: k, α: a, δ: d }, share * (u.values[(a * delta + d) * u.columns + k] ?? 0));
        for (let b = 0; b < beta; b++)
          for (let e = 0; e < epsilon; e++)
            right.write({ γ: g, φ: f, ρ: k, β: b, ε: e }, share * (v.values[(b * epsilon + e) * v.columns + k] ?? 0));
      }
    }
  }
  return { left: left.values, right: right.values };
}

/** Writes a core by the names of its axes, in whatever order they are stored. */
function coreWriter(
  map: EinsumMap,
  name: string,
): { values: Float64Array; write(index: Readonly<Record<string, number>>, value: number): void } {
  const stage = map.stages.find(({ core }) => core.name === name);
  const shape = stage?.core.shape ?? [];
  const axes = (stage?.pattern.slice(stage.pattern.indexOf(',') + 1, stage.pattern.indexOf('->')) ?? '')
    .trim()
    .split(/\s+/);
  const values = new Float64Array(product(shape));
  return {
    values,
    write(index, value) {
      values[axes.reduce((at, axis, i) => at * (shape[i] ?? 1) + (index[axis] ?? 0), 0)] = value;
    },
  };
}
