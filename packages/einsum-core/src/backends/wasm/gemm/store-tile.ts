import type { Expression } from '../../../kernels/expression.ts';
import { emitExpressions } from '../emit/expression.ts';
import type { FunctionBuilder, Local } from '../emit/function-builder.ts';
import { specialSchedules } from './load-special-schedules.ts';
import type { Piece, StoredShape, StoreMode } from './tile-pieces.ts';
import { interleave2, transpose4 } from './transpose.ts';

/** Where a tile goes. A stride in bytes, or a table of byte offsets at this position relative to a cursor. */
export interface TileTarget {
  readonly mode: StoreMode;
  readonly out: Local;
  readonly row: { readonly stride: number } | { readonly table: number; readonly cursor: Local };
  readonly column: { readonly stride: number } | { readonly table: number; readonly cursor: Local };
  /** An i32 local: not zero where the output already holds the sum of earlier blocks. */
  readonly accumulate: Local | undefined;
  /** What is stored in place of each result, if not itself. */
  readonly ending: Expression | undefined;
  readonly relaxed: boolean;
}

/** Stores a tile, or adds it to what is there. Changes the accumulators. */
export function storeTile(
  f: FunctionBuilder,
  shape: StoredShape,
  target: TileTarget,
  accumulators: readonly Local[],
): void {
  const pieces = piecesOf(f, shape, target.mode, accumulators);
  if (target.accumulate !== undefined) {
    f.get(target.accumulate);
    f.if(() => {
      for (const piece of pieces) addStored(f, target, piece);
    });
  }
  if (target.ending !== undefined) end(f, pieces, target.ending, target.relaxed);
  for (const piece of pieces) store(f, target, piece);
}

/** Puts in place of the results in each vector what is made of them. */
function end(f: FunctionBuilder, pieces: readonly Piece[], ending: Expression, relaxed: boolean): void {
  for (const vector of new Set(pieces.map((piece) => piece.vector))) {
    const leaf = (): void => f.get(vector);
    const [ended] = emitExpressions(f, [ending], { load: leaf, index: leaf, reduced: leaf }, { relaxed });
    f.get(ended);
    f.set(vector);
    f.release(ended);
  }
}

function piecesOf(f: FunctionBuilder, shape: StoredShape, mode: StoreMode, accumulators: readonly Local[]): Piece[] {
  switch (mode) {
    case 'vectors':
    case 'scattered':
      return rowPieces(shape, mode, accumulators);
    case 'transposed':
      return transposedPieces(f, shape, accumulators);
    case 'batch':
      return accumulators.flatMap((vector, i) => {
        const place = { vector, row: Math.floor(i / shape.vectors), column: i % shape.vectors };
        return cut(shape.lanes).map(({ first, lanes }) => ({ ...place, lane: first, lanes }));
      });
    case 'reduced':
      return specialSchedules().reducedPieces(f, shape, accumulators);
  }
}

/** Cuts `count` lanes into pieces of 4, 2 and 1. */
function cut(count: number): { first: number; lanes: 1 | 2 | 4 }[] {
  const result: { first: number; lanes: 1 | 2 | 4 }[] = [];
  for (let first = 0; first < count; ) {
    const lanes = count - first >= 4 ? 4 : count - first >= 2 ? 2 : 1;
    result.push({ first, lanes });
    first += lanes;
  }
  return result;
}

function rowPieces(shape: StoredShape, mode: StoreMode, accumulators: readonly Local[]): Piece[] {
  const pieces: Piece[] = [];
  for (let row = 0; row < shape.height; row++) {
    for (let vector = 0; vector < shape.vectors; vector++) {
      const valid = Math.min(4, shape.lanes - 4 * vector);
      const cuts =
        mode === 'vectors' ? cut(valid) : Array.from({ length: valid }, (_, first) => ({ first, lanes: 1 as const }));
      for (const { first, lanes } of cuts) {
        pieces.push({
          vector: accumulators[row * shape.vectors + vector],
          lane: first,
          lanes,
          row,
          column: 4 * vector + first,
        });
      }
    }
  }
  return pieces;
}

function transposedPieces(f: FunctionBuilder, shape: StoredShape, accumulators: readonly Local[]): Piece[] {
  const pieces: Piece[] = [];
  for (const { first: row, lanes } of cut(shape.height)) {
    for (let vector = 0; vector < shape.vectors; vector++) {
      const at = (r: number): Local => accumulators[(row + r) * shape.vectors + vector];
      const columns = Math.min(4, shape.lanes - 4 * vector);
      if (lanes === 4) transpose4(f, [at(0), at(1), at(2), at(3)]);
      if (lanes === 2) interleave2(f, at(0), at(1));
      for (let c = 0; c < columns; c++) {
        const place = { row, column: 4 * vector + c, lanes };
        if (lanes === 4) pieces.push({ ...place, vector: at(c), lane: 0 });
        else if (lanes === 2) pieces.push({ ...place, vector: at(c >> 1), lane: 2 * (c & 1) });
        else pieces.push({ ...place, vector: at(0), lane: c });
      }
    }
  }
  return pieces;
}

/** Pushes the address of a piece and returns the constant offset to go with it. */
function pushAddress(f: FunctionBuilder, { mode, out, row, column }: TileTarget, piece: Piece): number {
  f.get(out);
  let constant = mode === 'batch' ? 4 * piece.lane : 0;
  for (const [along, index] of [
    [row, piece.row],
    [column, piece.column],
  ] as const) {
    if ('stride' in along) {
      constant += index * along.stride;
    } else {
      f.get(along.cursor);
      f.load('i32.load', along.table + 4 * index);
      f.op('i32.add');
    }
  }
  return constant;
}

function store(f: FunctionBuilder, target: TileTarget, { vector, lane, lanes, ...place }: Piece): void {
  const constant = pushAddress(f, target, { vector, lane, lanes, ...place });
  f.get(vector);
  if (lanes === 4) f.store('v128.store', constant);
  else if (lanes === 2) f.laneMemory('v128.store64_lane', lane >> 1, constant);
  else f.laneMemory('v128.store32_lane', lane, constant);
}

/** Adds what the output holds to a piece, leaving the vector's other lanes alone. */
function addStored(f: FunctionBuilder, target: TileTarget, piece: Piece): void {
  if (piece.lanes === 4) {
    const constant = pushAddress(f, target, piece);
    f.load('v128.load', constant);
    f.get(piece.vector);
    f.op('f32x4.add');
    f.set(piece.vector);
    return;
  }
  for (let i = 0; i < piece.lanes; i++) {
    const lane = piece.lane + i;
    f.get(piece.vector);
    f.get(piece.vector);
    f.lane('f32x4.extract_lane', lane);
    const constant = pushAddress(f, target, piece);
    f.load('f32.load', constant + 4 * i);
    f.op('f32.add');
    f.lane('f32x4.replace_lane', lane);
    f.set(piece.vector);
  }
}
