import { isTensor, mapTree, random, treeEntries } from '@einlab/einsum-core';
import { type Structure, type Transformer, transformer } from '@einlab/nn';
import { inputOf } from '../../../work/operands.ts';
import type { TaskInput } from '../../../work/task.ts';

/** A decoder-only transformer and what it is trained on. */
export interface ModelSize {
  readonly width: number;
  readonly depth: number;
  readonly heads: number;
  readonly time: number;
  readonly batch: number;
  readonly vocab: number;
}

/** How the step updates: as large a rate as keeps the losses of the first steps far apart, so that a wrong gradient shows. */
export const update = { rate: 1e-2, betas: [0.9, 0.95], eps: 1e-6, weightDecay: 0.1 } as const;

/** A model before its first step: its description, and the values of its parameters by name. */
export interface LanguageModel {
  readonly size: ModelSize;
  /** Lazy tensors, which are only there for their shapes. */
  readonly tree: Transformer;
  readonly names: readonly string[];
  readonly parameters: readonly TaskInput[];
  /** `i32[batch, time]`: ids, and the id that follows each. */
  readonly ids: TaskInput;
  readonly targets: TaskInput;
  /** How many first steps are compared before anything is timed. */
  readonly comparedSteps: number;
}

/**
 * The largest value of a parameter. Nothing starts at zero as it would in `init`: with the ends of branches at zero, most
 * gradients are zero as well, and a wrong one would not show.
 */
function scaleOf(name: string, shape: readonly number[]): number {
  const [first = 1, second = 1, third = 1] = shape;
  if (name.endsWith('.table')) return 0.05;
  if (name.endsWith('.gain')) return 1;
  // left[γ, α, ρ, φ] sums over α, right[φ, ρ, γ, ε] over ρ and γ, a dense weight over its rows
  const fanIn = name.endsWith('.left') ? second : name.endsWith('.right') ? second * third : first;
  return Math.sqrt(3 / fanIn);
}

/** The model with the same numbers in every run, without biases, and its training batch. */
export function languageModel(size: ModelSize, structure: Structure, comparedSteps: number): LanguageModel {
  const { width, depth, heads, time, batch, vocab } = size;
  const options = { vocab, context: time, width, depth, heads, structure, bias: false, normalizeQueryKey: false };
  const tree = transformer.init(random.key(0), options);
  const entries = treeEntries(tree).flatMap(([name, leaf]) => (isTensor(leaf) ? [{ name, shape: leaf.shape }] : []));
  const sequence = Int32Array.from({ length: batch * time + 1 }, (_, i) => (i * i + 7 * i) % vocab);
  return {
    size,
    tree,
    names: entries.map(({ name }) => name),
    parameters: entries.map(({ name, shape }, i) => inputOf(shape, i, scaleOf(name, shape))),
    ids: { shape: [batch, time], values: sequence.slice(0, -1) },
    targets: { shape: [batch, time], values: sequence.slice(1) },
    comparedSteps,
  };
}

/** The model's tree with other leaves in place of its parameters, in the order of the names. */
export function withParameters<Leaf>(model: LanguageModel, parameters: readonly Leaf[]): unknown {
  let next = 0;
  return mapTree<unknown>(model.tree, (leaf) => (isTensor(leaf) ? parameters[next++] : leaf));
}
