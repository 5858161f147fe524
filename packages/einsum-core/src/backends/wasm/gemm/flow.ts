import type { FunctionBuilder, Local } from '../emit/function-builder.ts';
import { type ByteAxis, TENSORS, type Tensor } from './dimension.ts';

/** A number known when the code is written, or held by a local. */
export type Count = { readonly constant: number } | { readonly local: Local };

/** A length cut into equal blocks: `blocks − 1` of `full` units and a last one of `last` units, at most as long. */
export interface Blocking {
  readonly blocks: number;
  readonly full: number;
  readonly last: number;
}

/** Cuts `total` units into even blocks of at most `limit`, whole multiples of `multiple` but for the last. */
export function blocksOf(total: number, limit: number, multiple: number = 1): Blocking {
  const most = Math.max(1, Math.min(total, limit));
  const full = Math.max(1, Math.ceil(total / Math.ceil(total / most) / multiple) * multiple || 1);
  const blocks = Math.max(1, Math.ceil(total / full));
  return blocks === 1 ? { blocks, full: total, last: total } : { blocks, full, last: total - (blocks - 1) * full };
}

/** `to = from` */
export function copy(f: FunctionBuilder, from: Local, to: Local): void {
  f.get(from);
  f.set(to);
}

/** `to = from + bytes` */
export function offset(f: FunctionBuilder, from: Local, bytes: number, to: Local): void {
  f.get(from);
  if (bytes !== 0) {
    f.i32(bytes);
    f.op('i32.add');
  }
  f.set(to);
}

/** `local += bytes`, and nothing for 0. */
export function advance(f: FunctionBuilder, local: Local, bytes: number): void {
  if (bytes !== 0) f.increment(local, bytes);
}

/** Runs `body` count times. */
export function times(f: FunctionBuilder, count: Count, body: () => void): void {
  if ('constant' in count) {
    if (count.constant === 1) body();
    if (count.constant <= 1) return;
  }
  const left = f.local('i32');
  pushCount(f, count);
  f.set(left);
  const loop = (): void =>
    f.loop(() => {
      body();
      f.get(left);
      f.i32(-1);
      f.op('i32.add');
      f.tee(left);
      f.brIf(0);
    });
  if ('constant' in count) {
    loop();
  } else {
    f.get(left);
    f.if(loop);
  }
  f.release(left);
}

/** Pushes a count on the stack. */
export function pushCount(f: FunctionBuilder, count: Count): void {
  if ('constant' in count) f.i32(count.constant);
  else f.get(count.local);
}

/** How many units the current block has; `isLast` is an i32 local, needed if there are several blocks. */
export function unitsOf(f: FunctionBuilder, full: number, last: number, isLast: Local | undefined): Count {
  if (isLast === undefined || full === last) return { constant: last };
  const local = f.local('i32');
  f.i32(last);
  f.i32(full);
  f.get(isLast);
  f.op('select');
  f.set(local);
  return { local };
}

/** Gives the local of a count back. */
export function releaseCount(f: FunctionBuilder, count: Count): void {
  if ('local' in count) f.release(count.local);
}

/** Runs `body` in the last block only. */
export function ifLast(f: FunctionBuilder, isLast: Local | undefined, body: () => void): void {
  if (isLast === undefined) return body();
  f.get(isLast);
  f.if(body);
}

/** Loops over axes, outermost first, moving pointers along; they are back at their start afterwards. */
export function nest(
  f: FunctionBuilder,
  axes: readonly ByteAxis[],
  pointers: Readonly<Partial<Record<Tensor, Local>>>,
  body: () => void,
): void {
  if (axes.length === 0) return body();
  const [axis, ...inner] = axes;
  const move = (bytes: (tensor: Tensor) => number): void => {
    for (const tensor of TENSORS) {
      const pointer = pointers[tensor];
      if (pointer !== undefined) advance(f, pointer, bytes(tensor));
    }
  };
  times(f, { constant: axis.size }, () => {
    nest(f, inner, pointers, body);
    move((tensor) => axis[tensor]);
  });
  move((tensor) => -axis[tensor] * axis.size);
}

/** Loops over blocks; `body` gets an i32 local that is 1 in the last one, or nothing if there is only one. */
export function eachBlock(
  f: FunctionBuilder,
  { blocks }: Blocking,
  next: (count: number) => void,
  body: (isLast: Local | undefined) => void,
): void {
  if (blocks === 1) return body(undefined);
  const [left, isLast] = [f.local('i32'), f.local('i32')];
  f.i32(blocks);
  f.set(left);
  f.loop(() => {
    f.get(left);
    f.i32(1);
    f.op('i32.eq');
    f.set(isLast);
    body(isLast);
    next(1);
    f.get(left);
    f.i32(-1);
    f.op('i32.add');
    f.tee(left);
    f.brIf(0);
  });
  next(-blocks);
  f.release(left);
  f.release(isLast);
}

/**
 * Walks the terms of a block in groups of `unroll`, then what is left over of the last block. All blocks but the last
 * must be multiples of `unroll`. `group` advances its own pointers.
 */
export function eachGroup(
  f: FunctionBuilder,
  { full, last }: { readonly full: number; readonly last: number },
  unroll: number,
  isLast: Local | undefined,
  group: (terms: number) => void,
): void {
  const count = unitsOf(f, Math.floor(full / unroll), Math.floor(last / unroll), isLast);
  times(f, count, () => group(unroll));
  releaseCount(f, count);
  if (last % unroll > 0) ifLast(f, isLast, () => group(last % unroll));
}
