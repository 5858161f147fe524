/** Each invocation reads what it needs by itself, and computes `rows` × `columns` results. */
export interface RegisterSchedule {
  readonly kind: 'registers';
  readonly rows: number;
  /** Columns of an invocation, `lanes` apart. */
  readonly columns: number;
  /** Invocations side by side, which read neighbouring columns. */
  readonly lanes: number;
  /**
   * Whether four invocations in a row, of which each reads a contracted element of left, hand them to each other. Only
   * where these are a quad of a subgroup, which WGSL does not promise.
   */
  readonly sharesQuads?: boolean;
  /** Whether rows and columns, and with them left and right, have changed places: columns are then not what results are contiguous along. */
  readonly isTurned?: boolean;
  /** Whether it is only for contractions of which one invocation computes all rows. */
  readonly isForAllRows?: boolean;
  /** Invocations of a workgroup, a multiple of 4; 64 without it. */
  readonly workgroup?: number;
}

/** A workgroup of 8 × 8 invocations shares a tile in workgroup memory; each computes `rows` × `columns` results. */
export interface TileSchedule {
  readonly kind: 'tiles';
  readonly rows: number;
  readonly columns: number;
  /** Contracted elements that a tile holds at once. */
  readonly depth: number;
  /** Whether a load brings four elements, of an operand that lies so that it can; default false. */
  readonly loadsVectors?: boolean;
}

/** How a contraction is computed. */
export type ContractionSchedule = RegisterSchedule | TileSchedule;
