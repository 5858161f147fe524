import { EinlabError, einsum, eye, reshape } from '@einlab/einsum-core';
import { coreDeviation } from '@einlab/nn';
import { type FactoredStructure, factoredStructure } from './factored-map.ts';
import { wholeNumber } from './options.ts';

/** Options of `blockDiagonal`. */
export interface BlockDiagonalOptions {
  /** Number of blocks; 4 by default. */
  readonly blocks?: number;
  /** Outputs are dealt out like cards, one from each block in turn, so that two such maps in a row mix; default false. */
  readonly shuffle?: boolean;
}

/**
 * A block-diagonal matrix: features are cut into groups, and each group has a matrix of its own.
 *
 *   x seen as X[block, in]
 *   Y[block, out] = Σ_in X[block, in] · diagonal[block, in, out]        y is Y, block slowest; with `shuffle` out slowest
 *
 * One such map never mixes its groups. With `shuffle`, a second one does: two of them with √d blocks are a Monarch matrix.
 *
 * @remarks d²/b parameters and as many multiply-accumulates for d → d, full rank. A size that b does not divide is padded in the last block.
 * @throws {EinlabError} `option` for blocks that are no whole number ≥ 1, and when maps are realized with fewer features than blocks
 */
export function blockDiagonal(options: BlockDiagonalOptions = {}): FactoredStructure {
  const blocks = wholeNumber('blockDiagonal', 'blocks', options.blocks ?? 4, 1);
  const { shuffle = false } = options;
  const text = `blockDiagonal({ blocks: ${blocks}${shuffle ? ', shuffle: true' : ''} })`;
  return factoredStructure('block-diagonal', text, (inSize, outSize, structure) => {
    const [inBlock, outBlock] = [Math.ceil(inSize / blocks), Math.ceil(outSize / blocks)];
    // a group without inputs would give outputs that are always 0, one without outputs would drop its inputs
    const [starved, size] = inSize <= outSize ? ['in', inSize] : ['out', outSize];
    if (groups(inSize, inBlock) < blocks || groupsOf(outSize, outBlock, blocks, shuffle) < blocks) {
      throw new EinlabError(
        'option',
        `blockDiagonal: ${starved} is ${size}, which does not fill ${blocks} blocks of ${inBlock} → ${outBlock}; expected at least one feature for each block on both sides`,
        { in: inSize, out: outSize, blocks },
      );
    }
    const outputs = shuffle ? 'out block' : 'block out';
    const outputDigits = shuffle ? [outBlock, blocks] : [blocks, outBlock];
    return {
      structure,
      in: inSize,
      out: outSize,
      inputDigits: [blocks, inBlock],
      outputDigits,
      stages: [
        {
          core: {
            name: 'diagonal',
            shape: [blocks, inBlock, outBlock],
            fanIn: inBlock,
            fanOut: outBlock,
            initialDeviation: coreDeviation(inBlock, outBlock),
          },
          pattern: `batch block in, block in out -> batch ${outputs}`,
          input: [blocks, inBlock],
          output: outputDigits,
        },
      ],
      toDense(core) {
        const spread = `block in out, block other -> block in ${outputs.replace('block', 'other')}`;
        return reshape(einsum(spread, core('diagonal'), eye(blocks)), [blocks * inBlock, blocks * outBlock]);
      },
      rank: () =>
        Array.from({ length: blocks }, (_, block) =>
          Math.min(
            inBlock,
            inSize - block * inBlock,
            shuffle ? Math.ceil((outSize - block) / blocks) : Math.min(outBlock, outSize - block * outBlock),
          ),
        ).reduce((total, rank) => total + rank, 0),
    };
  });
}

const groups = (size: number, block: number): number => Math.ceil(size / block);

/** Groups that have an output: dealt out in turn, all have one as soon as there are enough. */
const groupsOf = (size: number, block: number, blocks: number, shuffle: boolean): number =>
  shuffle ? Math.min(blocks, size) : groups(size, block);
