import type { FunctionBuilder, Local } from '../emit/function-builder.ts';
import type { Piece, StoredShape } from './tile-pieces.ts';
import { transpose4 } from './transpose.ts';

/** Adds up the lanes of each vector, four vectors at a time: the columns of their transpose are summed. */
export function reducedPieces(f: FunctionBuilder, shape: StoredShape, accumulators: readonly Local[]): Piece[] {
  const pieces: Piece[] = [];
  for (let first = 0; first < accumulators.length; first += 4) {
    const group = accumulators.slice(first, first + 4);
    const valid = group.length;
    const [a, b, c, d] = group;
    if (valid === 1) {
      sumLanes(f, a);
    } else {
      const four = [a, b ?? f.local('v128'), c ?? f.local('v128'), d ?? f.local('v128')] as const;
      for (const unused of four.slice(valid)) {
        f.f32x4(0);
        f.set(unused);
      }
      transpose4(f, four);
      // As `sumLanes` does: how an output is summed must not depend on how many share its tile.
      for (const [to, part] of [
        [a, four[2]],
        [four[1], four[3]],
        [a, four[1]],
      ]) {
        f.get(to);
        f.get(part);
        f.op('f32x4.add');
        f.set(to);
      }
      for (const unused of four.slice(valid)) f.release(unused);
    }
    for (let lane = 0; lane < valid; lane++) {
      const index = first + lane;
      pieces.push({ vector: a, lane, lanes: 1, row: Math.floor(index / shape.vectors), column: index % shape.vectors });
    }
  }
  return pieces;
}

/** Puts the sum of a vector's lanes into lane 0: (0 + 2) + (1 + 3). */
function sumLanes(f: FunctionBuilder, vector: Local): void {
  for (const [x, y] of [
    [2, 3],
    [1, 0],
  ]) {
    f.get(vector);
    f.get(vector);
    f.get(vector);
    f.shuffle(x, y, x, y);
    f.op('f32x4.add');
    f.set(vector);
  }
}
