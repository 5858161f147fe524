import { quantile } from '@einlab/numerics';

/** Times of one contraction, in milliseconds, brought down to the two that are reported. */
export interface Summary {
  /** The shortest: what the machine can do when nothing else runs on it. */
  readonly best: number;
  /** The middle one: what it did. */
  readonly median: number;
  readonly samples: number;
}

/** @throws {Error} when there is no sample, or one that is not a positive number. */
export function summarize(milliseconds: readonly number[]): Summary {
  const wrong = milliseconds.find((value) => !(value > 0 && Number.isFinite(value)));
  if (milliseconds.length === 0) throw new Error('summarize: no samples; expected at least one');
  if (wrong !== undefined) throw new Error(`summarize: a sample of ${wrong} ms; expected positive numbers`);
  return { best: Math.min(...milliseconds), median: quantile([...milliseconds], 0.5), samples: milliseconds.length };
}

/** Billions of floating-point operations per second. */
export function gigaflops(flops: number, milliseconds: number): number {
  return flops / milliseconds / 1e6;
}
