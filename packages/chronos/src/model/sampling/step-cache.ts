import {
  arange,
  concatenate,
  einsum,
  equal,
  less,
  lessEqual,
  slice,
  softmax,
  type Tensor,
  where,
  zeros,
} from '@einlab/einsum-core';
import { type KeysAndValues, MASKED } from '../t5/t5-attention.ts';

/**
 * Steps that share a part of the cache. A step writes its own part whole, so that a small one is written quickly; the parts that are full are only read.
 */
export const PART_STEPS = 16;

/** Keys and values of the steps so far, one layer. */
export interface LayerSteps {
  /** Parts that are full, in room for all but one: `f32[sample, head, part, step, dim]` each, absent where there is one part only. */
  readonly full?: KeysAndValues;
  /** The part that is being filled, `f32[sample, head, step, dim]` each. */
  readonly open: KeysAndValues;
}

/** Where a step is. Tensors, so that one program serves all steps. */
export interface StepPlace {
  /** Steps before it, `i32[]`. */
  readonly at: Tensor;
  /** Those of them in its own part, `i32[]`. */
  readonly inPart: Tensor;
}

/** Room for so many steps. */
export function emptySteps(
  sizes: { readonly samples: number; readonly heads: number; readonly dim: number },
  steps: number,
): LayerSteps {
  const { samples, heads, dim } = sizes;
  const parts = Math.ceil(steps / PART_STEPS) - 1;
  const room = (...shape: number[]): KeysAndValues => ({ keys: zeros(shape).add(0), values: zeros(shape).add(0) });
  const open = room(samples, heads, Math.min(steps, PART_STEPS), dim);
  return parts === 0 ? { open } : { open, full: room(samples, heads, parts, PART_STEPS, dim) };
}

const both = (one: KeysAndValues, two: KeysAndValues, f: (a: Tensor, b: Tensor) => Tensor): KeysAndValues => ({
  keys: f(one.keys, two.keys),
  values: f(one.values, two.values),
});

/** The open part with what was computed now, `f32[sample, head, dim]` each, at its place. */
export function placeStep(open: KeysAndValues, now: KeysAndValues, { inPart }: StepPlace): KeysAndValues {
  const steps = open.keys.shape[2];
  const isNow = equal(arange(steps), inPart).reshape([1, 1, steps, 1]);
  return both(open, now, (room, own) => where(isNow, own.reshape([...own.shape.slice(0, 2), 1, own.shape[2]]), room));
}

/** The full parts with the open one at a place among them, `i32[]`. */
export function closePart(full: KeysAndValues, open: KeysAndValues, part: Tensor): KeysAndValues {
  const parts = full.keys.shape[2];
  const isNow = equal(arange(parts), part).reshape([1, 1, parts, 1, 1]);
  return both(full, open, (room, own) => {
    const [samples, heads, steps, dim] = own.shape;
    return where(isNow, own.reshape([samples, heads, 1, steps, dim]), room);
  });
}

/** Something that the queries of a step attend to. */
export interface AttendedPart {
  /** `f32[head, key, dim]` where all samples share it, else `f32[sample, head, key, dim]`. */
  readonly keys: Tensor;
  readonly values: Tensor;
  /** `bool`, broadcast to `[sample, head, key]`; false hides a key. */
  readonly mask: Tensor;
  /** Added to the scores, broadcast likewise. */
  readonly bias?: Tensor;
}

/** What the steps so far are to a query: the full parts and the open one. */
export function stepParts(
  { full, open }: LayerSteps,
  { at, inPart }: StepPlace,
  biases: { readonly full?: Tensor; readonly open?: Tensor } = {},
): AttendedPart[] {
  const steps = open.keys.shape[2];
  const isPast = lessEqual(arange(steps), inPart).reshape([1, 1, steps]);
  const own: AttendedPart = { ...open, mask: isPast, ...(biases.open === undefined ? {} : { bias: biases.open }) };
  if (full === undefined) return [own];
  const [samples, heads, parts, size, dim] = full.keys.shape;
  const all = parts * size;
  const flat = (x: Tensor): Tensor => x.reshape([samples, heads, all, dim]);
  const isFull = less(arange(all), at.subtract(inPart)).reshape([1, 1, all]);
  const rest: AttendedPart = {
    keys: flat(full.keys),
    values: flat(full.values),
    mask: isFull,
    ...(biases.full === undefined ? {} : { bias: biases.full }),
  };
  return [rest, own];
}

/**
 * Attention of one query per sample over several parts, whose weights add up to 1 together.
 *
 * @param queries - `f32[sample, head, dim]`
 * @returns `f32[sample, head·dim]`
 */
export function attendParts(queries: Tensor, parts: readonly AttendedPart[]): Tensor {
  const [samples, heads, dim] = queries.shape;
  const masked = parts.map(({ keys, mask, bias }) => {
    const own = keys.rank === 3 ? 'head key dim' : 'sample head key dim';
    const scores = einsum(`sample head dim, ${own} -> sample head key`, queries, keys);
    return where(mask, bias === undefined ? scores : scores.add(bias), MASKED);
  });
  const weights = softmax(masked.length === 1 ? masked[0] : concatenate(masked, 2));
  let start = 0;
  const mixed = parts.map(({ keys, values }) => {
    const count = keys.shape.at(-2) ?? 0;
    const own = parts.length === 1 ? weights : slice(weights, [0, 0, start], [samples, heads, start + count]);
    start += count;
    const pattern = values.rank === 3 ? 'head key dim' : 'sample head key dim';
    return einsum(`sample head key, ${pattern} -> sample head dim`, own, values);
  });
  return mixed.reduce((total, part) => total.add(part)).reshape([samples, heads * dim]);
}
