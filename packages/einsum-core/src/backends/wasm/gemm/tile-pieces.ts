import type { Local } from '../emit/function-builder.ts';

/**
 * How a tile's values lie in the output: rows of contiguous vectors (`vectors`), columns of contiguous rows
 * (`transposed`), or neither (`scattered`); or each vector is one output along a batch axis (`batch`), or the four
 * parts of one output that are still to be added up (`reduced`).
 */
export type StoreMode = 'vectors' | 'transposed' | 'scattered' | 'batch' | 'reduced';

/** A tile of outputs: `height` rows of `vectors` vectors; `lanes` counts the columns, or in mode `batch` the batch indices. */
export interface StoredShape {
  readonly height: number;
  readonly vectors: number;
  readonly lanes: number;
}

/** 1, 2 or 4 consecutive lanes of a vector that belong to consecutive places in memory. */
export interface Piece {
  readonly vector: Local;
  readonly lane: number;
  readonly lanes: 1 | 2 | 4;
  readonly row: number;
  readonly column: number;
}
