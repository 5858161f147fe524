import { matrix } from '@einlab/numerics';
import { truncatedSvd } from './truncated-svd.ts';

/** Blocks of a Monarch matrix. */
export interface MonarchBlocks {
  readonly blocks: number;
  readonly inBlock: number;
  readonly middle: number;
  readonly outBlock: number;
}

/**
 * The best Monarch matrix for a matrix: entries between an input block and a lane of outputs pass through the middle features that
 * lead from one to the other, so each such part is approximated with as many terms as there are.
 *
 * @param padded - `f64[block·in, out·lane]`
 * @returns `left[block, in, middle]`, `right[lane, middle, out]`
 */
export function projectMonarch(
  { blocks, inBlock, middle, outBlock }: MonarchBlocks,
  padded: Float64Array,
): { left: Float64Array; right: Float64Array } {
  const outputs = outBlock * blocks;
  const left = new Float64Array(blocks * inBlock * middle);
  const right = new Float64Array(blocks * middle * outBlock);
  for (let block = 0; block < blocks; block++) {
    for (let lane = 0; lane < blocks; lane++) {
      const features = Array.from({ length: middle }, (_, k) => block * middle + k).filter((f) => f % blocks === lane);
      if (features.length === 0) continue;
      const part = matrix(inBlock, outBlock);
      for (let i = 0; i < inBlock; i++)
        for (let o = 0; o < outBlock; o++)
          part.values[i * outBlock + o] = padded[(block * inBlock + i) * outputs + o * blocks + lane] ?? 0;
      const { u, singularValues, v } = truncatedSvd(part, features.length);
      features.slice(0, singularValues.length).forEach((feature, k) => {
        const share = Math.sqrt(singularValues[k] ?? 0);
        const [own, taken] = [feature - block * middle, Math.floor(feature / blocks)];
        for (let i = 0; i < inBlock; i++)
          left[(block * inBlock + i) * middle + own] = share * (u.values[i * u.columns + k] ?? 0);
        for (let o = 0; o < outBlock; o++)
          right[(lane * middle + taken) * outBlock + o] = share * (v.values[o * v.columns + k] ?? 0);
      });
    }
  }
  return { left, right };
}
