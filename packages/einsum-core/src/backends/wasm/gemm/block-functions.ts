import type { FunctionBuilder, Local } from '../emit/function-builder.ts';
import type { Tensor } from './dimension.ts';

/** Where things lie in scratch memory, in bytes from its start: right panels come first. */
export interface ScratchLayout {
  readonly left: number;
  readonly bytes: number;
}

/** The functions that work on one block. */
export interface BlockFunctions {
  readonly packLeft: number | undefined;
  readonly packRight: number | undefined;
  /** With batch lanes: for whole vectors, and for the indices that are left over. */
  readonly packLanes: LanePacks;
  readonly packRestLanes: LanePacks;
  readonly sweep: number | undefined;
  readonly sweepRest: number | undefined;
}

/** Functions that pack operands for vectors along a batch axis. */
export interface LanePacks {
  readonly left: number | undefined;
  readonly right: number | undefined;
}

/** The locals of the loops. */
export interface LoopLocals {
  /** The current block's first elements. */
  readonly at: Readonly<Record<Tensor, Local>>;
  /** The same for one index of `inner`, and where panels take the place of operands. */
  readonly inside: Readonly<Record<Tensor, Local>>;
  readonly rowCursor: Local;
  readonly columnCursor: Local;
  readonly depthCursor: Local;
  readonly accumulate: Local;
  readonly rightPanels: Local;
  readonly leftPanels: Local;
}

/** Flags of the current block: 1 in the last one along each dimension; undefined if there is only one. */
export interface Lasts {
  readonly rows: Local | undefined;
  readonly columns: Local | undefined;
  readonly depth: Local | undefined;
}

/** Calls a function with locals, flags and more locals; nothing if there is no such function. */
export function call(
  f: FunctionBuilder,
  index: number | undefined,
  locals: readonly Local[],
  lasts: readonly (Local | undefined)[],
  ...more: Local[]
): void {
  if (index === undefined) return;
  for (const local of locals) f.get(local);
  for (const isLast of lasts) {
    if (isLast === undefined) f.i32(1);
    else f.get(isLast);
  }
  for (const local of more) f.get(local);
  f.call(index);
}
