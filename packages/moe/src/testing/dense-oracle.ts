import type { Cores } from '@einlab/nn';
import type { MixtureMap } from '../mixture-map.ts';
import type { Tensor } from '@einlab/einsum-core';

/**
 * The definition of a mixture of linear experts in plain loops, f64: y[token] = Σ_expert gates[token, expert] · x[token] · W[expert].
 *
 * @param x - `f32[token, in]`
 * @param gates - `f32[token, expert]`
 * @returns row-major `[token, out]`
 * @throws {Error} for experts that are not linear
 */
export async function denseOracle(map: MixtureMap, cores: Cores, x: Tensor, gates: Tensor): Promise<Float64Array> {
  const { toDense } = map.bank;
  if (toDense === undefined) throw new Error(`denseOracle: the experts of ${map} are not linear`);
  const [matrices, inputs, weights] = await Promise.all([toDense(cores).data(), x.data(), gates.data()]);
  const { in: inSize, out, experts } = map;
  const tokens = x.shape[0] ?? 0;
  const y = new Float64Array(tokens * out);
  for (let token = 0; token < tokens; token++)
    for (let expert = 0; expert < experts; expert++) {
      const weight = weights[token * experts + expert] ?? Number.NaN;
      if (weight === 0) continue;
      for (let i = 0; i < inSize; i++) {
        const value = weight * (inputs[token * inSize + i] ?? Number.NaN);
        for (let o = 0; o < out; o++)
          y[token * out + o] = (y[token * out + o] ?? 0) + value * (matrices[(expert * inSize + i) * out + o] ?? 0);
      }
    }
  return y;
}
