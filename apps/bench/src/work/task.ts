import type { Tensor } from '@einlab/einsum-core';
import type * as Jax from '@jax-js/jax';
import type * as Core from '@tensorflow/tfjs-core';
import type { LoopBody } from '../onnx/loop-model.ts';
import type { Exact } from './exact.ts';

/** What an engine is given, row-major. */
export interface TaskInput {
  readonly shape: readonly number[];
  readonly values: Float32Array | Int32Array;
}

/** Ways to do a task on one engine, by the name that the report gives them. */
export type Ways<Way> = Readonly<Record<string, Way>>;

/** Mathematics other than a contraction, written for each engine that can do it. */
export interface Task {
  readonly inputs: readonly TaskInput[];
  /** The results one behind the other, in f64, and the scale of the error of each element. */
  exact(): Promise<Exact>;
  /** How many roundings an element may suffer, for the limit of the check. */
  readonly terms: number;
  readonly einlab: Ways<(...inputs: Tensor[]) => readonly Tensor[]>;
  readonly tfjs?: Ways<(tf: typeof Core, ...inputs: Core.Tensor[]) => readonly Core.Tensor[]>;
  /** Inputs are shares of their own: each use but the last takes another with `.ref`. */
  readonly jaxJs?: Ways<(jax: typeof Jax, ...inputs: Jax.numpy.Array[]) => readonly Jax.numpy.Array[]>;
  /** The body of a loop with inputs `operand1`, … and one result. */
  readonly onnx?: Ways<LoopBody>;
  /** Python that sees `torch`, `F` and the list of tensors `x`, and defines `run()`, which returns a list of tensors. */
  readonly torch?: Ways<string>;
}
