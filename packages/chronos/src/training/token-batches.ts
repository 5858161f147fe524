import { tensor } from '@einlab/einsum-core';
import type { T5Batch } from '../model/seq2seq/t5-loss.ts';
import {
  meanScaleTokenizer,
  type Tokenizer,
  type TokenizerOptions,
  type Tokens,
} from '../tokenize/mean-scale-tokenizer.ts';
import type { TrainingWindow } from './training-windows.ts';

/** A window as ids: its context, and what followed in the same scale, −1 where there is nothing to learn. */
export interface TokenWindow {
  readonly context: Tokens;
  readonly labels: Int32Array;
}

/** The ids of a window; what a short target lacks is missing. */
export function tokenWindow(tokenizer: Tokenizer, { context, target }: TrainingWindow): TokenWindow {
  const { ids, mask, scale } = tokenizer.encodeContext(context);
  const { predictionLength } = tokenizer.options;
  const whole = Float64Array.from({ length: predictionLength }, (_, step) => target[step] ?? NaN);
  const label = tokenizer.encodeLabel(whole, scale);
  return { context: { ids, mask }, labels: label.ids.map((id, at) => (label.mask[at] === 1 ? id : -1)) };
}

/** Windows as a batch whose contexts have room for the longest one. */
export function tokenBatch(windows: readonly TrainingWindow[], options: TokenizerOptions): T5Batch {
  const { contextLength, pad = 0 } = options;
  const time = contextLength + 1;
  const tokenizer = meanScaleTokenizer(options);
  const rows = windows.map((window) => tokenWindow(tokenizer, window));
  const steps = rows[0].labels.length;
  const [ids, visible] = [new Int32Array(rows.length * time).fill(pad), new Int32Array(rows.length * time)];
  const labels = new Int32Array(rows.length * steps);
  rows.forEach(({ context, labels: own }, row) => {
    const start = (row + 1) * time - context.ids.length;
    ids.set(context.ids, start);
    visible.set(context.mask, start);
    labels.set(own, row * steps);
  });
  return {
    ids: tensor(ids, { shape: [rows.length, time] }),
    visible: tensor(visible, { shape: [rows.length, time], dtype: 'bool' }),
    labels: tensor(labels, { shape: [rows.length, steps] }),
  };
}
