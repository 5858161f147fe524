import { einsum, eye, reshape } from '@einlab/einsum-core';
import { type CoreShape, coreDeviation } from '@einlab/nn';
import { type FactoredStructure, factoredStructure } from './factored-map.ts';
import { wholeNumber } from './options.ts';
import { type FlowEdge, maximumFlow } from './rank/maximum-flow.ts';

/** Options of `monarch`. */
export interface MonarchOptions {
  /** Number of blocks of each factor; 4 by default. */
  readonly blocks?: number;
}

/**
 * A Monarch matrix with a given number of blocks b, in the layout of its authors: a block-diagonal matrix, a transposition
 * of the (middle, b) grid, and another block-diagonal matrix, whose output is transposed again.
 *
 *   x seen as X[block, in]                                   block of b, in = ⌈d_in/b⌉
 *   Z[block, middle] = Σ_in  X[block, in] · left[block, in, middle]
 *   Z seen as Z[middle, lane]                                lane of b: every lane takes from every block
 *   Y[out, lane]     = Σ_middle Z[middle, lane] · right[lane, middle, out]      y is Y, out slowest
 *
 * middle is the smaller of ⌈d_in/b⌉ and ⌈d_out/b⌉. With fewer than b² features on a side, a lane would miss some blocks and
 * outputs some inputs, so b is then lowered to ⌊√min(d_in, d_out)⌋.
 *
 * @remarks b·middle·(in + out) parameters and as many multiply-accumulates, 2d²/b for d → d. Equal to a block tensor train
 *   with γ = φ = b and ρ = d/b² up to the order of outputs, where b² divides d.
 * @throws {EinlabError} `option` when the number of blocks is not a whole number ≥ 1
 * @see Dao et al. 2022, "Monarch: expressive structured matrices for efficient and accurate training"
 */
export function monarch(options: MonarchOptions = {}): FactoredStructure {
  const wanted = wholeNumber('monarch', 'blocks', options.blocks ?? 4, 1);
  return factoredStructure('monarch', `monarch({ blocks: ${wanted} })`, (inSize, outSize, structure) => {
    const blocks = Math.min(wanted, Math.floor(Math.sqrt(Math.min(inSize, outSize))));
    const [inBlock, outBlock] = [Math.ceil(inSize / blocks), Math.ceil(outSize / blocks)];
    const middle = Math.min(inBlock, outBlock);
    const coreShape = (name: string, fanIn: number, fanOut: number): CoreShape => ({
      name,
      shape: [blocks, fanIn, fanOut],
      fanIn,
      fanOut,
      initialDeviation: coreDeviation(fanIn, fanOut),
    });
    return {
      structure,
      in: inSize,
      out: outSize,
      inputDigits: [blocks, inBlock],
      outputDigits: [outBlock, blocks],
      stages: [
        {
          core: coreShape('left', inBlock, middle),
          pattern: 'batch block in, block in middle -> batch block middle',
          input: [blocks, inBlock],
          output: [blocks, middle],
        },
        {
          core: coreShape('right', middle, outBlock),
          pattern: 'batch middle lane, lane middle out -> batch out lane',
          input: [middle, blocks],
          output: [outBlock, blocks],
        },
      ],
      toDense(core) {
        const diagonal = einsum('block in middle, block other -> block in other middle', core('left'), eye(blocks));
        const first = reshape(diagonal, [blocks * inBlock, middle, blocks]);
        return reshape(einsum('in middle lane, lane middle out -> in out lane', first, core('right')), [
          blocks * inBlock,
          outBlock * blocks,
        ]);
      },
      rank: () => monarchRank({ in: inSize, out: outSize, blocks, inBlock, middle }),
    };
  });
}

/** The number of disjoint paths from inputs to outputs; entries are different variables, so it is the generic rank (see `chainRank`). */
function monarchRank(map: { in: number; out: number; blocks: number; inBlock: number; middle: number }): number {
  const { blocks, inBlock, middle } = map;
  const [source, sink] = [2 * blocks, 2 * blocks + 1];
  const edges: FlowEdge[] = [];
  for (let block = 0; block < blocks; block++) {
    edges.push({ from: source, to: block, capacity: Math.min(inBlock, Math.max(0, map.in - block * inBlock)) });
    // middle features of this block, by the lane that takes them
    for (let lane = 0; lane < blocks; lane++) {
      const first = (lane - ((block * middle) % blocks) + blocks) % blocks;
      edges.push({ from: block, to: blocks + lane, capacity: Math.ceil(Math.max(0, middle - first) / blocks) });
    }
    // outputs of this lane are lane, lane + blocks, …
    edges.push({ from: blocks + block, to: sink, capacity: Math.ceil(Math.max(0, map.out - block) / blocks) });
  }
  return maximumFlow(sink + 1, edges, source, sink);
}
