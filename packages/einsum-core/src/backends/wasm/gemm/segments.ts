import type { FunctionBuilder, Local } from '../emit/function-builder.ts';
import { type Blocking, blocksOf, ifLast, releaseCount, times, unitsOf } from './flow.ts';

/** Equal pieces of a dimension, one after the other. */
export interface Segment {
  readonly width: number;
  readonly count: number;
}

/**
 * A dimension cut into pieces that a register tile covers: equal ones of `width`, which are dealt out in blocks, and at
 * the end narrower ones, which come with the last block.
 */
export interface Segments {
  readonly width: number;
  readonly blocking: Blocking;
  readonly tails: readonly Segment[];
}

/** Pieces of `width` and, at the end, what is left over. At most `limit` whole pieces per block. */
export function columnSegments(size: number, width: number, limit: number): Segments {
  const rest = size % width;
  const tails = rest === 0 ? [] : [{ width: rest, count: 1 }];
  return { width, blocking: blocksOf(Math.floor(size / width), limit), tails };
}

/** Pieces of `width`, the last two of them evened out so that none is much thinner: 14 is 6 + 4 + 4. */
export function rowSegments(size: number, width: number, limit: number): Segments {
  const rest = size % width;
  let whole = Math.floor(size / width);
  let tails: Segment[] = rest > 0 ? [{ width: rest, count: 1 }] : [];
  if (rest > 0 && rest < Math.min(4, width - 1) && whole > 0) {
    const half = (width + rest) / 2;
    whole -= 1;
    tails =
      half % 1 === 0
        ? [{ width: half, count: 2 }]
        : [half + 0.5, half - 0.5].map((piece) => ({ width: piece, count: 1 }));
  }
  return { width, blocking: blocksOf(whole, limit), tails };
}

/**
 * Runs `body` for every piece of a block: once as code per kind of piece, looping over equal ones. Whole pieces are
 * taken `together` at a time as long as there are so many.
 */
export function eachPiece(
  f: FunctionBuilder,
  { width, blocking: { full, last }, tails }: Segments,
  isLast: Local | undefined,
  body: (width: number, together: number) => void,
  together: number = 1,
): void {
  const whole = (fullCount: number, lastCount: number, at: number): void => {
    const count = unitsOf(f, fullCount, lastCount, isLast);
    times(f, count, () => body(width, at));
    releaseCount(f, count);
  };
  if (together > 1) whole(Math.floor(full / together), Math.floor(last / together), together);
  const [fullRest, lastRest] = together > 1 ? [full % together, last % together] : [full, last];
  if (lastRest > 0 || (isLast !== undefined && fullRest > 0)) whole(fullRest, lastRest, 1);
  if (tails.length > 0) {
    ifLast(f, isLast, () => {
      for (const tail of tails) times(f, { constant: tail.count }, () => body(tail.width, 1));
    });
  }
}

/** Elements in all whole pieces of a full block. */
export const blockWidth = ({ width, blocking }: Segments): number => width * blocking.full;

/** The most elements that a block can have. */
export const largestBlock = (segments: Segments): number =>
  Math.max(
    segments.blocking.blocks > 1 ? blockWidth(segments) : 0,
    segments.width * segments.blocking.last + segments.tails.reduce((sum, { width, count }) => sum + width * count, 0),
  );

/** Elements in the last block. */
export const lastBlockWidth = ({ width, blocking, tails }: Segments): number =>
  width * blocking.last + tails.reduce((sum, tail) => sum + tail.width * tail.count, 0);

/** The most pieces that a block can have. */
export const mostPieces = ({ blocking, tails }: Segments): number =>
  Math.max(blocking.blocks > 1 ? blocking.full : 0, blocking.last + tails.reduce((sum, { count }) => sum + count, 0));
