import type { FunctionBuilder, Local } from '../emit/function-builder.ts';
import type { Schedule } from './schedule.ts';
import type { StoredShape } from './tile-pieces.ts';

/** What is done with the rows of a tile in place of storing them one stride apart: a table that is filled at run time says where each goes. */
export interface RowEnd {
  /** Whether a schedule's tiles can end so. */
  fits(schedule: Schedule): boolean;
  /**
   * Ends a tile; changes the accumulators.
   *
   * @param out - how far the tile's first column is from the place that a row's entry says
   * @param cursor - the address of the entry of the tile's first row; entries are four bytes
   */
  store(f: FunctionBuilder, shape: StoredShape, out: Local, cursor: Local, accumulators: readonly Local[]): void;
}
