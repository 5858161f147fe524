import { type Compiled, compile, evaluate, type Tensor, tensor } from '@einlab/einsum-core';
import { type RandomKey, rngFromKey } from '@einlab/numerics';
import { type ContextTokens, meanScaleTokenizer, type TokenizerOptions } from '../../tokenize/mean-scale-tokenizer.ts';
import { disposeTree } from '../dispose-tree.ts';
import { roundedCount } from '../rounded-count.ts';
import type { KeysAndValues } from '../t5/t5-attention.ts';
import { candidatesOf, drawToken, type SamplingOptions } from './sample-token.ts';
import { closePart, emptySteps, type LayerSteps, PART_STEPS, type StepPlace } from './step-cache.ts';

/** Ids of a context, padded on the left. */
export interface PaddedIds {
  readonly ids: Int32Array;
  /** 1 where an id may be attended to. */
  readonly visible: Int32Array;
}

/** How a context is told to a model. */
export interface Prompt {
  readonly ids: Int32Array;
  /** 1 where an id stands for a value. */
  readonly mask: Uint8Array;
  /** The id that the first step reads. */
  readonly first: number;
}

/** A model that says, step by step, which id may follow. */
export interface TokenModel<Parameters, Shared> {
  readonly tokenizer: TokenizerOptions;
  readonly layers: number;
  readonly heads: number;
  readonly dim: number;
  /** How a context is told to the model. */
  prompt(tokens: ContextTokens): Prompt;
  /** What all steps of all samples of a series share, from `i32[1, time]` and `bool[1, time]`. */
  prepare(parameters: Parameters, inputs: { readonly ids: Tensor; readonly visible: Tensor }): Shared;
  /** Scores `f32[sample, vocab]` of the ids that follow `i32[sample]`, and every layer's open part with this step in it. */
  step(
    parameters: Parameters,
    inputs: {
      readonly ids: Tensor;
      readonly place: StepPlace;
      readonly shared: Shared;
      readonly steps: readonly LayerSteps[];
    },
  ): { readonly scores: Tensor; readonly open: readonly KeysAndValues[] };
}

/** Samples no more steps than the model was trained for; holds its compiled programs. */
export interface BlockSampler {
  /** Paths that continue one context, one for each key: `f32[sample][steps]`. */
  sample(
    context: ArrayLike<number>,
    steps: number,
    sampling: SamplingOptions,
    keys: readonly RandomKey[],
  ): Promise<Float32Array[]>;
  dispose(): void;
}

type Layers = readonly KeysAndValues[];

/** A context's ids with padding on the left, to few different lengths. */
export function paddedIds(ids: Int32Array, mask: Uint8Array, longest: number, pad: number): PaddedIds {
  const time = roundedCount(Math.max(1, ids.length), longest);
  const missing = time - ids.length;
  return {
    ids: Int32Array.from({ length: time }, (_, t) => (t < missing ? pad : ids[t - missing])),
    visible: Int32Array.from({ length: time }, (_, t) => (t < missing ? 0 : mask[t - missing])),
  };
}

/**
 * The programs of a model: one for contexts, one for steps, one that closes a part of the cache. Everything that a series' samples share is computed once; a step is
 * one replay of one program over all samples.
 */
export function blockSampler<Parameters, Shared>(
  parameters: Parameters,
  model: TokenModel<Parameters, Shared>,
): BlockSampler {
  const tokenizer = meanScaleTokenizer(model.tokenizer);
  const { predictionLength, contextLength, end = 1, pad = 0 } = model.tokenizer;
  const prepare = compile((own: Parameters, ids: Tensor, visible: Tensor) => model.prepare(own, { ids, visible }));
  type Step = Compiled<
    [Parameters, Tensor, StepPlace, Shared, Layers, Layers | null],
    { readonly scores: Tensor; readonly open: Layers }
  >;
  const step: Step = compile(
    (own: Parameters, ids: Tensor, place: StepPlace, shared: Shared, open: Layers, full: Layers | null) =>
      model.step(own, {
        ids,
        place,
        shared,
        steps: open.map((each, layer) => (full === null ? { open: each } : { open: each, full: full[layer] })),
      }),
    { donate: [4] },
  );
  const close = compile(
    (full: Layers, open: Layers, part: Tensor): Layers => full.map((each, layer) => closePart(each, open[layer], part)),
    { donate: [0] },
  );

  const sample: BlockSampler['sample'] = async (context, steps, sampling, keys) => {
    const tokens = tokenizer.encodeContext(context);
    const { ids, mask, first } = model.prompt(tokens);
    const { ids: told, visible } = paddedIds(ids, mask, contextLength + 1, pad);
    const shape = [1, told.length];
    const shared = await prepare(parameters, tensor(told, { shape }), tensor(visible, { shape, dtype: 'bool' }));
    const samples = keys.length;
    const streams = keys.map(rngFromKey);
    const paths = keys.map(() => new Float32Array(steps));
    const empty = await evaluate(
      Array.from({ length: model.layers }, () => emptySteps({ samples, ...model }, predictionLength)),
    );
    let open: Layers = empty.map((each) => each.open);
    const rooms = empty.flatMap(({ full: own }) => (own === undefined ? [] : [own]));
    let full: Layers | null = rooms.length === 0 ? null : rooms;
    let last = new Int32Array(samples).fill(first);
    try {
      for (let at = 0; at < steps; at++) {
        const inPart = at % PART_STEPS;
        if (at > 0 && inPart === 0 && full !== null) {
          const part = tensor(Int32Array.of(at / PART_STEPS - 1), { shape: [] });
          full = await close(full, open, part);
        }
        const place = {
          at: tensor(Int32Array.of(at), { shape: [] }),
          inPart: tensor(Int32Array.of(inPart), { shape: [] }),
        };
        const result = await step(parameters, tensor(last), place, shared, open, full);
        open = result.open;
        const scores = await result.scores.data();
        result.scores.dispose();
        const vocab = scores.length / samples;
        last = Int32Array.from(streams, (rng, row) => {
          const own = scores.subarray(row * vocab, (row + 1) * vocab);
          // a path has exactly as many steps as were asked for, so that none ends
          const id = drawToken(rng, candidatesOf(own, sampling, end));
          paths[row][at] = tokenizer.decode(id, tokens.scale);
          return id;
        });
      }
    } finally {
      disposeTree([open, full, shared]);
    }
    return paths;
  };

  return {
    sample,
    dispose() {
      for (const program of [prepare, step, close]) program.dispose();
    },
  };
}
