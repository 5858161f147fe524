import { compile, openDevice, type Tensor } from '@einlab/einsum-core';
import { resident } from '../peers/einlab.ts';
import type { Exact } from './exact.ts';
import { joined } from './joined.ts';
import type { TaskInput } from './task.ts';

/** Inputs and results that hold the same rows several times. */
export interface Repetition {
  /** Rows that differ: the first axis of every input and result that is repeated, and of no other. */
  readonly rows: number;
  readonly times: number;
}

/** An input whose rows are repeated; one that has not as many rows stays as it is. */
export function repeated({ shape, values }: TaskInput, { rows, times }: Repetition): TaskInput {
  if (shape[0] !== rows) return { shape, values };
  const whole =
    values instanceof Float32Array ? new Float32Array(times * values.length) : new Int32Array(times * values.length);
  for (let i = 0; i < times; i++) whole.set(values, i * values.length);
  return { shape: [rows * times, ...shape.slice(1)], values: whole };
}

/**
 * What a function of tensors gives on the reference device: every primitive by its definition, in f64.
 *
 * @param f - works on each row alone, or sums over rows
 * @param repetition - the results of inputs whose rows are repeated so: rows come again, sums over rows grow
 * @returns the results one behind the other, and for each element the largest magnitude in its result, since the error
 *   of an element that is small by cancellation has the scale of its neighbors
 */
export async function referenceResult(
  inputs: readonly TaskInput[],
  f: (...values: Tensor[]) => readonly Tensor[],
  { rows, times }: Repetition = { rows: 0, times: 1 },
): Promise<Exact> {
  const device = await openDevice('reference');
  try {
    const results = await compile(f, { device })(...(await resident(device, inputs)));
    const parts: Float64Array[] = [];
    const scales: Float64Array[] = [];
    for (const result of results) {
      const values = Float64Array.from(await result.data());
      const part =
        result.shape[0] === rows
          ? joined(Array.from({ length: times }, () => values))
          : values.map((value) => times * value);
      parts.push(part);
      const scale = part.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
      scales.push(new Float64Array(part.length).fill(scale));
    }
    return { values: joined(parts), magnitudes: joined(scales) };
  } finally {
    device.close();
  }
}
