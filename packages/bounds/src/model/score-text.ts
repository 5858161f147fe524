import { compile, type Tensor, tensor } from '@einlab/einsum-core';
import { type Transformer, transformer } from '@einlab/nn';
import { dataFailure } from '../base/check.ts';
import { rankOf } from '../score/rank-score.ts';

/** What a model says about every character of a text but the first. */
export interface TextScore {
  /** ln p of the ids 1, 2, … */
  readonly logProbabilities: Float32Array;
  /** How many ids the model found likelier. */
  readonly ranks: Uint16Array;
}

const together = 32;

/**
 * Scores a text: windows of `context` ids one after the other, each predicting the ids that follow its own. Every id but the first is predicted
 * once, from at least one and at most `context` ids before it.
 *
 * @param ids - whole numbers below the model's vocabulary
 * @throws {EinlabError} `data` for fewer than two ids
 */
export async function scoreText(
  model: Transformer,
  ids: ArrayLike<number>,
  options: { readonly context: number; readonly signal?: AbortSignal; readonly onProgress?: (share: number) => void },
): Promise<TextScore> {
  const { context, signal, onProgress } = options;
  const count = ids.length - 1;
  if (count < 1) throw dataFailure(`scoreText: the text has ${ids.length} ids; expected at least two`);
  const logProbabilities = new Float32Array(count);
  const ranks = new Uint16Array(count);
  const run = compile((at: Transformer, inputs: Tensor): Tensor => transformer.apply(at, inputs));
  try {
    const windows = Math.ceil(count / context);
    for (let first = 0; first < windows; first += together) {
      signal?.throwIfAborted();
      // windows past the end repeat the last id; what is said about it is not kept
      const inputs = new Int32Array(together * context);
      for (let i = 0; i < inputs.length; i++) inputs[i] = ids[Math.min(count - 1, first * context + i)];
      const logits = await run(model, tensor(inputs, { shape: [together, context] }));
      const values = await logits.data();
      const vocabulary = logits.shape[2] ?? 1;
      logits.dispose();
      const stop = Math.min(inputs.length, count - first * context);
      for (let i = 0; i < stop; i++) {
        const at = first * context + i;
        const target = ids[at + 1];
        logProbabilities[at] = logProbabilityAt(values, i * vocabulary, vocabulary, target);
        ranks[at] = rankOf(values, target, i * vocabulary, vocabulary);
      }
      onProgress?.(Math.min(1, (first + together) / windows));
    }
  } finally {
    run.dispose();
  }
  return { logProbabilities, ranks };
}

/** x_target − ln Σ e^x in f64, so that the probabilities sum to 1 as f64 has it. */
function logProbabilityAt(values: ArrayLike<number>, offset: number, vocabulary: number, target: number): number {
  let largest = -Infinity;
  for (let j = 0; j < vocabulary; j++) largest = Math.max(largest, values[offset + j]);
  let total = 0;
  for (let j = 0; j < vocabulary; j++) total += Math.exp(values[offset + j] - largest);
  return Math.min(0, values[offset + target] - largest - Math.log(total));
}
