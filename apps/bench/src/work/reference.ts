import { compile, openDevice, type Tensor } from '@einlab/einsum-core';
import { type CheckReport, checkResult } from '../harness/check.ts';
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

/** A result of a function of tensors: row by row, or a sum over the rows. */
export interface ResultPart {
  readonly values: Float64Array;
  /** The largest magnitude: the error of an element that is small by cancellation has the scale of its neighbors. */
  readonly scale: number;
  readonly isByRows: boolean;
}

/**
 * What a function of tensors gives on the reference device: every primitive by its definition, in f64.
 *
 * @param f - works on each row alone, or sums over rows
 * @param rows - how many rows the inputs have: the first axis of results by rows
 */
export async function referenceParts(
  inputs: readonly TaskInput[],
  f: (...values: Tensor[]) => readonly Tensor[],
  rows: number,
): Promise<ResultPart[]> {
  const device = await openDevice('reference');
  try {
    const results = await compile(f, { device })(...(await resident(device, inputs)));
    return await Promise.all(
      results.map(async (result) => {
        const values = Float64Array.from(await result.data());
        const scale = values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
        return { values, scale, isByRows: result.shape[0] === rows };
      }),
    );
  } finally {
    device.close();
  }
}

/**
 * As `referenceParts`, the results one behind the other, for inputs whose rows are repeated.
 *
 * @param repetition - the results of inputs whose rows are repeated so: rows come again, sums over rows grow
 */
export async function referenceResult(
  inputs: readonly TaskInput[],
  f: (...values: Tensor[]) => readonly Tensor[],
  { rows, times }: Repetition = { rows: 0, times: 1 },
): Promise<Exact> {
  const parts = await referenceParts(inputs, f, rows);
  const whole = parts.map(({ values, isByRows }) =>
    isByRows ? joined(Array.from({ length: times }, () => values)) : values.map((value) => times * value),
  );
  const scales = parts.map(({ scale, isByRows }, i) =>
    new Float64Array(whole[i]?.length ?? 0).fill(isByRows ? scale : times * scale),
  );
  return { values: joined(whole), magnitudes: joined(scales) };
}

/**
 * Checks results for rows that are repeated against those of the rows once, piece by piece, so that nothing of the whole
 * size is made.
 *
 * @param terms - as in `checkResult`
 */
export function checkRepeated(
  got: ArrayLike<number>,
  parts: readonly ResultPart[],
  times: number,
  terms: number,
): CheckReport {
  const expected = parts.reduce((sum, { values, isByRows }) => sum + values.length * (isByRows ? times : 1), 0);
  let worst = checkResult({ length: 0 }, { values: new Float64Array(), magnitudes: new Float64Array() }, terms);
  if (got.length !== expected) {
    const explanation = `${got.length} elements where ${expected} were expected`;
    return { ...worst, isRight: false, error: Number.POSITIVE_INFINITY, explanation };
  }
  let start = 0;
  for (const { values, scale, isByRows } of parts) {
    const factor = isByRows ? 1 : times;
    const exact = {
      values: values.map((value) => factor * value),
      magnitudes: new Float64Array(values.length).fill(factor * scale),
    };
    for (let i = 0; i < (isByRows ? times : 1); i++) {
      const piece = values.map((_, at) => got[start + at] ?? Number.NaN);
      const report = checkResult(piece, exact, terms);
      if (!report.isRight || report.error > worst.error) worst = report;
      if (!report.isRight) return worst;
      start += values.length;
    }
  }
  return worst;
}
